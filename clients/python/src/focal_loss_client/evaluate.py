"""One call with arguments that a program puts together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .client import FocalLossClient
from .focal_loss_result import FocalLossResult


def evaluate(
    client: FocalLossClient, arrays: Mapping[str, Any], options: Mapping[str, Any], **overrides: Any
) -> FocalLossResult:
    """Call `focal_loss`.

    Args:
        client: The client.
        arrays: Predictions, labels and weights by name.
        options: Options by name.
        **overrides: Options that take precedence.
    """
    arguments: dict[str, Any] = {**arrays, **options, **overrides}
    result: FocalLossResult = client.focal_loss(**arguments)
    return result
