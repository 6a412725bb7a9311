"""What the service answers to a sweep."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from .result import Counts, Durations, Engine, read_record


@dataclass(frozen=True)
class SweepClass:
    """What the batch has of a class."""

    index: int
    name: str | None
    """As it was sent."""
    positives: int
    """Elements whose label is at least 0.5."""
    negatives: int
    ignored: int
    """Elements that contribute nothing."""


@dataclass(frozen=True)
class SweepPoint:
    """What comes of a gamma with an alpha. Shares of nothing are None, or NaN in an array."""

    gamma: float
    alpha: Any
    """As it was sent, from JSON."""
    alpha_weights: np.ndarray | None
    """One per class, where `alpha` was a scheme: what came of it."""
    loss: float
    """The sum divided by the denominator."""
    positive_loss_share: float | None
    """The part of the loss that positives have."""
    positive_gradient_share: float | None
    """The part of Σ |gradient| that positives have."""
    gradient_norm: float
    """The Euclidean norm of the gradients."""
    effective_examples: float | None
    """Of how many equal elements the gradient might as well be: (Σ |gradient|)² / Σ gradient²."""
    class_loss_shares: np.ndarray
    """Each class's part of the loss."""
    class_gradient_shares: np.ndarray
    """Each class's part of Σ |gradient|."""


@dataclass(frozen=True)
class Sweep:
    """Focal loss of a batch with many a gamma and alpha."""

    counts: Counts
    denominator: float
    """What losses, the cross-entropy and norms are divided by."""
    cross_entropy: float
    """With sample and class weights, without focusing and alpha."""
    classes: list[SweepClass]
    grid: list[SweepPoint]
    """Every gamma with every alpha: all alphas of the first gamma, then those of the next."""
    engine: Engine
    duration_ms: Durations


def read_sweep(text: bytes) -> Sweep:
    """Read the service's answer, which is JSON.

    Raises:
        KeyError, TypeError, ValueError: This is no such answer.
    """
    answer = json.loads(text)
    return Sweep(
        counts=read_record(Counts, answer["counts"]),
        denominator=answer["denominator"],
        cross_entropy=answer["cross_entropy"],
        classes=[_read_class(entry) for entry in answer["classes"]],
        grid=[_read_point(point) for point in answer["grid"]],
        engine=read_record(Engine, answer["engine"]),
        duration_ms=read_record(Durations, answer["duration_ms"]),
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
