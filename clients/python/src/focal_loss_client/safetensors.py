"""Files in the safetensors format (https://github.com/huggingface/safetensors#format), from and to numpy arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

# bfloat16 is foreign to numpy: see _numpy_dtype.
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
# Data that starts at a multiple of this is aligned for every dtype.
_ALIGNMENT = 8


def encode(tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> list[memoryview]:
    """Lay arrays out as a file, without copying those that are contiguous and little endian already.

    Returns:
        The file in pieces: its header, then the data of each tensor as a view of its array.

    Raises:
        TypeError: An array's dtype has no name in the format.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    pieces = []
    begin = 0
    # Wide elements first, so that every tensor is aligned in the file and its reader needs no copy.
    for name, tensor in sorted(tensors.items(), key=lambda item: -item[1].dtype.itemsize):
        little = _little_endian(name, tensor)
        end = begin + little.nbytes
        header[name] = {
            "dtype": _DTYPE_NAMES[little.dtype.name],
            "shape": little.shape,
            "data_offsets": [begin, end],
        }
        pieces.append(little.reshape(-1).view(np.uint8).data)
        begin = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return [memoryview(len(text).to_bytes(_LENGTH_BYTES, "little") + text), *pieces]


def decode(file: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read a file.

    Args:
        file: Its bytes, uint8 of rank 1.

    Returns:
        The tensors, which are views of the file, and the metadata.

    Raises:
        ValueError: This is no whole file of the format, or it has bfloat16 and there is no ml_dtypes.
    """
    if file.size < _LENGTH_BYTES:
        raise ValueError(f"expected a safetensors file, got {file.size} bytes")
    start = _LENGTH_BYTES + int.from_bytes(file[:_LENGTH_BYTES].tobytes(), "little")
    if start > file.size:
        raise ValueError(f"expected a safetensors header that ends within {file.size} bytes, got one of {start}")
    try:
        header = json.loads(file[_LENGTH_BYTES:start].tobytes())
        metadata = header.pop("__metadata__", {})
        return {name: _read(file[start:], **entry) for name, entry in header.items()}, metadata
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"expected a safetensors header, got one that lacks something: {error!r}") from error


def has_bfloat16() -> bool:
    """Say whether arrays can have bfloat16 here, which numpy knows through the package ml_dtypes alone."""
    try:
        import ml_dtypes  # noqa: F401
    except ImportError:
        return False
    return True


def _little_endian(name: str, tensor: np.ndarray) -> np.ndarray:
    if tensor.dtype.name not in _DTYPE_NAMES:
        raise TypeError(f"{name}: expected an array of {', '.join(_DTYPE_NAMES)}, got {tensor.dtype}")
    # Kind V is bfloat16, which has one byte order.
    dtype = tensor.dtype if tensor.dtype.kind == "V" else tensor.dtype.newbyteorder("<")
    return np.asarray(tensor, dtype=dtype, order="C")


def _read(data: np.ndarray, dtype: str, shape: list[int], data_offsets: list[int]) -> np.ndarray:
    begin, end = data_offsets
    return data[begin:end].view(_numpy_dtype(dtype)).reshape(shape)


def _numpy_dtype(name: str) -> np.dtype[Any]:
    if name == "BF16":
        if not has_bfloat16():
            raise ValueError("bfloat16 needs the package ml_dtypes")
        return np.dtype("bfloat16")
    return np.dtype(_NUMPY_CODES[name])
