"""The call that a compiled graph makes from the host: numpy arrays in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from focal_loss_client.checked_options import check_options
from focal_loss_client.default_client import ClientOrUrl, client_for
from focal_loss_client.options import encode_options

Arrays = Mapping[str, np.ndarray]
"""The inputs beside the predictions, by their names in `FocalLossClient.focal_loss`."""

_REFUSED = {
    "outputs": "a loss has its gradients and nothing else; for other outputs call FocalLossClient.focal_loss",
    "hessian_form": "the Hessian is an output of FocalLossClient.focal_loss alone",
}


@dataclass(frozen=True)
class HostCall:
    """The options of a loss, and the client that evaluates it."""

    client: ClientOrUrl
    predictions_name: str
    """`logits` or `probabilities`."""
    options: Mapping[str, Any]

    @property
    def is_softmax(self) -> bool:
        """Whether a sample has one loss instead of one for each class."""
        return self.options.get("activation") == "softmax"

    @property
    def is_elementwise(self) -> bool:
        """Whether the loss is an array instead of a number."""
        return self.options.get("reduction") == "none"

    @property
    def class_axis(self) -> int:
        """As in the options."""
        return int(self.options.get("class_axis", -1))

    def loss_shape(self, shape: Sequence[Any]) -> tuple[Any, ...]:
        """Return the shape of the loss for predictions of a shape."""
        if not self.is_elementwise:
            return ()
        sizes = list(shape)
        if self.is_softmax:
            del sizes[self.class_axis]
        return tuple(sizes)

    def loss(self, predictions: np.ndarray, arrays: Arrays) -> np.ndarray:
        """Return the loss: a float64 number, or the float32 losses of `reduction` `none`."""
        return self._evaluate(predictions, arrays, [self._loss_output])[0]

    def loss_and_gradients(self, predictions: np.ndarray, arrays: Arrays) -> tuple[np.ndarray, np.ndarray]:
        """Return the loss and its gradients, those of the sum for `reduction` `none`, shaped like the predictions."""
        loss, gradients = self._evaluate(predictions, arrays, [self._loss_output, "gradients"])
        assert gradients is not None
        return loss, gradients

    def inputs(self, predictions: np.ndarray, arrays: Arrays) -> tuple[Arrays, Mapping[str, Any]]:
        """Return the arrays and the options of the request."""
        return arrays, self.options

    @property
    def _loss_output(self) -> str:
        return "elementwise" if self.is_elementwise else "loss"

    def _evaluate(
        self, predictions: np.ndarray, arrays: Arrays, outputs: list[str]
    ) -> tuple[np.ndarray, np.ndarray | None]:
        arrays, given = self.inputs(predictions, arrays)
        options: dict[str, Any] = {**given, "outputs": outputs}
        # Loss scaling multiplies the gradients by what keeps them in the range of float16, and that comes after this.
        if predictions.dtype.name == "bfloat16":
            options.setdefault("gradients_dtype", "BF16")
        options.update(arrays)
        options[self.predictions_name] = predictions
        result = client_for(self.client).focal_loss(**options)
        return np.asarray(result.elementwise if self.is_elementwise else result.loss), result.gradients


def host_call(client: ClientOrUrl, predictions_name: str, options: Mapping[str, Any]) -> HostCall:
    """Check the options of a loss, as far as this is possible without the service.

    Raises:
        TypeError: An option is unknown, unfit for a loss, or a value that a traced function computes.
        ValueError: The URL is not one.
    """
    client_for(client)
    check_options(options, _REFUSED)
    for name, value in options.items():
        try:
            encode_options({name: value})
        except Exception as error:
            raise TypeError(
                f"{name}: expected a constant, got {value!r}: options are fixed when a function is traced. "
                'To divide by a number that is computed, take the reduction "sum" and divide the loss'
            ) from error
    return HostCall(client, predictions_name, dict(options))


def the_predictions(logits: Any, probabilities: Any, labels: Any) -> tuple[str, Any]:
    """Return the name and the value of the predictions.

    Raises:
        TypeError: There are none or both, or no labels.
    """
    if labels is None:
        raise TypeError("missing argument 'labels'")
    if (logits is None) == (probabilities is None):
        raise TypeError("expected either 'logits' or 'probabilities'")
    return ("probabilities", probabilities) if logits is None else ("logits", logits)
