"""The call under the torch backend of Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.autograd.function import once_differentiable

from focal_loss_client.host_call import HostCall


def evaluate(call: HostCall, predictions: torch.Tensor, arrays: dict[str, torch.Tensor]) -> torch.Tensor:
    """Evaluate a call. Of its inputs only the predictions have gradients."""
    loss: torch.Tensor = _Loss.apply(call, predictions, arrays)
    return loss


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, call: HostCall, predictions: torch.Tensor, arrays: dict[str, torch.Tensor]) -> torch.Tensor:
        inputs = _to_numpy(predictions), {name: _to_numpy(array) for name, array in arrays.items()}
        if not ctx.needs_input_grad[1]:
            return _to_tensor(call.loss(*inputs), predictions)
        loss, gradients = call.loss_and_gradients(*inputs)
        ctx.call = call
        ctx.save_for_backward(torch.as_tensor(gradients, dtype=predictions.dtype, device=predictions.device))
        return _to_tensor(loss, predictions)

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, *upstreams: torch.Tensor
    ) -> tuple[None, torch.Tensor, None]:
        [upstream] = upstreams
        [gradients] = ctx.saved_tensors
        if ctx.call.is_elementwise and ctx.call.is_softmax:
            upstream = upstream.unsqueeze(ctx.call.class_axis)
        return None, (upstream * gradients).to(gradients.dtype), None


def _to_numpy(tensor: torch.Tensor) -> np.ndarray:
    dtype = torch.float32 if tensor.dtype == torch.bfloat16 else tensor.dtype  # numpy has no bfloat16.
    array: np.ndarray = tensor.detach().to("cpu", dtype).numpy()
    return array


def _to_tensor(loss: np.ndarray, predictions: torch.Tensor) -> torch.Tensor:
    dtype = torch.float64 if predictions.dtype == torch.float64 else torch.float32
    return torch.as_tensor(loss, dtype=dtype, device=predictions.device)
