"""When to try again."""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime

_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 5.0
# Jobs that were refused together are not to come back together.
_SPREAD = 0.25


class Patience:
    """Waits between the tries of one call, until its time is used up."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._wait = _FIRST_WAIT_S

    def wait(self, wanted: float | None) -> bool:
        """Wait for the next try.

        Args:
            wanted: Seconds, where the service named them; otherwise each wait is twice the one before.

        Returns:
            False, at once, where the time does not suffice.
        """
        seconds = self._wait if wanted is None else wanted
        self._wait = min(2 * self._wait, _LONGEST_WAIT_S)
        seconds *= 1 + _SPREAD * random.random()
        if time.monotonic() + seconds > self._end:
            return False
        time.sleep(seconds)
        return True


def retry_after_seconds(header: str | None) -> float | None:
    """Read a Retry-After header: seconds or a date; None where there is none that makes sense."""
    if header is None:
        return None
    try:
        return max(
            0.0, float(header) if header.strip().isdigit() else parsedate_to_datetime(header).timestamp() - time.time()
        )
    except (TypeError, ValueError):
        return None
