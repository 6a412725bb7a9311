"""What the service warns of: requests that are valid and most likely a mistake."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class FocalLossWarning(UserWarning):
    """The category of all warnings of this client."""


@dataclass(frozen=True)
class RequestWarning:
    """What is most likely a mistake in a request."""

    code: str
    """Stable, such as `probabilities_as_logits`."""
    message: str
    """What was seen, and what to do."""
    pointer: str | None
    """JSON pointer into the request, such as `/labels`."""


def read_warnings(entries: Iterable[Mapping[str, Any]]) -> tuple[RequestWarning, ...]:
    """Read the member `warnings` of a response."""
    return tuple(RequestWarning(entry["code"], entry["message"], entry.get("pointer")) for entry in entries)


class WarningFilter:
    """Warns once of each code: a training job repeats its mistakes with each batch."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def warn(self, found: Sequence[RequestWarning], stacklevel: int) -> None:
        """Call `warnings.warn` for those that are new.

        Args:
            found: Of one response.
            stacklevel: 1 is the caller of this method.
        """
        for warning in found:
            with self._lock:
                if warning.code in self._seen:
                    continue
                self._seen.add(warning.code)
            warnings.warn(f"{warning.code}: {warning.message}", FocalLossWarning, stacklevel=stacklevel + 1)
