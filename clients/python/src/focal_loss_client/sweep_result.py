"""The result of a sweep."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from .focal_loss_result import Counts, Durations, Engine, read_dataclass
from .focal_loss_warning import RequestWarning, read_warnings


@dataclass(frozen=True)
class SweepClass:
    """The counts of one class in the batch."""

    index: int
    name: str | None
    """From `class_names`."""
    positives: int
    """Elements whose label is at least 0.5."""
    negatives: int
    ignored: int
    """Elements that contribute nothing."""


@dataclass(frozen=True)
class SweepPoint:
    """The summary of one pair of gamma and alpha. A share of a total of 0 is None, or NaN in an array."""

    gamma: float
    alpha: Any
    """As sent in the request."""
    alpha_weights: np.ndarray | None
    """If `alpha` is a scheme, the alpha of each class that it yields: float64, [classes]."""
    loss: float
    """The sum divided by the denominator."""
    positive_loss_share: float | None
    """The share of positives in the loss."""
    positive_gradient_share: float | None
    """The share of positives in Σ |gradient|."""
    gradient_norm: float
    """The Euclidean norm of the gradients."""
    effective_examples: float | None
    """The effective number of elements that contribute to the gradient: (Σ |gradient|)² / Σ gradient²."""
    class_loss_shares: np.ndarray
    """The share of each class in the loss: float64, [classes]."""
    class_gradient_shares: np.ndarray
    """The share of each class in Σ |gradient|: float64, [classes]."""


@dataclass(frozen=True)
class SweepResult:
    """Focal loss of one batch for every pair of gamma and alpha."""

    counts: Counts
    denominator: float
    """The divisor of the losses, the cross-entropy and the gradient norms."""
    cross_entropy: float
    """Weighted by sample and class weights, without focusing and without alpha."""
    classes: list[SweepClass]
    grid: list[SweepPoint]
    """One point per pair: all alphas for the first gamma, then all alphas for the next."""
    options: dict[str, Any]
    """The options in force, apart from gamma and alpha. Those whose lists have more than 1000 items are left out."""
    engine: Engine
    duration_ms: Durations
    warnings: tuple[RequestWarning, ...] = ()
    """As in `FocalLossResult`."""


def read_sweep_result(text: bytes) -> SweepResult:
    """Read a response, which is JSON.

    Raises:
        KeyError, TypeError, ValueError: The response is malformed.
    """
    response = json.loads(text)
    return SweepResult(
        counts=read_dataclass(Counts, response["counts"]),
        denominator=response["denominator"],
        cross_entropy=response["cross_entropy"],
        classes=[_read_class(entry) for entry in response["classes"]],
        grid=[_read_point(point) for point in response["grid"]],
        options=response.get("options", {}),
        engine=read_dataclass(Engine, response["engine"]),
        duration_ms=read_dataclass(Durations, response["duration_ms"]),
        warnings=read_warnings(response.get("warnings", ())),
    )


def _read_class(entry: dict[str, Any]) -> SweepClass:
    return SweepClass(
        index=entry["class"],
        name=entry.get("name"),
        positives=entry["positives"],
        negatives=entry["negatives"],
        ignored=entry["ignored"],
    )


def _read_point(point: dict[str, Any]) -> SweepPoint:
    weights = point.get("alpha_weights")
    return SweepPoint(
        gamma=point["gamma"],
        alpha=point["alpha"],
        alpha_weights=None if weights is None else np.array(weights, np.float64),
        loss=point["loss"],
        positive_loss_share=point["positive_share"]["loss"],
        positive_gradient_share=point["positive_share"]["gradient_l1"],
        gradient_norm=point["gradient_norm"],
        effective_examples=point["effective_examples"],
        # None becomes NaN.
        class_loss_shares=np.array(point["class_loss_shares"], np.float64),
        class_gradient_shares=np.array(point["class_gradient_shares"], np.float64),
    )
