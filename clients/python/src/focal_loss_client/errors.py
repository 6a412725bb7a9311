"""What can go wrong, as exceptions."""

from __future__ import annotations

import json
from dataclasses import dataclass

_PREVIEW = 300


class FocalLossError(Exception):
    """Any failure of a call."""


class ConnectionFailed(FocalLossError, ConnectionError):
    """The service could not be reached, or the connection broke, until patience ran out."""


class TimedOut(ConnectionFailed, TimeoutError):
    """Nothing came in time."""


class UnexpectedAnswer(FocalLossError):
    """Something answered that is not this service, or not a version that this client knows."""


@dataclass(frozen=True)
class FieldError:
    """One mistake in a request."""

    pointer: str
    """JSON pointer, such as `/labels/3`."""
    message: str
    """What was expected, and what came."""
    index: tuple[int, ...] | None
    """Coordinates inside the tensor."""


@dataclass(frozen=True)
class Problem:
    """The service's problem document (RFC 9457)."""

    status: int
    code: str | None
    """Stable, such as `invalid_request`; None where something in front of the service answered."""
    title: str
    detail: str
    request_id: str | None
    """The service's log has its lines under it."""
    errors: tuple[FieldError, ...]
    """For mistakes in the request: at most 20."""
    more: int
    """How many further mistakes there are."""


class ServiceError(FocalLossError):
    """The service answered with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        problem = self.problem
        lines = [f"{problem.status} {problem.code or problem.title}: {problem.detail}"]
        # The first mistake is the detail already.
        lines += [f"  {error.pointer}: {error.message}" for error in problem.errors[1:]]
        if problem.more:
            lines.append(f"  and {problem.more} more")
        return "\n".join(lines)


class RequestRefused(ServiceError):
    """The request is at fault: it will be refused again (status 4xx, but not 429)."""


class Unavailable(ServiceError):
    """The service, or a proxy before it, was too busy or not there until patience ran out (429, 502, 503)."""


UNAVAILABLE_STATUSES = frozenset({429, 502, 503})


def service_error(status: int, reason: str, content_type: str, body: bytes) -> ServiceError:
    """Make an error of an answer that is not 200."""
    problem = _read_problem(status, reason, content_type, body)
    if status in UNAVAILABLE_STATUSES:
        return Unavailable(problem)
    return RequestRefused(problem) if 400 <= status < 500 else ServiceError(problem)


def _read_problem(status: int, reason: str, content_type: str, body: bytes) -> Problem:
    if content_type.startswith("application/problem+json"):
        try:
            document = json.loads(body)
            return Problem(
                status=status,
                code=document["code"],
                title=document["title"],
                detail=document["detail"],
                request_id=document.get("request_id"),
                errors=tuple(_read_field_error(**error) for error in document.get("errors", ())),
                more=document.get("more", 0),
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            pass  # A problem document of something else: it is shown as text.
    return Problem(status, None, reason, body[:_PREVIEW].decode(errors="replace"), None, (), 0)


def _read_field_error(pointer: str, message: str, index: list[int] | None = None, **_: object) -> FieldError:
    return FieldError(pointer, message, None if index is None else tuple(index))
