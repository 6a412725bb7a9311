"""The mean loss of a batch, as metrics want it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .boosting_batch import Batch, counted
from .client import FocalLossClient
from .evaluate import evaluate


def mean_loss(client: FocalLossClient, batch: Batch, options: Mapping[str, Any]) -> float:
    """Return the mean loss of a batch; with sample weights a weighted mean, so that weights of 1 change nothing.

    Args:
        client: The client.
        batch: Arguments of `FocalLossClient.focal_loss`: predictions, labels and, if there are any, sample weights.
        options: Options of the loss. A `normalizer` overrides what the mean divides by.

    Raises:
        FocalLossError: As `FocalLossClient.focal_loss` raises it.
    """
    if "sample_weights" in batch and options.get("normalizer") is None:
        weight = _counted_weight(batch, options)
        if weight > 0:
            options = {**options, "normalizer": weight}
    result = evaluate(client, batch, options, outputs=["loss"])
    if result.loss is None:
        raise TypeError("a metric is one number: set `reduction` to 'mean' or 'sum'")
    return result.loss


def _counted_weight(batch: Batch, options: Mapping[str, Any]) -> float:
    """Return the sum of the sample weights, of elements under sigmoid and of samples under softmax."""
    predictions = batch["logits"] if "logits" in batch else batch["probabilities"]
    labels = batch["labels"]
    weights = batch["sample_weights"].reshape(-1).astype(np.float64)
    is_counted = counted(labels, options)
    if labels.shape != predictions.shape or predictions.ndim == 1:
        is_softmax = options.get("activation") == "softmax"
        columns = 1 if is_softmax or predictions.ndim == 1 else predictions.shape[1]
        return float(weights[is_counted.reshape(-1)].sum() * columns)
    if options.get("activation") == "softmax":
        return float(weights[is_counted.any(axis=1)].sum())
    return float((weights[:, None] * is_counted).sum())
