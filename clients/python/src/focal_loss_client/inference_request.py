"""Requests of the Open Inference Protocol whose tensors lie in regions of shared memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import safetensors
from .inference_outputs import RequestedOutputs
from .region import Region
from .region_pool import RegionPool

_DATATYPES = {
    "F64": "FP64",
    "F32": "FP32",
    "F16": "FP16",
    "BF16": "BF16",
    "BOOL": "BOOL",
    **{f"{sign}{bits}": f"{word}{bits}" for sign, word in (("I", "INT"), ("U", "UINT")) for bits in (8, 16, 32, 64)},
}
# A cache line, so that no two tensors have one in common.
_ALIGNMENT = 64


@dataclass(frozen=True)
class Place:
    """Where a tensor lies."""

    region: Region
    offset: int
    memory: np.ndarray
    """Its bytes, uint8 of shape [bytes]; a view that keeps the region in use."""

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the protocol that say so."""
        offset = {"shared_memory_offset": self.offset} if self.offset else {}
        return {"shared_memory_region": self.region.name, "shared_memory_byte_size": self.memory.nbytes, **offset}


@dataclass(frozen=True)
class InferenceRequest:
    """A request, and where its tensors lie."""

    inputs: Mapping[str, tuple[np.ndarray, Place]]
    outputs: RequestedOutputs
    results: Mapping[str, Place]

    @property
    def regions(self) -> Sequence[Region]:
        """All that the service has to know."""
        places = [place for _, place in self.inputs.values()] + list(self.results.values())
        return list({place.region.name: place.region for place in places}.values())

    def encode(self, parameters: Mapping[str, str]) -> memoryview:
        """Write the JSON, which is all of the request that travels.

        Args:
            parameters: The options of the loss, each as JSON.
        """
        document = {
            "parameters": {"binary_data_output": True, **parameters},
            "inputs": [
                {
                    "name": name,
                    "datatype": _DATATYPES[safetensors.dtype_name(name, array)],
                    "shape": array.shape,
                    "parameters": place.parameters,
                }
                for name, (array, place) in self.inputs.items()
            ],
            "outputs": [
                *({"name": name, "parameters": {"binary_data": False}} for name in self.outputs.scalars),
                *({"name": name} for name in self.outputs.summaries),
                *({"name": name, "parameters": place.parameters} for name, place in self.results.items()),
            ],
        }
        return memoryview(json.dumps(document, separators=(",", ":")).encode())


def place_tensors(pool: RegionPool, arrays: Mapping[str, np.ndarray], outputs: RequestedOutputs) -> InferenceRequest:
    """Copy those inputs into a region that lie in none, and make room for the outputs.

    The inputs share one region. Each array of the result has one to itself, so that a caller who keeps one of them
    keeps no other memory.

    Raises:
        OSError: There is not enough shared memory.
    """
    found = {name: _find(pool, array) for name, array in arrays.items()}
    sizes = {name: arrays[name].nbytes for name, place in found.items() if place is None}
    placed = dict(_lease_together(pool, sizes)) if sizes else {}
    for name, place in found.items():
        if place is None:
            _copy(arrays[name], placed[name])
    results: dict[str, Place] = {}
    for name, nbytes in outputs.arrays.items():
        results.update(_lease_together(pool, {name: nbytes}))
    inputs = {name: (array, found[name] or placed[name]) for name, array in arrays.items()}
    return InferenceRequest(inputs, outputs, results)


def _lease_together(pool: RegionPool, sizes: Mapping[str, int]) -> Iterator[tuple[str, Place]]:
    """Lease one region for tensors that lie one after another."""
    aligned = {name: -(-nbytes // _ALIGNMENT) * _ALIGNMENT for name, nbytes in sizes.items()}
    region, lease = pool.lease(sum(aligned.values()))
    offset = 0
    for name, nbytes in sizes.items():
        yield name, Place(region, offset, lease[offset : offset + nbytes])
        offset += aligned[name]


def _find(pool: RegionPool, array: np.ndarray) -> Place | None:
    as_is = array.dtype == safetensors.little_endian(array.dtype) and array.flags.c_contiguous and array.nbytes > 0
    found = pool.find(array) if as_is else None
    if found is None:
        return None
    region, offset = found
    return Place(region, offset, array.reshape(-1).view(np.uint8))


def _copy(array: np.ndarray, place: Place) -> None:
    """Copy an array of any strides and byte order."""
    np.copyto(place.memory.view(safetensors.little_endian(array.dtype)).reshape(array.shape), array)
