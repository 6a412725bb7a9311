"""The loss for `compile`."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import keras
import numpy as np
from keras.src.backend import get_keras_mask  # Keras has no public names for these.
from keras.src.backend.common.symbolic_scope import in_symbolic_scope

from focal_loss_client.client import FocalLossClient
from focal_loss_client.default_client import ClientOrUrl
from focal_loss_client.host_call import host_call
from focal_loss_client.keras.keras_call import KerasCall, keras_call
from focal_loss_client.options import Alpha, Gamma, encode_options

if TYPE_CHECKING:
    from typing_extensions import Unpack

KerasReduction = Literal["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"]

_SAME = {"axis": "class_axis", "ignore_class": "ignore_index"}
"""Names of Keras, and what the service calls them."""

_BACKEND = keras.config.backend()
_MODULES = {
    "jax": "focal_loss_client.jax",
    "tensorflow": "focal_loss_client.tensorflow",
    "torch": "focal_loss_client.keras.torch_backend",
}
if _BACKEND not in _MODULES:
    raise ImportError(f"expected the Keras backend torch, jax or tensorflow, got {_BACKEND}")
_evaluate: Callable[..., Any] = importlib.import_module(_MODULES[_BACKEND]).evaluate
_strategy: Callable[[], Any] | None = None
if _BACKEND == "tensorflow":
    _strategy = importlib.import_module("tensorflow").distribute.get_strategy


class KerasOptions(TypedDict, total=False):
    """The options of the service that `FocalLoss` takes; `FocalLossOptions` describes them."""

    activation: Literal["sigmoid", "softmax"]
    gamma: Gamma
    alpha: Alpha
    class_axis: int
    class_weights: Sequence[float] | np.ndarray
    label_smoothing: float
    soft_labels: Literal["interpolated", "termwise", "quality", "varifocal", "matchability"]
    margin: float
    poly_epsilon: float
    focusing: Literal["differentiated", "detached"]
    ignore_index: int
    background_index: int
    normalizer: Literal["elements", "samples", "positives", "weights"] | float
    epsilon: float
    class_names: Sequence[str]
    warnings: bool
    gradients_dtype: Literal["F32", "F16", "BF16"]


@keras.saving.register_keras_serializable(package="focal_loss_client")
class FocalLoss(keras.losses.Loss):
    """Focal loss by the service, with the arguments of Keras' losses and the options of the service.

    With the same `gamma`, `alpha` and `label_smoothing` it equals `keras.losses.CategoricalFocalCrossentropy` if
    `activation` is `softmax`, and `BinaryFocalCrossentropy(apply_class_balancing=True)` if it is `sigmoid`; without
    class balancing that one is `alpha="off"`. Saturated predictions are the exception: Keras clips probabilities to
    [1e-7, 1 - 1e-7] even if they come from logits. Labels are class indices or dense, so that one-hot labels are not
    necessary.

    `sample_weight`, `class_weight` and masks have the meaning that they have in Keras: the mean is over the samples,
    or over those that are not masked, whatever their weights.

    Under TensorFlow the loss cannot be compiled by XLA, which `compile` chooses by itself on a GPU: pass it
    `jit_compile=False`.
    """

    def __init__(
        self,
        *,
        from_logits: bool = False,
        axis: int | None = None,
        ignore_class: int | None = None,
        reduction: KerasReduction | None = "sum_over_batch_size",
        name: str | None = "focal_loss",
        dtype: Any = None,
        client: ClientOrUrl = None,
        **options: Unpack[KerasOptions],
    ) -> None:
        """Create the loss, without calling the service.

        Args:
            from_logits: Whether the model's outputs are logits; if not, they are probabilities.
            axis: The class axis, the last by default.
            ignore_class: Labels of this value, -100 by default, contribute nothing and are not counted.
            reduction: As in Keras. `sum_over_batch_size` and `mean` divide by the option `normalizer` if there is one.
                A sample's sigmoid loss is the mean over its classes, also in a sum. `none`: one loss for each sample.
            name: The name of the loss.
            dtype: The dtype of the loss, `keras.config.floatx()` by default.
            client: A client; or a URL; or None for the URL in the environment variable `FOCAL_LOSS_URL`, by default
                `http://127.0.0.1:8080`. It is saved with a model as its URL, without its API key and other settings.
            **options: See `KerasOptions`.

        Raises:
            TypeError: An option is unknown, given twice, or has no meaning with others.
            ValueError: The reduction is none of Keras, or the URL is not one.
        """
        kept: Any = reduction  # Keras' own type leaves out None.
        super().__init__(name=name, reduction=kept, dtype=dtype)
        given: dict[str, Any] = dict(options)
        for keras_name, value in (("axis", axis), ("ignore_class", ignore_class)):
            if value is None:
                continue
            if _SAME[keras_name] in given:
                raise TypeError(f"{keras_name!r} and {_SAME[keras_name]!r} are the same: give one of them")
            given[_SAME[keras_name]] = value
        if "normalizer" in given and self.reduction not in ("sum_over_batch_size", "mean"):
            raise TypeError(f"'normalizer' is what a mean divides by, and the reduction is {self.reduction!r}")
        self.from_logits = from_logits
        self.client = client
        self.options: Mapping[str, Any] = given
        call = host_call(client, "logits" if from_logits else "probabilities", given)
        self._call = keras_call(call, self.reduction)
        self._elementwise_call = keras_call(call, "none")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Evaluate a batch; Keras calls this.

        Args:
            y_true: Class indices, in the shape of the outputs without the class axis or with 1 in its place at the end,
                or dense labels in the shape of the outputs.
            y_pred: The outputs of the model, [samples, classes] or up to 5 axes.
            sample_weight: Weights ≥ 0, in the shape of the outputs without the class axis, or one that extends to it.

        Returns:
            A number, or the loss of each sample if the reduction is `none`.
        """
        if self._call.is_elementwise:
            return super().__call__(y_true, y_pred, sample_weight)  # Weights and masks are Keras' business then.
        arrays = {"labels": y_true, "sample_weights": sample_weight, "mask": get_keras_mask(y_pred)}
        with keras.name_scope(self.name):
            loss = self._evaluate(self._call, y_pred, arrays)
        return loss if self.reduction == "sum" else _divide_by_replicas(loss)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each sample, in the shape of the outputs without the class axis."""
        losses = self._evaluate(self._elementwise_call, y_pred, {"labels": y_true})
        has_classes = not self._call.is_softmax and len(losses.shape) > 1
        return keras.ops.mean(losses, axis=self._call.class_axis) if has_classes else losses

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, as JSON has them."""
        client = self.client.url if isinstance(self.client, FocalLossClient) else self.client
        options = {name: json.loads(value) for name, value in encode_options(self.options).items()}
        return {
            **super().get_config(),
            "dtype": self.dtype,
            "from_logits": self.from_logits,
            "client": client,
            **options,
        }

    def _evaluate(self, call: KerasCall, y_pred: Any, arrays: Mapping[str, Any]) -> Any:
        if _BACKEND == "torch" and in_symbolic_scope():
            # To find out shapes, Keras calls with ones. On other backends it traces, and nothing is called.
            return keras.ops.zeros(call.loss_shape(y_pred.shape), self.dtype)
        tensors = {name: keras.ops.convert_to_tensor(value) for name, value in arrays.items() if value is not None}
        loss = _evaluate(call, keras.ops.convert_to_tensor(y_pred, dtype=self.dtype), tensors)
        return keras.ops.cast(loss, self.dtype)


def _divide_by_replicas(loss: Any) -> Any:
    """Divide a mean by the replicas of `tf.distribute`, which adds up their gradients, as Keras' losses do."""
    replicas = 1 if _strategy is None else _strategy().num_replicas_in_sync
    return loss if replicas == 1 else loss / replicas
