"""What the service answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from . import safetensors

_PER_CLASS = "per_class."
Record = TypeVar("Record")


@dataclass(frozen=True)
class Counts:
    """What was counted in a batch. A sample is a position outside the class axis, an element a sample and a class."""

    samples: int
    classes: int
    elements: int
    ignored: int
    """Elements that contribute nothing."""
    positives: int
    """Elements whose label is at least 0.5."""


@dataclass(frozen=True)
class Engine:
    """What computed an answer."""

    name: str
    device: str


@dataclass(frozen=True)
class Durations:
    """Where the service spent its time, in milliseconds."""

    queue: float
    decode: float
    compute: float
    encode: float


@dataclass(frozen=True)
class FocalLoss:
    """Focal loss of a batch. What was not asked for is None."""

    loss: float | None
    """The sum divided by the denominator; None for the reduction `none`."""
    sum: float | None
    """The plain sum of the loss."""
    denominator: float
    """What the loss, the gradients, the Hessian and the breakdown are divided by."""
    counts: Counts
    alpha: np.ndarray | None
    """One per class, float64, where the option `alpha` was a scheme: what came of it."""
    gradients: np.ndarray | None
    """∂loss/∂input in the shape of the predictions, float32 or as `gradients_dtype` says."""
    hessian_diagonal: np.ndarray | None
    """∂²loss/∂input² in the shape of the predictions, float32."""
    elementwise: np.ndarray | None
    """Losses before the denominator, float32: in the predictions' shape for sigmoid, one per sample for softmax."""
    per_class: dict[str, np.ndarray] | None
    """The breakdown: arrays of [classes] by name, such as `positives`, `loss.share` or `mean_pt.positive`.

    Counts are int64, the rest is float64, NaN where there is nothing to divide by.
    """
    difficulty: dict[str, np.ndarray] | None
    """Bins of p_t: arrays of [20] by name, such as `positives.counts` or `negatives.loss`.

    Counts are int64. The rest are shares of their side's total in float64, NaN where that is 0.
    """
    class_names: list[str] | None
    """As they were sent."""
    engine: Engine
    duration_ms: Durations


def read_result(file: np.ndarray) -> FocalLoss:
    """Read the service's answer.

    Args:
        file: A safetensors file, uint8 of rank 1. The result's arrays are views of it.

    Raises:
        ValueError: This is no such answer.
    """
    tensors, metadata = safetensors.decode(file)
    if "response" not in metadata:
        raise ValueError("expected an answer of the service, got a safetensors file without its metadata")
    response = json.loads(metadata["response"])
    per_class = {name[len(_PER_CLASS) :]: tensor for name, tensor in tensors.items() if name.startswith(_PER_CLASS)}
    return FocalLoss(
        loss=response.get("loss"),
        sum=response.get("sum"),
        denominator=response["denominator"],
        counts=read_record(Counts, response["counts"]),
        alpha=tensors.get("alpha"),
        gradients=tensors.get("gradients"),
        hessian_diagonal=tensors.get("hessian_diagonal"),
        elementwise=tensors.get("elementwise"),
        per_class=per_class or None,
        difficulty=_difficulty(response.get("difficulty")),
        class_names=response.get("class_names"),
        engine=read_record(Engine, response["engine"]),
        duration_ms=read_record(Durations, response["duration_ms"]),
    )


def _difficulty(sides: dict[str, dict[str, list[float] | None]] | None) -> dict[str, np.ndarray] | None:
    if sides is None:
        return None
    arrays = {}
    for side, fields_of_side in sides.items():
        counts = np.asarray(fields_of_side["counts"], np.int64)
        for name, shares in fields_of_side.items():
            array = np.full(len(counts), np.nan) if shares is None else np.asarray(shares, np.float64)
            arrays[f"{side}.{name}"] = counts if name == "counts" else array
    return arrays


def read_record(kind: type[Record], values: dict[str, Any]) -> Record:
    """Take the fields of a dataclass, and leave what a newer service may have added."""
    return kind(**{field.name: values[field.name] for field in fields(kind)})  # type: ignore[arg-type]
