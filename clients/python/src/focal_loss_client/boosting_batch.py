"""What a boosting library passes to an objective, checked, as a batch of the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

Predictions = Literal["logits", "probabilities"]
Batch = dict[str, np.ndarray]
"""Arguments of `FocalLossClient.focal_loss`."""


def boosting_batch(
    labels: Any,
    margins: Any,
    sample_weights: Any,
    options: Mapping[str, Any],
    predictions: Predictions = "logits",
) -> Batch:
    """Check labels and margins, and return them as arguments of `FocalLossClient.focal_loss`.

    Args:
        labels: Class indices, [rows]; with one margin in a row 0, 1 or between; or dense, with the size of the margins.
        margins: [rows] or [rows, classes].
        sample_weights: Weights ≥ 0, [rows]; or None, or empty as XGBoost has it.
        options: Those of the loss.
        predictions: What the margins are.

    Raises:
        ValueError: They don't fit.
    """
    margins = np.asarray(margins)
    if margins.ndim == 2 and margins.shape[1] == 1:
        margins = margins[:, 0]
    if margins.ndim == 1 and options.get("activation") == "softmax":
        raise ValueError(
            "softmax takes one margin per class, got one per row: set num_class (3 or more), or leave out `activation` "
            "for a binary model"
        )
    batch = {predictions: margins, "labels": _checked_labels(labels, margins.shape, options)}
    if sample_weights is not None and np.size(sample_weights) > 0:
        batch["sample_weights"] = np.asarray(sample_weights)
    return batch


def counted(labels: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
    """Return which labels are not ignored, bool in their shape."""
    return np.asarray(labels != options.get("ignore_index", -100))


def zero_margins(labels: Any, num_class: int | None, options: Mapping[str, Any]) -> np.ndarray:
    """Return margins of 0 for labels, float32 [rows] or [rows, classes].

    Args:
        labels: As in `boosting_batch`.
        num_class: The number of margins in a row; by default one more than the largest label, or 1 where that is 1.
        options: Those of the loss.
    """
    labels = np.asarray(labels)
    if num_class is None and labels.ndim == 2:
        num_class = labels.shape[1]
    if num_class is None:
        largest = labels[counted(labels, options)].max(initial=1) if labels.dtype.kind in "biuf" else 1
        num_class = int(largest) + 1 if largest > 1 else 1
    return np.zeros(len(labels) if num_class == 1 else (len(labels), num_class), np.float32)


def _checked_labels(labels: Any, shape: tuple[int, ...], options: Mapping[str, Any]) -> np.ndarray:
    labels = np.asarray([] if labels is None else labels)
    if labels.dtype.kind not in "biuf":
        raise ValueError(
            f"expected labels that are numbers, got {labels.dtype}: encode them with sklearn.preprocessing.LabelEncoder"
        )
    is_dense = len(shape) == 2 and labels.size == np.prod(shape)
    if is_dense:
        labels = labels.reshape(shape)
    elif labels.size != shape[0]:
        raise ValueError(f"expected one label for each of {shape[0]} rows of margins, got {labels.size}")
    else:
        labels = labels.reshape(-1)
    values = labels[counted(labels, options)]
    if len(shape) == 1 or is_dense:
        is_valid = (values >= 0) & (values <= 1)
        expected = "labels 0 and 1"
        cure = "encode them with sklearn.preprocessing.LabelEncoder; for more than two classes set num_class"
    else:
        is_valid = (values >= 0) & (values < shape[1]) & (values == np.floor(values))
        expected = f"labels 0 to {shape[1] - 1}, as there are {shape[1]} margins in each row"
        cure = "encode them with sklearn.preprocessing.LabelEncoder, and set num_class to the number of classes"
    is_valid |= values == options.get("background_index", 0)
    if not is_valid.all():
        raise ValueError(f"expected {expected}, got {values[~is_valid][0]:g}: {cure}")
    has_fractions = bool((values != np.floor(values)).any())
    return np.asarray(labels if is_dense or has_fractions else labels.astype(np.int64))
