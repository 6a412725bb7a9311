"""Responses of the Open Inference Protocol whose tensors lie in regions of shared memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from . import safetensors
from .focal_loss_result import Counts, Durations, Engine, FocalLossResult
from .focal_loss_warning import read_warnings
from .inference_request import Place
from .transport import Response

_JSON_LENGTH = "Inference-Header-Content-Length"
_DTYPES = {name: safetensors.numpy_dtype(dtype) for name, dtype in (("INT64", "I64"), ("FP64", "F64"), ("FP32", "F32"))}
_SMALLER_DTYPES = {"FP16": "F16", "BF16": "BF16"}


def read_inference_response(
    response: Response, places: Mapping[str, Place], class_names: list[str] | None
) -> FocalLossResult:
    """Read a response.

    Args:
        response: JSON, and behind it what has a number per class or bin.
        places: Where gradients, Hessian and element losses lie; those of the result are views.
        class_names: As sent in the request.

    Raises:
        KeyError, TypeError, ValueError: The response is malformed.
    """
    json_bytes = int(response.headers.get(_JSON_LENGTH, response.body.size))
    if not 0 <= json_bytes <= response.body.size:
        raise ValueError(f"expected at most {response.body.size} bytes of JSON, got {json_bytes}")
    document = json.loads(response.body[:json_bytes].tobytes())
    parameters = document["parameters"]
    scalars: dict[str, Any] = {}
    tensors: dict[str, np.ndarray] = {}
    offset = json_bytes
    for output in document["outputs"]:
        name = output["name"]
        if "data" in output:
            scalars[name] = output["data"][0]
        elif name in places:
            tensors[name] = _view(output, places[name].memory, 0)
        else:
            tensors[name] = _view(output, response.body, offset)
            offset += tensors[name].nbytes
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
        posterior=tensors.get("posterior"),
        calibration=_calibration(tensors),
        class_names=class_names,
        options=json.loads(parameters.get("options", "{}")),
        engine=Engine(parameters["engine"], parameters["device"]),
        duration_ms=Durations(**{field.name: parameters[f"{field.name}_ms"] for field in fields(Durations)}),
        warnings=read_warnings(json.loads(parameters.get("warnings", "[]"))),
    )


def _view(output: Mapping[str, Any], memory: np.ndarray, offset: int) -> np.ndarray:
    """View bytes of a memory as an output."""
    shape, datatype = output["shape"], output["datatype"]
    dtype = _DTYPES.get(datatype) or safetensors.numpy_dtype(_SMALLER_DTYPES[datatype])
    if min(shape, default=0) < 0:
        raise ValueError(f"{output['name']}: expected sizes of axes, got {shape}")
    # Numpy checks that it ends within the memory.
    return np.ndarray(shape, dtype, memory, offset)


def _with_prefix(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray] | None:
    return {name[len(prefix) :]: array for name, array in tensors.items() if name.startswith(prefix)} or None


def _calibration(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray | float] | None:
    calibration: dict[str, np.ndarray | float] = {}
    for name, array in (_with_prefix(tensors, "calibration.") or {}).items():
        calibration[name] = array if array.size > 1 else float(array[0])
    return calibration or None
