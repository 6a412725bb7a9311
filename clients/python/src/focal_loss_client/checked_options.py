"""Check of options when an adapter is created, before anything is sent."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from .foreign_names import FOREIGN_NAME_HINTS
from .options import FocalLossOptions


def check_options(options: Mapping[str, Any], refused: Mapping[str, str]) -> None:
    """Check the names of options.

    Args:
        options: Options by name.
        refused: Options of the service that cannot be set here, and why or what to do instead.

    Raises:
        TypeError: One is refused, or is no option of the service.
    """
    for name in options:
        if name in refused:
            raise TypeError(f"{name!r} cannot be set here: {refused[name]}")
        if name in FocalLossOptions.__annotations__:
            continue
        if name in FOREIGN_NAME_HINTS:
            raise TypeError(f"unknown argument {name!r}; {FOREIGN_NAME_HINTS[name]}")
        similar = difflib.get_close_matches(name, FocalLossOptions.__annotations__, 1)
        raise TypeError(f"unknown argument {name!r}" + "".join(f"; is it {other!r}?" for other in similar))
