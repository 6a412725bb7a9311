"""What a batch may say beside its predictions and labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict, Union

import numpy as np

PerClass = Union[float, Sequence[float], np.ndarray]
Output = Literal["loss", "gradients", "per_class", "elementwise", "hessian", "difficulty"]


class Balanced(TypedDict):
    """Alpha by inverse frequency in the batch."""

    balanced: Literal[True]


class _Beta(TypedDict):
    beta: float
    """In [0, 1); towards 1 it is the inverse frequency."""


class ClassCounts(_Beta, total=False):
    """What the effective number of samples comes from."""

    class_counts: Sequence[int] | np.ndarray
    """How often each class occurs in the data set; by default as often as in the batch."""
    samples: int
    """Sigmoid: of how many samples the counts are; their sum by default."""


class EffectiveNumber(TypedDict):
    """Alpha by the effective number of samples, (1 - beta) / (1 - beta^n) (Cui et al. 2019)."""

    effective_number: ClassCounts


Alpha = Union[PerClass, Balanced, EffectiveNumber, None]


class BatchOptions(TypedDict, total=False):
    """What a batch may say, whatever is asked of it; what is left out has the service's defaults.

    The service's page at `/docs` describes each.
    """

    activation: Literal["sigmoid", "softmax"]
    """`sigmoid`: each class on its own (the default). `softmax`: one true class."""
    class_axis: int
    """Which axis is the class axis, the last by default; 1 for channels first."""
    class_weights: Sequence[float] | np.ndarray
    """One weight ≥ 0 per class."""
    label_smoothing: float
    """In [0, 1)."""
    soft_labels: Literal["interpolated", "termwise", "quality"]
    """What a sigmoid label strictly between 0 and 1 means."""
    ignore_index: int
    """A label of this value, -100 by default, contributes nothing."""
    background_index: int
    """Sigmoid with class indices: a label of this value is negative for every class."""
    reduction: Literal["mean", "sum", "none"]
    """`none`: there is no loss, and gradients are those of the plain sum."""
    normalizer: Literal["elements", "samples", "positives", "weights"] | float
    """What `mean` divides by."""
    epsilon: float
    """Probabilities are clamped to [ε, 1 - ε]."""
    class_names: Sequence[str]
    """One per class."""


class Options(BatchOptions, total=False):
    """What a batch may say whose loss is asked for."""

    gamma: PerClass
    """Focusing parameter ≥ 0, a number (2 by default) or one per class."""
    alpha: Alpha
    """In [0, 1], a number or one per class, None for off; or how it comes from how often classes occur.

    By default 0.25 for sigmoid and off for softmax.
    """
    outputs: Sequence[Output]
    """What to answer, `loss`, `gradients` and `per_class` by default; only that is computed."""
    gradients_dtype: Literal["F32", "F16", "BF16"]
    """What gradients are rounded to; BF16 needs the package ml_dtypes."""
