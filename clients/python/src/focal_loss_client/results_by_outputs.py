"""What type checkers know of a result from the arguments of the call.

Each class says of some fields of `FocalLossResult` that they are there, and repeats what its bases say, for mypy. At
run time a result is a `FocalLossResult`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .focal_loss_result import FocalLossResult


@dataclass(frozen=True)
class LossResult(FocalLossResult):
    """Of `outputs=["loss"]`."""

    loss: float
    sum: float


@dataclass(frozen=True)
class GradientsResult(FocalLossResult):
    """Of `outputs=["gradients"]`."""

    gradients: np.ndarray


@dataclass(frozen=True)
class LossAndGradientsResult(LossResult, GradientsResult):
    """Of `outputs=["loss", "gradients"]`."""

    loss: float
    sum: float
    gradients: np.ndarray


@dataclass(frozen=True)
class GradientsAndHessianResult(GradientsResult):
    """Of `outputs=["gradients", "hessian"]`."""

    hessian_diagonal: np.ndarray


@dataclass(frozen=True)
class ElementwiseResult(FocalLossResult):
    """Of `outputs=["elementwise"]`."""

    elementwise: np.ndarray


@dataclass(frozen=True)
class ElementwiseAndGradientsResult(ElementwiseResult, GradientsResult):
    """Of `outputs=["elementwise", "gradients"]`."""

    elementwise: np.ndarray
    gradients: np.ndarray


@dataclass(frozen=True)
class PosteriorResult(FocalLossResult):
    """Of `outputs=["posterior"]`."""

    posterior: np.ndarray


@dataclass(frozen=True)
class DefaultResult(LossAndGradientsResult):
    """Of a call without `outputs`."""

    per_class: dict[str, np.ndarray]


@dataclass(frozen=True)
class UnreducedResult(GradientsResult):
    """Of a call without `outputs`, with `reduction="none"`."""

    loss: None
    sum: float
    per_class: dict[str, np.ndarray]
