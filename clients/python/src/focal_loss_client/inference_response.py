"""Responses of the Open Inference Protocol whose tensors lie in regions of shared memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from . import safetensors
from .focal_loss_result import Counts, Durations, Engine, FocalLossResult
from .inference_outputs import ARRAYS
from .inference_request import Place

_DTYPES = {"INT64": "I64", "FP64": "F64", "FP32": "F32", "FP16": "F16", "BF16": "BF16"}


def read_inference_response(
    body: np.ndarray, places: Mapping[str, Place], class_names: list[str] | None
) -> FocalLossResult:
    """Read a response.

    Args:
        body: JSON, uint8 of shape [bytes].
        places: Where the outputs lie. Gradients, Hessian and element losses of the result are views of them; what has
            a number per class or bin is copied.
        class_names: As sent in the request.

    Raises:
        KeyError, TypeError, ValueError: The response is malformed.
    """
    response = json.loads(body.tobytes())
    parameters = response["parameters"]
    tensors = {output["name"]: _read_output(output, places) for output in response["outputs"] if "data" not in output}
    scalars = {output["name"]: output["data"][0] for output in response["outputs"] if "data" in output}
    return FocalLossResult(
        loss=scalars.get("loss"),
        sum=scalars.get("sum"),
        denominator=scalars["denominator"],
        counts=Counts(**{field.name: parameters[field.name] for field in fields(Counts)}),
        alpha=tensors.get("alpha"),
        gradients=tensors.get("gradients"),
        hessian_diagonal=tensors.get("hessian_diagonal"),
        elementwise=tensors.get("elementwise"),
        per_class=_with_prefix(tensors, "per_class."),
        difficulty=_with_prefix(tensors, "difficulty."),
        class_names=class_names,
        engine=Engine(parameters["engine"], parameters["device"]),
        duration_ms=Durations(**{field.name: parameters[f"{field.name}_ms"] for field in fields(Durations)}),
    )


def _read_output(output: Mapping[str, Any], places: Mapping[str, Place]) -> np.ndarray:
    name, shape = output["name"], output["shape"]
    dtype = safetensors.numpy_dtype(_DTYPES[output["datatype"]])
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    place = places[name]
    if size > place.memory.nbytes:
        raise ValueError(f"expected at most {place.memory.nbytes} bytes of {name}, got {size}")
    array = place.memory[:size].view(dtype).reshape(shape)
    return array if name in ARRAYS.values() else array.copy()


def _with_prefix(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray] | None:
    return {name[len(prefix) :]: array for name, array in tensors.items() if name.startswith(prefix)} or None
