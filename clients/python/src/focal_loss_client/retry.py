"""When to retry a request."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

from .errors import FocalLossError, ServiceConnectionError, ServiceUnavailableError

Result = TypeVar("Result")

_FIRST_WAIT_S = 0.1
_MAX_WAIT_S = 5.0
# Spreads out the retries of clients that were rejected at the same moment.
_JITTER = 0.25


class RetryBudget:
    """The time in which one call may be retried, and the waits between its attempts."""

    def __init__(self, max_seconds: float) -> None:
        self._deadline = time.monotonic() + max_seconds
        self._next_wait = _FIRST_WAIT_S

    def wait(self, retry_after: float | None) -> bool:
        """Wait before the next attempt.

        Args:
            retry_after: Seconds that the service asks the client to wait. If None, the wait is twice the one before.

        Returns:
            False, without waiting, if the wait would exceed the budget.
        """
        seconds = self._next_wait if retry_after is None else retry_after
        self._next_wait = min(2 * self._next_wait, _MAX_WAIT_S)
        seconds *= 1 + _JITTER * random.random()
        if time.monotonic() + seconds > self._deadline:
            return False
        time.sleep(seconds)
        return True


def call_with_retries(attempt: Callable[[], Result], max_seconds: float) -> Result:
    """Call a function until it returns, or raises anything but that the service could not be reached or is not ready.

    Args:
        attempt: The function.
        max_seconds: After which it is not called again.
    """
    budget = RetryBudget(max_seconds)
    while True:
        failure: FocalLossError
        try:
            return attempt()
        except ServiceConnectionError as error:
            failure, retry_after = error, None
        except ServiceUnavailableError as error:
            failure, retry_after = error, error.retry_after
        if not budget.wait(retry_after):
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
