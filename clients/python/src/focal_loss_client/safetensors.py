"""Reads and writes the safetensors format (https://github.com/huggingface/safetensors#format) as numpy arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

# numpy itself has no bfloat16: see numpy_dtype.
_NUMPY_CODES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "<u1",
    "BOOL": "?",
}
_DTYPE_NAMES = {np.dtype(code).name: name for name, code in _NUMPY_CODES.items()} | {"bfloat16": "BF16"}

_LENGTH_BYTES = 8
# An offset that is a multiple of this is aligned for every dtype.
_ALIGNMENT = 8

# The service computes with one of these, the predictions, while it arrives, if it is the last tensor.
_LAST = ("logits", "probabilities")


def encode(tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> list[memoryview]:
    """Encode arrays as a file, without copying those that are already contiguous and little endian.

    Returns:
        The file as a list of buffers: its header, then the data of each tensor as a view of its array.

    Raises:
        TypeError: The format does not support the dtype of an array.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    buffers = []
    begin = 0
    for name, tensor in _in_order(tensors):
        array = _to_little_endian(name, tensor)
        end = begin + array.nbytes
        header[name] = {
            "dtype": dtype_name(name, array),
            "shape": array.shape,
            "data_offsets": [begin, end],
        }
        buffers.append(array.reshape(-1).view(np.uint8).data)
        begin = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return [memoryview(len(text).to_bytes(_LENGTH_BYTES, "little") + text), *buffers]


def decode(file: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Decode a file.

    Args:
        file: The bytes of the file, uint8 of shape [bytes].

    Returns:
        The tensors, which are views of the file, and the metadata.

    Raises:
        ValueError: The file is malformed or truncated, or contains bfloat16 while ml_dtypes is not installed.
    """
    if file.size < _LENGTH_BYTES:
        raise ValueError(f"expected a safetensors file, got {file.size} bytes")
    data_start = _LENGTH_BYTES + int.from_bytes(file[:_LENGTH_BYTES].tobytes(), "little")
    if data_start > file.size:
        raise ValueError(f"expected a safetensors file of at least {data_start} bytes, got {file.size}")
    try:
        header = json.loads(file[_LENGTH_BYTES:data_start].tobytes())
        metadata = header.pop("__metadata__", {})
        return {name: _read(file[data_start:], **entry) for name, entry in header.items()}, metadata
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"expected a safetensors header, got a malformed one: {error!r}") from error


def _in_order(tensors: Mapping[str, np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """Put the widest dtypes first, so that every tensor is aligned, and predictions last if they are aligned there."""
    widest_first = sorted(tensors.items(), key=lambda item: -item[1].dtype.itemsize)
    remaining = [item for item in widest_first if item[0] not in _LAST]
    last = [item for item in widest_first if item[0] in _LAST]
    offset = sum(tensor.nbytes for _, tensor in remaining)
    if any(offset % tensor.dtype.itemsize != 0 for _, tensor in last):
        return widest_first
    return [*remaining, *last]


def has_bfloat16() -> bool:
    """Return whether numpy arrays can have the dtype bfloat16, which the package ml_dtypes provides."""
    try:
        import ml_dtypes  # noqa: F401
    except ImportError:
        return False
    return True


def dtype_name(name: str, tensor: np.ndarray) -> str:
    """Return the format's name of the dtype of a tensor, in any byte order.

    Raises:
        TypeError: The format does not support it.
    """
    if tensor.dtype.name not in _DTYPE_NAMES:
        raise TypeError(f"{name}: expected an array of dtype {', '.join(_DTYPE_NAMES)}, got {tensor.dtype}")
    return _DTYPE_NAMES[tensor.dtype.name]


def little_endian(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return a dtype in the byte order of the format. Kind V is bfloat16, which has the native byte order only."""
    return dtype if dtype.kind == "V" else dtype.newbyteorder("<")


def _to_little_endian(name: str, tensor: np.ndarray) -> np.ndarray:
    dtype_name(name, tensor)
    return np.asarray(tensor, dtype=little_endian(tensor.dtype), order="C")


def _read(data: np.ndarray, dtype: str, shape: list[int], data_offsets: list[int]) -> np.ndarray:
    begin, end = data_offsets
    return data[begin:end].view(numpy_dtype(dtype)).reshape(shape)


def numpy_dtype(name: str) -> np.dtype[Any]:
    """Return the numpy dtype of a dtype of the format.

    Raises:
        ValueError: It is bfloat16, while ml_dtypes is not installed.
    """
    if name == "BF16":
        if not has_bfloat16():
            raise ValueError("bfloat16 requires the package ml_dtypes (pip install ml_dtypes)")
        return np.dtype("bfloat16")
    return np.dtype(_NUMPY_CODES[name])
