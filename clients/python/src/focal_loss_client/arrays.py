"""Converts what callers have, tensors of any framework among it, to numpy arrays."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from . import safetensors

# Numpy's kinds of dtypes that are no numbers: objects, bytes, text, dates and differences of dates.
_NOT_NUMBERS = "OSUMm"


def to_array(value: Any, name: str) -> np.ndarray:
    """Convert an array or a tensor, without copying it if numpy can view its memory.

    Args:
        value: Anything that `numpy.asarray` accepts: lists, JAX arrays, TensorFlow's eager tensors. PyTorch tensors may
            also require gradients, be on a device, be sparse, or be bfloat16 or float8; they are detached, and the
            gradient is up to the caller. Without the package ml_dtypes, PyTorch's bfloat16 becomes float32, which is
            exact.
        name: Of the argument, for the error.

    Raises:
        TypeError: It is no array of numbers.
    """
    try:
        array = _convert(value)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise TypeError(f"{name}: expected an array of numbers, got {_describe(value)}: {error}") from error
    if array.dtype.kind in _NOT_NUMBERS:
        raise TypeError(f"{name}: expected an array of numbers, got {_describe(value)} of dtype {array.dtype}")
    return array


def _convert(value: Any) -> np.ndarray:
    # Whoever has a tensor has imported its framework: this client itself imports none.
    torch = sys.modules.get("torch")
    if torch is None or isinstance(value, np.ndarray):
        return np.asarray(value)
    if isinstance(value, torch.Tensor):
        return _from_torch(torch, value)
    if isinstance(value, (list, tuple)) and any(isinstance(item, torch.Tensor) for item in value):
        return np.stack([_convert(item) for item in value])
    return np.asarray(value)


def _from_torch(torch: Any, tensor: Any) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    tensor = tensor.cpu().resolve_neg().resolve_conj()
    if tensor.dtype == torch.bfloat16 and safetensors.has_bfloat16():
        # Numpy has no bfloat16 of its own, so PyTorch exports none. The bits are the same.
        bits: np.ndarray = tensor.view(torch.int16).numpy()
        return bits.view(safetensors.numpy_dtype("BF16"))
    if tensor.dtype == torch.bfloat16 or (tensor.is_floating_point() and tensor.element_size() == 1):
        tensor = tensor.to(torch.float32)
    array: np.ndarray = tensor.numpy()
    return array


def _describe(value: Any) -> str:
    """Say what a value is, without its content, which may be large."""
    kind = type(value)
    if isinstance(value, (list, tuple)):
        return f"a {kind.__name__}"
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
