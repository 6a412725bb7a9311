"""The constant from which boosting starts: the logit whose posterior is the prior."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .boosting_batch import Batch, counted
from .client import FocalLossClient
from .evaluate import evaluate

_STEPS = 60
"""Of a bisection: from ±500 to below the spacing of float64 at 1."""
_LARGEST = 500.0


def initial_logit(client: FocalLossClient, batch: Batch, options: Mapping[str, Any]) -> np.ndarray:
    """Return the initial logit of each class, float64 [classes].

    The service has it for the labels as they are. With sample weights the prior is a weighted one, and the same
    equation is solved here, with the options that the service has in force.

    Args:
        client: The client.
        batch: Labels, sample weights, and logits, of which only the shape matters.
        options: Those of the loss.

    Raises:
        InvalidRequestError: A loss with these options has no posterior.
        ValueError: A class has no label or, under sigmoid, no other.
    """
    arrays = {**batch, "logits": np.zeros_like(batch["logits"], dtype=np.float32)}
    weights = arrays.pop("sample_weights", None)
    result = evaluate(client, arrays, options, outputs=["posterior", "per_class"], warnings=False)
    if result.per_class is None:
        raise ValueError("expected a breakdown by class, got none")
    logits = np.asarray(result.per_class["initial_logit"], np.float64)
    _check_prior(np.isnan(logits), result.per_class["prior"])
    if weights is None:
        return logits
    # Long lists are left out of the options in force.
    in_force = {**options, **result.options}
    if result.alpha is not None:
        in_force["alpha"] = result.alpha
    # Weights of 0 can leave no label of a class; those that are all 0 make a prior of NaN.
    with np.errstate(invalid="ignore"):
        prior = _weighted_prior(arrays["labels"], weights, arrays["logits"].shape, options)
    _check_prior(~((prior > 0) & (prior < 1)), prior)
    return _solve(prior, in_force)


def _check_prior(is_missing: np.ndarray, prior: np.ndarray) -> None:
    missing = np.flatnonzero(is_missing)
    if missing.size > 0:
        raise ValueError(
            f"expected labels of each class, and under sigmoid others, too; class {missing[0]} has a prior of "
            f"{prior[missing[0]]:g}, from which boosting cannot start"
        )


def _weighted_prior(
    labels: np.ndarray, weights: np.ndarray, shape: tuple[int, ...], options: Mapping[str, Any]
) -> np.ndarray:
    is_counted = counted(labels, options)
    if labels.shape == shape:
        weights = np.where(is_counted, weights.reshape(-1, *[1] * (labels.ndim - 1)), 0.0)
        return np.atleast_1d((weights * (labels >= 0.5)).sum(axis=0) / weights.sum(axis=0))
    weights, labels = weights.reshape(-1)[is_counted], labels[is_counted].astype(np.int64)
    is_positive = labels != options.get("background_index", -1)
    return np.asarray(np.bincount(labels[is_positive], weights[is_positive], shape[1]) / weights.sum())


def _solve(prior: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
    gamma = np.broadcast_to(np.asarray(options["gamma"], np.float64), prior.shape)
    alpha = np.asarray(0.5 if options["alpha"] == "off" else options["alpha"], np.float64)
    if options["activation"] == "sigmoid":
        goal = np.log(prior / (1 - prior)) + np.log(alpha / (1 - alpha))
        return _bisect(lambda z: _log_h(z, gamma) - _log_h(-z, gamma), goal)
    weights = np.asarray(1.0 if options.get("class_weights") is None else options["class_weights"], np.float64)
    terms = np.log(prior * alpha * weights)

    def log_p(shift: np.ndarray) -> np.ndarray:
        z = _bisect(lambda z: _log_h(z, gamma), terms + shift)
        return np.asarray(-np.logaddexp(0, -z))

    return log_p(_bisect(lambda shift: np.exp(log_p(shift)).sum(keepdims=True), np.ones(1)))


def _bisect(increasing: Callable[[np.ndarray], np.ndarray], goal: np.ndarray) -> np.ndarray:
    """Return where a function is `goal`, of each item on its own."""
    low, high = np.full(goal.shape, -_LARGEST), np.full(goal.shape, _LARGEST)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        is_below = increasing(middle) < goal
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return np.asarray((low + high) / 2)


def _log_h(z: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    """Return log h of p = sigmoid(z): log p - gamma log q - log(1 - gamma p log p / q)."""
    log_p, log_q = -np.logaddexp(0, -z), -np.logaddexp(0, z)
    return np.asarray(log_p - gamma * log_q - np.log1p(-gamma * np.exp(log_p - log_q) * log_p))
