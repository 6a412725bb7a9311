"""What masks, weights and reductions of Keras are as arrays and options of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from focal_loss_client.host_call import Arrays, HostCall

_IGNORE_INDEX = -100
"""The service's own."""


@dataclass(frozen=True)
class KerasCall(HostCall):
    """A call with the inputs of a Keras loss: `labels`, `sample_weights` and `mask`."""

    reduction: str | None

    def inputs(self, predictions: np.ndarray, arrays: Arrays) -> tuple[Arrays, Mapping[str, Any]]:
        """Turn a mask into labels to ignore, extend the weights to all samples, and count what Keras divides by."""
        shape = self._sample_shape(predictions)
        classes = predictions.size // max(1, int(np.prod(shape)))
        options = {**self.options}
        labels = arrays["labels"]
        if "mask" in arrays:
            labels = self._without_masked(labels, _extend(arrays["mask"], shape), predictions.shape)
        inputs = {"labels": labels}
        if "sample_weights" in arrays:
            inputs["sample_weights"] = _extend(arrays["sample_weights"], shape)
        if not self.is_softmax and self.reduction == "sum":
            options["normalizer"] = max(1, classes)
        if not self.is_softmax and self.reduction == "mean_with_sample_weight":
            weights = inputs.get("sample_weights", np.ones(shape, np.float32))
            # If all weights are 0, so is the loss, whatever it is divided by.
            options["normalizer"] = classes * float(weights[self._is_counted(labels, predictions)].sum()) or 1.0
        return inputs, options

    def _sample_shape(self, predictions: np.ndarray) -> tuple[int, ...]:
        sizes = list(predictions.shape)
        if len(sizes) > 1:
            del sizes[self.class_axis]
        return tuple(sizes)

    def _without_masked(self, labels: np.ndarray, mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        if labels.dtype.kind in "bu":
            labels = labels.astype(np.int64)  # Those hold no negative number.
        if labels.shape == shape and len(shape) > 1:
            mask = np.expand_dims(mask, self.class_axis)
        elif labels.ndim > mask.ndim:
            mask = mask[..., None]
        unmasked: np.ndarray = np.where(mask, labels, np.asarray(self._ignore_index, labels.dtype))
        return unmasked

    def _is_counted(self, labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
        """Return whether a sample has a label that is not ignored."""
        is_label: np.ndarray = labels != self._ignore_index
        if labels.shape == predictions.shape and labels.ndim > 1:
            return np.asarray(is_label.any(self.class_axis))
        return is_label.reshape(self._sample_shape(predictions))

    @property
    def _ignore_index(self) -> int:
        return int(self.options.get("ignore_index", _IGNORE_INDEX))


def keras_call(call: HostCall, reduction: str | None) -> KerasCall:
    """Return a call with a reduction of Keras."""
    options = {**call.options, "reduction": "mean"}
    if reduction is None or reduction == "none":
        options["reduction"] = "none"
    elif call.is_softmax and reduction == "sum":
        options["reduction"] = "sum"
    elif call.is_softmax and reduction == "mean_with_sample_weight":
        options["normalizer"] = "weights"
    return KerasCall(call.client, call.predictions_name, options, reduction)


def _extend(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Extend weights or a mask to all samples, which may have more axes, or one less than those with a 1 at the end."""
    if array.ndim > len(shape) and array.shape[-1] == 1:
        array = array[..., 0]
    array = array.reshape(array.shape + (1,) * (len(shape) - array.ndim))
    return np.broadcast_to(array, shape)
