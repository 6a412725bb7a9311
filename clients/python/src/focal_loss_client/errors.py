"""The exceptions that a call raises."""

from __future__ import annotations

import json
from dataclasses import dataclass

_MAX_DETAIL_BYTES = 300

RETRYABLE_STATUSES = frozenset({429, 502, 503})
"""The service sends 429 `queue_full`, `memory_exhausted` and 503 `not_ready`, `shutting_down`, `engine_unavailable`.

Proxies send 502 and 503 of their own. The status decides, and not the code, so that both are treated alike.
"""


class FocalLossError(Exception):
    """Base class of all exceptions that are specific to this client."""


class ServiceConnectionError(FocalLossError, ConnectionError):
    """The service could not be reached, or the connection broke, until the retries were used up."""

    def __init__(self, message: str, *, unreached: bool = False, permanent: bool = False) -> None:
        super().__init__(message)
        self.unreached = unreached
        """Whether there was not even a connection."""
        self.permanent = permanent
        """Whether it is not tried again, because it would fail again: a certificate that is not trusted, for one."""


class ServiceTimeoutError(ServiceConnectionError, TimeoutError):
    """Connecting or waiting for a response took longer than its timeout, until the retries were used up."""


class UnexpectedResponseError(FocalLossError):
    """The response is not one of this service, or of a version that this client does not support."""


class SharedMemoryError(FocalLossError):
    """`shared_memory="require"`, and the client and the service have no memory in common; the message says why."""


@dataclass(frozen=True)
class ValidationIssue:
    """One mistake in a request."""

    pointer: str
    """JSON pointer to the value, such as `/labels/3`."""
    message: str
    """The expected and the actual value."""
    index: tuple[int, ...] | None
    """Coordinates of the value in its tensor."""


@dataclass(frozen=True)
class Problem:
    """The service's problem document (RFC 9457)."""

    status: int
    """HTTP status."""
    code: str | None
    """A stable code, such as `invalid_request`; None if the response came from a proxy in front of the service."""
    title: str
    detail: str
    request_id: str | None
    """Identifies the request in the service's log."""
    errors: tuple[ValidationIssue, ...]
    """The mistakes in the request, at most 20."""
    more: int
    """The number of further mistakes."""


class ServiceError(FocalLossError):
    """The service responded with a problem."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.retry_after = retry_after
        """After how many seconds to try again, if the service says so."""

    def __str__(self) -> str:
        problem = self.problem
        lines = [f"{problem.status} {problem.code or problem.title}: {problem.detail}"]
        # The detail repeats the first mistake.
        lines += [f"  {issue.pointer}: {issue.message}" for issue in problem.errors[1:]]
        if problem.more:
            lines.append(f"  and {problem.more} more")
        return "\n".join(lines)


class InvalidRequestError(ServiceError):
    """The service rejected the request, and would reject it again: any status 4xx but 429."""


class ServiceUnavailableError(ServiceError):
    """The service, or a proxy in front of it, was overloaded or unavailable until the retries were used up.

    The status is 429, 502 or 503.
    """


# With these a server rejects paths or methods that it does not know.
_UNKNOWN_TARGET_STATUSES = frozenset({404, 405, 501})


def service_error(
    status: int, reason: str, content_type: str, body: bytes, retry_after: float | None
) -> FocalLossError:
    """Convert a response whose status is not 200 to an exception."""
    problem = _read_problem(status, reason, content_type, body)
    if problem.code is None and status in _UNKNOWN_TARGET_STATUSES:
        return UnexpectedResponseError(
            f"expected a focal-loss-service, got {status} {problem.title} of something else: is the URL right, and its "
            f"path? {problem.detail}"
        )
    if status in RETRYABLE_STATUSES:
        return ServiceUnavailableError(problem, retry_after)
    return InvalidRequestError(problem) if 400 <= status < 500 else ServiceError(problem)


def _read_problem(status: int, reason: str, content_type: str, body: bytes) -> Problem:
    # The Open Inference Protocol has the members of a problem document in a document of its own.
    if content_type in ("application/problem+json", "application/json"):
        try:
            document = json.loads(body)
            return Problem(
                status=status,
                code=document["code"],
                title=document["title"],
                detail=document["detail"],
                request_id=document.get("request_id"),
                errors=tuple(_read_issue(**error) for error in document.get("errors", ())),
                more=document.get("more", 0),
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            pass  # Another program's problem document: its text becomes the detail.
    return Problem(status, None, reason, body[:_MAX_DETAIL_BYTES].decode(errors="replace"), None, (), 0)


def _read_issue(pointer: str, message: str, index: list[int] | None = None, **_: object) -> ValidationIssue:
    return ValidationIssue(pointer, message, None if index is None else tuple(index))
