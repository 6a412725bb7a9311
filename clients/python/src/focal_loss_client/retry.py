"""When to retry a request."""

from __future__ import annotations

import random
import threading
import time
import warnings
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

from .errors import ServiceConnectionError, ServiceUnavailableError

Result = TypeVar("Result")

_FIRST_WAIT_S = 0.1
_MAX_WAIT_S = 5.0
# Spreads out the retries of clients that were rejected at the same moment.
_JITTER = 0.25


class FocalLossRetryWarning(UserWarning):
    """The category of the warning at the first retry of a call: it says why, and how long the client will try."""


class RetryBudget:
    """The time in which one call may be retried, and the waits between its attempts."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._next_wait = _FIRST_WAIT_S

    def next_wait(self, retry_after: float | None, max_seconds: float) -> float | None:
        """Return the seconds to wait before the next attempt; None if there is none.

        Args:
            retry_after: Seconds that the service asks the client to wait. If None, the wait is twice the one before.
            max_seconds: From the start, within which the wait has to end.
        """
        seconds = self._next_wait if retry_after is None else retry_after
        self._next_wait = min(2 * self._next_wait, _MAX_WAIT_S)
        seconds *= 1 + _JITTER * random.random()
        return None if time.monotonic() + seconds > self._start + max_seconds else seconds


class Retries:
    """The retries of the calls of one client."""

    def __init__(self, max_seconds: float, max_startup_seconds: float, has_responded: Callable[[], bool]) -> None:
        """Remember how long to try.

        Args:
            max_seconds: After which no further attempt starts.
            max_startup_seconds: Likewise, while there is no connection and nothing has responded yet.
            has_responded: Whether anything has responded to this client yet.
        """
        self._max_seconds = max_seconds
        self._max_startup_seconds = min(max_startup_seconds, max_seconds)
        self._has_responded = has_responded

    def call(self, attempt: Callable[[], Result], stacklevel: int, cancelled: threading.Event | None = None) -> Result:
        """Call a function until it returns, or raises anything but that the service cannot be reached or is not ready.

        Args:
            attempt: The function.
            stacklevel: Of the warning at the first retry; 1 is the caller of this method.
            cancelled: Set as soon as nobody waits for the result any more: no further attempt starts.
        """
        budget = RetryBudget()
        has_warned = False
        while True:
            failure: ServiceConnectionError | ServiceUnavailableError
            max_seconds, retry_after = self._max_seconds, None
            try:
                return attempt()
            except ServiceConnectionError as error:
                failure = error
                if error.unreached and not self._has_responded():
                    max_seconds = self._max_startup_seconds
            except ServiceUnavailableError as error:
                failure, retry_after = error, error.retry_after
            if isinstance(failure, ServiceConnectionError) and failure.permanent:
                raise failure
            seconds = budget.next_wait(retry_after, max_seconds)
            if seconds is None:
                raise failure
            if not has_warned:
                has_warned = True
                message = f"retrying for up to {max_seconds:g} s: {failure}"
                warnings.warn(message, FocalLossRetryWarning, stacklevel=stacklevel + 1)
            if cancelled is None:
                time.sleep(seconds)
            elif cancelled.wait(seconds):
                raise failure


def parse_retry_after(header: str | None) -> float | None:
    """Convert a Retry-After header, a number of seconds or a date, to seconds; None if it is absent or malformed."""
    if header is None:
        return None
    try:
        if header.strip().isdigit():
            return float(header)
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
