"""The options of the loss, and their names in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from torch import Tensor

from focal_loss_client.checked_options import check_options
from focal_loss_client.options import Alpha, BatchOptions, Gamma

_REDUCTIONS = ("mean", "sum", "none")
_REFUSED = {
    "outputs": "the loss and its gradients are what training needs; for more, call FocalLossClient.focal_loss",
    "hessian_form": "there is no Hessian here; call FocalLossClient.focal_loss for it",
}


class LossOptions(BatchOptions, total=False):
    """Those of `FocalLossOptions` that a loss can have. Tensors may stand for lists."""

    gamma: Gamma
    alpha: Alpha
    gradients_dtype: Literal["F32", "F16", "BF16"]
    """What the service rounds gradients to before they become the dtype of the logits; F32 by default."""


def check_loss_options(options: Mapping[str, Any], weight: Any, denominator: Any) -> None:
    """Check the options before a call.

    Raises:
        TypeError: One is unknown, cannot be set here, or is given by two names.
        ValueError: There is no such reduction.
    """
    check_options(options, _REFUSED)
    reduction = options.get("reduction", "mean")
    if reduction not in _REDUCTIONS:
        raise ValueError(f"reduction: expected one of {', '.join(_REDUCTIONS)}, got {reduction!r}")
    if weight is not None and "class_weights" in options:
        raise TypeError("'weight' and 'class_weights' are both given: they are names of the same weights")
    if denominator is None:
        return
    if reduction != "mean":
        raise TypeError(f"'denominator' is the divisor of a mean, and 'reduction' is {reduction!r}")
    if not isinstance(denominator, str):
        if "normalizer" in options:
            raise TypeError("'denominator' and 'normalizer' are both given, and a number is the divisor by either name")
    elif denominator != "global":
        raise ValueError(f"denominator: expected 'global' or a number, got {denominator!r}")


def request_options(options: Mapping[str, Any], weight: Tensor | None, dim: int) -> dict[str, Any]:
    """Return the options as the service has them.

    Args:
        options: By the names of the service.
        weight: PyTorch's name for `class_weights`.
        dim: The number of axes of the logits.
    """
    request = {name: _without_tensors(value) for name, value in options.items()}
    if weight is not None:
        request["class_weights"] = weight.tolist()
    if dim > 1:
        # As in PyTorch, and the same as the last one if there are two.
        request.setdefault("class_axis", 1)
    return request


def _without_tensors(value: Any) -> Any:
    """Convert tensors, which JSON does not have; those of a GPU would not convert themselves."""
    if isinstance(value, Tensor):
        return value.tolist()
    if isinstance(value, Mapping):
        return {name: _without_tensors(item) for name, item in value.items()}
    return value
