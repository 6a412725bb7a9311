"""The options of a call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

import numpy as np

from .arrays import to_array

PerClass = float | Sequence[float] | np.ndarray
Output = Literal["loss", "gradients", "per_class", "elementwise", "hessian", "difficulty", "posterior", "calibration"]


class SideGammas(TypedDict):
    """Focusing of each side, as in the asymmetric loss; sigmoid."""

    positive: PerClass
    negative: PerClass


Gamma = PerClass | SideGammas


class BalancedAlpha(TypedDict):
    """Alpha by inverse class frequency in the batch."""

    balanced: Literal[True]


class _Beta(TypedDict):
    beta: float
    """In [0, 1); alpha approaches the inverse class frequency as beta approaches 1."""


class EffectiveNumberParameters(_Beta, total=False):
    """Parameters of the effective number of samples."""

    class_counts: Sequence[int] | np.ndarray
    """Positives of each class in the data set, [classes]; counted in the batch by default."""
    samples: int
    """Sigmoid with `class_counts`: the samples in the data set; by default the sum of the counts."""


class EffectiveNumberAlpha(TypedDict):
    """Alpha by the effective number of samples, (1 - beta) / (1 - beta^n) (Cui et al. 2019)."""

    effective_number: EffectiveNumberParameters


Alpha = PerClass | BalancedAlpha | EffectiveNumberAlpha | Literal["off"] | None


class _OptionsBesideReduction(TypedDict, total=False):
    activation: Literal["sigmoid", "softmax"]
    """`sigmoid`: each class is a binary decision of its own (the default). `softmax`: the classes are exclusive."""
    class_axis: int
    """The class axis, the last by default; 1 for channels first."""
    class_weights: Sequence[float] | np.ndarray
    """One weight ≥ 0 per class, [classes]."""
    label_smoothing: float
    """In [0, 1)."""
    soft_labels: Literal["interpolated", "termwise", "quality", "varifocal", "matchability"]
    """Sigmoid: which loss applies to a label strictly between 0 and 1, or for the last two, to any above 0."""
    margin: float
    """Sigmoid, in [0, 1): negatives are evaluated at max(p - margin, 0), as in the asymmetric loss."""
    poly_epsilon: float
    """Epsilon of Poly-1: adds poly_epsilon * (1 - p_t)^(gamma + 1) to each element."""
    focusing: Literal["differentiated", "detached"]
    """`detached`: gradients and Hessian take the modulating factor for a constant."""
    ignore_index: int
    """Labels of this value, -100 by default, contribute nothing."""
    background_index: int
    """Sigmoid with class indices: a label of this value, none of the classes, is negative for every class."""
    normalizer: Literal["elements", "samples", "positives", "weights"] | float
    """The divisor of the reduction `mean`."""
    epsilon: float
    """Probabilities are clamped to [epsilon, 1 - epsilon]."""
    class_names: Sequence[str]
    """One name per class; the result repeats them."""
    warnings: bool
    """Whether the service warns of what is most likely a mistake, as it does by default."""


class BatchOptions(_OptionsBesideReduction, total=False):
    """Options of both `focal_loss` and `sweep`. The service fills in the defaults, and documents each at `/docs`."""

    reduction: Literal["mean", "sum", "none"]
    """`none`: `loss` is None, and the gradients are those of the sum."""


class _FocalLossOnly(TypedDict, total=False):
    gamma: Gamma
    """Focusing parameter ≥ 0: a number (2 by default) or one per class, [classes]; sigmoid: or either for each side."""
    alpha: Alpha
    """Class balance: a number in [0, 1], one per class, a scheme that derives it from class counts, or None or "off".

    The default is 0.25 for sigmoid, 0.75 for `varifocal`, and off for `matchability` and softmax.
    """
    hessian_form: Literal["exact", "detached"]
    """`detached`: a Hessian that is never negative, beside exact gradients, as boosted trees want it."""
    gradients_dtype: Literal["F32", "F16", "BF16"]
    """The dtype of the gradients, F32 by default; BF16 requires the package ml_dtypes."""


class FocalLossOptions(BatchOptions, _FocalLossOnly, total=False):
    """Options of `focal_loss`."""

    outputs: Sequence[Output]
    """The outputs to compute; by default `loss`, `gradients` and `per_class`."""


class ArgumentsBesideOutputs(_OptionsBesideReduction, _FocalLossOnly, total=False):
    """Arguments of `focal_loss` beside `outputs` and `reduction`, which decide what fields the result has."""

    probabilities: Any
    sample_weights: Any
    element_weights: Any


def encode_options(options: Mapping[str, Any]) -> dict[str, str]:
    """Encode each option as JSON, which is what both formats of requests want.

    Raises:
        TypeError: The value of an option is neither of JSON's types nor an array of numbers.
    """
    return {name: _to_json(name, value) for name, value in options.items()}


def _to_json(name: str, value: Any) -> str:
    """Encode a value, which may be, or have in it, a number or an array of numpy or of a framework."""

    def to_numbers(item: Any) -> Any:
        array = to_array(item, name)
        # Python has no number for an item of kind V, which is bfloat16.
        return (array.astype(np.float64) if array.dtype.kind == "V" else array).tolist()

    return json.dumps(value, default=to_numbers)
