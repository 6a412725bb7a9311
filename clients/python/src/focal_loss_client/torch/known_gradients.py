"""A loss whose gradients the service has computed along with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor


@dataclass(frozen=True)
class KnownGradients:
    """A loss, and its derivatives with respect to the logits."""

    loss: Tensor
    gradients: Tensor
    """Float32, in the shape of the logits; to be multiplied by `scale`."""
    scale: float
    class_axis: int | None
    """The axis that the logits have and the loss does not; None if the shapes are equal, or the loss is one number."""


def attach_gradients(logits: Tensor, known: KnownGradients) -> Tensor:
    """Return the loss as a function of the logits."""
    # Has the history of the logits and none of their memory, so that a second derivative finds its way to them.
    trace = logits[:0].clone()
    return cast(Callable[..., Tensor], _Loss.apply)(logits, known, [trace])


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, known: KnownGradients, trace: list[Tensor]) -> Tensor:
        ctx.save_for_backward(known.gradients)
        ctx.scale, ctx.class_axis, ctx.trace, ctx.dtype = known.scale, known.class_axis, trace, logits.dtype
        return known.loss

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None, None]:
        with torch.no_grad():
            gradients = _first_derivative(ctx, *upstream)
        if torch.is_grad_enabled():  # That is, by create_graph=True.
            gradients = cast(Callable[..., Tensor], _FirstDerivative.apply)(gradients, *ctx.trace)
        return gradients, None, None


def _first_derivative(ctx: Any, upstream: Tensor) -> Tensor:
    (gradients,) = ctx.saved_tensors
    factor = upstream * ctx.scale
    if ctx.class_axis is not None:
        factor = factor.unsqueeze(ctx.class_axis)
    # A copy: the gradients may lie in shared memory, which must not become a parameter's `grad`. In float32, because
    # the factor is where loss scaling keeps them in the range of float16.
    product: Tensor = (gradients * factor).to(ctx.dtype)
    return product


class _FirstDerivative(torch.autograd.Function):
    """The identity, of which there is no derivative.

    `once_differentiable` does not suffice: if upstream gradients do not require gradients, as in a gradient penalty,
    it makes the first derivative a constant, and the second one silently 0.
    """

    @staticmethod
    def forward(ctx: Any, gradients: Tensor, trace: Tensor) -> Tensor:
        return gradients.clone()

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> None:
        raise RuntimeError(
            "focal_loss: there is no second derivative, because the service computes first derivatives "
            "only. Leave out create_graph=True, or compute this loss in PyTorch where a second derivative is needed, "
            "as for a gradient penalty"
        )
