"""The call under the torch backend of Keras."""

from __future__ import annotations

import numpy as np
import torch

from focal_loss_client.host_call import HostCall
from focal_loss_client.torch.known_gradients import KnownGradients, attach_gradients


def evaluate(call: HostCall, predictions: torch.Tensor, arrays: dict[str, torch.Tensor]) -> torch.Tensor:
    """Evaluate a call. Of its inputs only the predictions have gradients."""
    inputs = _to_numpy(predictions), {name: _to_numpy(array) for name, array in arrays.items()}
    if not (predictions.requires_grad and torch.is_grad_enabled()):
        return _to_tensor(call.loss(*inputs), predictions)
    loss, gradients = call.loss_and_gradients(*inputs)
    on_device = torch.as_tensor(gradients, dtype=torch.float32, device=predictions.device)
    class_axis = call.class_axis if call.is_elementwise and call.is_softmax else None
    return attach_gradients(predictions, KnownGradients(_to_tensor(loss, predictions), on_device, 1.0, class_axis))


def _to_numpy(tensor: torch.Tensor) -> np.ndarray:
    dtype = torch.float32 if tensor.dtype == torch.bfloat16 else tensor.dtype  # numpy has no bfloat16.
    array: np.ndarray = tensor.detach().to("cpu", dtype).numpy()
    return array


def _to_tensor(loss: np.ndarray, predictions: torch.Tensor) -> torch.Tensor:
    dtype = torch.float64 if predictions.dtype == torch.float64 else torch.float32
    return torch.as_tensor(loss, dtype=dtype, device=predictions.device)
