"""The result of `focal_loss`."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from . import safetensors
from .focal_loss_warning import RequestWarning, read_warnings
from .scalars import flat_scalars

_PREFIX = "per_class."
Dataclass = TypeVar("Dataclass")


@dataclass(frozen=True)
class Counts:
    """The size of a batch. A sample is a position outside the class axis, and an element is one class of one sample."""

    samples: int
    classes: int
    elements: int
    ignored: int
    """Elements that contribute nothing."""
    positives: int
    """Elements whose label is at least 0.5."""


@dataclass(frozen=True)
class Engine:
    """The engine that computed a result."""

    name: str
    """Such as `wasm` or `cuda`."""
    device: str
    """The processor, in words."""


@dataclass(frozen=True)
class Durations:
    """The time that the service spent in each phase, in milliseconds."""

    queue: float
    decode: float
    compute: float
    encode: float


@dataclass(frozen=True)
class FocalLossResult:
    """Focal loss of one batch. Outputs that were not requested are None."""

    loss: float | None
    """`sum` divided by `denominator`; None for the reduction `none`."""
    sum: float | None
    """The sum of the elements' losses."""
    denominator: float
    """The divisor of the loss, the gradients, the Hessian and the breakdown."""
    counts: Counts
    alpha: np.ndarray | None
    """If the option `alpha` is a scheme, the alpha of each class that it yields: float64, [classes]."""
    gradients: np.ndarray | None
    """∂loss/∂input in the shape of the predictions, with the dtype of `gradients_dtype`, float32 by default."""
    hessian_diagonal: np.ndarray | None
    """∂²loss/∂input² in the shape of the predictions, float32."""
    elementwise: np.ndarray | None
    """Losses before the division by `denominator`, float32.

    Sigmoid: in the shape of the predictions. Softmax: in that shape without the class axis.
    """
    per_class: dict[str, np.ndarray] | None
    """The breakdown: arrays [classes] by name, such as `positives`, `loss.share` or `mean_pt.positive`.

    Counts are int64. All others are float64, and NaN where the divisor is 0. With the output `posterior`, `prior` is
    the part of positives in a class (softmax: of a class in all positives), and `initial_logit` the logit of that
    posterior.
    """
    difficulty: dict[str, np.ndarray] | None
    """The histogram over p_t: arrays [20] by name, such as `positives.counts` or `negatives.loss`.

    Counts are int64. All others are float64: shares of the total of all positives (or all negatives), and NaN where
    that total is 0.
    """
    posterior: np.ndarray | None
    """What p stands for in a model that minimises this loss, probabilities in the shape of the predictions, float32."""
    calibration: dict[str, np.ndarray | float] | None
    """How well confidence agrees with the labels, by name, such as `predicted.counts` or `posterior.observed_rate`.

    `counts` are int64 [15], `mean_confidence` and `observed_rate` float64 [15], NaN in a bin without any, and
    `expected_calibration_error` is a float. Those of `posterior` are there if the request could have that output.
    """
    class_names: list[str] | None
    """As sent in the request."""
    options: dict[str, Any]
    """The options in force, with defaults filled in. Those whose lists have more than 1000 items are left out."""
    engine: Engine
    duration_ms: Durations
    warnings: tuple[RequestWarning, ...] = ()
    """What is most likely a mistake in the request. The client warns of each code once, by `warnings.warn`."""

    def scalars(self, prefix: str = "", *, per_class: Collection[str] | None = None) -> dict[str, float]:
        """Return the numbers by name, for an experiment tracker: `mlflow.log_metrics(result.scalars("train/"), step)`.

        - `loss`, `sum`, `denominator`;
        - `counts/samples`, `counts/classes`, `counts/elements`, `counts/ignored`, `counts/positives`;
        - `per_class/loss.share/cat` and so on: the name that a number has in `per_class`, and the class;
        - `alpha/cat`, if the option `alpha` is a scheme;
        - `calibration/predicted.expected_calibration_error`, and likewise `posterior`, with the output `calibration`.

        A class is its name in `class_names`, where `_` replaces all but ASCII letters, digits and `_ - . : ` and space,
        or its index. Names that become equal get their index behind them. Outputs that were not requested are left out,
        and so is what is not defined (NaN), such as `mean_pt.positive` of a class without positives.

        Args:
            prefix: What each name starts with, such as `train/`.
            per_class: The names of `per_class` to include, such as `{"loss.share"}`; all by default.
        """
        return flat_scalars(self, prefix, per_class)


def read_focal_loss_result(file: np.ndarray) -> FocalLossResult:
    """Read a response.

    Args:
        file: A safetensors file, uint8 of shape [bytes]. The arrays of the result are views of it.

    Raises:
        KeyError, ValueError: The response is malformed.
    """
    tensors, metadata = safetensors.decode(file)
    if "response" not in metadata:
        raise ValueError("expected the metadata `response` in the safetensors file, got none")
    response = json.loads(metadata["response"])
    per_class = {name[len(_PREFIX) :]: tensor for name, tensor in tensors.items() if name.startswith(_PREFIX)}
    return FocalLossResult(
        loss=response.get("loss"),
        sum=response.get("sum"),
        denominator=response["denominator"],
        counts=read_dataclass(Counts, response["counts"]),
        alpha=tensors.get("alpha"),
        gradients=tensors.get("gradients"),
        hessian_diagonal=tensors.get("hessian_diagonal"),
        elementwise=tensors.get("elementwise"),
        per_class=per_class or None,
        difficulty=_read_difficulty(response.get("difficulty")),
        posterior=tensors.get("posterior"),
        calibration=_read_calibration(response.get("calibration")),
        class_names=response.get("class_names"),
        options=response.get("options", {}),
        engine=read_dataclass(Engine, response["engine"]),
        duration_ms=read_dataclass(Durations, response["duration_ms"]),
        warnings=read_warnings(response.get("warnings", ())),
    )


def _read_difficulty(sides: dict[str, dict[str, list[float] | None]] | None) -> dict[str, np.ndarray] | None:
    if sides is None:
        return None
    arrays = {}
    for side, bins in sides.items():
        counts = np.asarray(bins["counts"], np.int64)
        for name, shares in bins.items():
            array = np.full(len(counts), np.nan) if shares is None else np.asarray(shares, np.float64)
            arrays[f"{side}.{name}"] = counts if name == "counts" else array
    return arrays


def _read_calibration(parts: dict[str, dict[str, Any]] | None) -> dict[str, np.ndarray | float] | None:
    if parts is None:
        return None
    values: dict[str, np.ndarray | float] = {}
    for part, fields_ in parts.items():
        for name, value in fields_.items():
            # Null becomes NaN.
            array = np.asarray(value, np.int64 if name == "counts" else np.float64)
            values[f"{part}.{name}"] = array if array.ndim else float(array)
    return values


def read_dataclass(cls: type[Dataclass], values: dict[str, Any]) -> Dataclass:
    """Make a dataclass from its fields, ignoring those that a newer service may have added."""
    return cls(**{field.name: values[field.name] for field in fields(cls)})  # type: ignore[arg-type]
