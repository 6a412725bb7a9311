"""The outputs that a call requests by the Open Inference Protocol, and the bytes that they take."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .options import FocalLossOptions

# By the option `outputs`: the arrays that can be as large as the predictions.
ARRAYS = {
    "gradients": "gradients",
    "elementwise": "elementwise",
    "hessian": "hessian_diagonal",
    "posterior": "posterior",
}
_DEFAULT_OUTPUTS = ("loss", "gradients", "per_class")
# Parts of the breakdown that make the service compute posteriors.
_WITH_POSTERIOR = ("per_class.prior", "per_class.initial_logit")
_GRADIENT_BYTES = {"F32": 4, "F16": 2, "BF16": 2}
_FLOAT32_BYTES = 4


class UnsupportedCallError(Exception):
    """A call that only the wire can make, or reject."""


@dataclass(frozen=True)
class RequestedOutputs:
    """Output names."""

    scalars: Sequence[str]
    """Single numbers, which travel as JSON."""
    summaries: Sequence[str]
    """What has a number for each class or bin, which travels as binary data."""
    arrays: Mapping[str, int]
    """What has a number for each element or sample, and lies in shared memory: the most bytes of each."""


def requested_outputs(
    arrays: Mapping[str, np.ndarray], options: Mapping[str, Any], output_names: Sequence[str]
) -> RequestedOutputs:
    """Translate the option `outputs`.

    Args:
        arrays: Inputs by name.
        options: See `FocalLossOptions`.
        output_names: All that the model has.

    Raises:
        UnsupportedCallError: An option or the inputs are not valid.
    """
    given = [arrays[name] for name in ("logits", "probabilities") if name in arrays]
    if len(given) != 1 or not FocalLossOptions.__optional_keys__.issuperset(options):
        raise UnsupportedCallError
    predictions = given[0]
    outputs = list(options.get("outputs", _DEFAULT_OUTPUTS))
    if not outputs or not all(
        output in ("loss", "per_class", "difficulty", "calibration", *ARRAYS) for output in outputs
    ):
        raise UnsupportedCallError
    scalars = ["denominator"]
    if "loss" in outputs:
        scalars += ["sum"] if options.get("reduction") == "none" else ["loss", "sum"]
    prefixes = tuple(f"{output}." for output in outputs)
    summaries = [name for name in output_names if name.startswith(prefixes)]
    if "posterior" not in outputs:
        summaries = [name for name in summaries if name not in _WITH_POSTERIOR]
    if isinstance(options.get("alpha"), Mapping):
        summaries.append("alpha")
    gradient_bytes = _GRADIENT_BYTES.get(options.get("gradients_dtype", "F32"), _FLOAT32_BYTES)
    sizes = {
        ARRAYS[output]: (gradient_bytes if output == "gradients" else _FLOAT32_BYTES) * predictions.size
        for output in ARRAYS
        if output in outputs
    }
    if "elementwise" in sizes and options.get("activation") == "softmax":
        sizes["elementwise"] //= max(1, _classes(predictions, options.get("class_axis", -1)))
    return RequestedOutputs(scalars, summaries, sizes)


def _classes(predictions: np.ndarray, class_axis: Any) -> int:
    if predictions.ndim == 1:
        return 1
    try:
        return int(predictions.shape[operator.index(class_axis)])
    except (IndexError, TypeError) as error:
        raise UnsupportedCallError from error
