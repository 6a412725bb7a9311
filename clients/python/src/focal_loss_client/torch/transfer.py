"""Copies between the device of the logits and the memory that the client sends or shares."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from focal_loss_client.arrays import to_array
from focal_loss_client.client import FocalLossClient

_MAX_HELD = 4
_held: list[weakref.ref[np.ndarray]] = []


def to_host(inputs: Mapping[str, Any], client: FocalLossClient) -> dict[str, np.ndarray]:
    """Convert the inputs of a call to arrays. Tensors on a CPU are not copied, if they are contiguous.

    Args:
        inputs: Tensors on any device, or anything else that numpy accepts.
        client: The arrays of tensors on a GPU lie in its shared memory, if there is any.
    """
    hosts = {name: _start_copy(value, client) for name, value in inputs.items()}
    for device in {value.device for value in inputs.values() if isinstance(value, Tensor) and value.is_cuda}:
        torch.cuda.current_stream(device).synchronize()  # All copies are under way by now.
    return {name: to_array(host, name) for name, host in hosts.items()}


def _start_copy(value: Any, client: FocalLossClient) -> Any:
    if not (isinstance(value, Tensor) and value.is_cuda):
        return value
    shared = client.empty(value.nbytes, np.uint8)
    if shared.flags.owndata:  # It is ordinary memory, to which a GPU copies slowly.
        host = torch.empty(value.shape, dtype=value.dtype, pin_memory=True)
    else:
        host = torch.from_numpy(shared).view(value.dtype).reshape(value.shape)
    return host.copy_(value.detach(), non_blocking=True)


def gradients_to(device: torch.device, array: np.ndarray) -> Tensor:
    """Return gradients as float32 on a device. On a CPU they are not copied.

    Those that lie in shared memory keep it until they are gone. Of several that wait for their backward pass only the
    first few do: shared memory is small, and others get memory of their own.
    """
    array = np.asarray(array, np.float32)
    tensor = torch.from_numpy(array)
    if device.type == "cuda":
        # From pinned memory the copy goes on while the caller prepares the backward pass.
        return tensor.pin_memory().to(device, non_blocking=True)
    if device.type != "cpu":
        return tensor.to(device)
    _held[:] = [reference for reference in _held if reference() is not None]
    if len(_held) >= _MAX_HELD:
        return tensor.clone()
    _held.append(weakref.ref(array))
    return tensor


def losses_to(device: torch.device, dtype: torch.dtype, array: np.ndarray) -> Tensor:
    """Return the losses of elements or samples on a device, in memory of their own, since callers may keep them."""
    return torch.from_numpy(array).to(device, dtype, copy=True)
