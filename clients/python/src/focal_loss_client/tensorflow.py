"""Focal loss for TensorFlow without Keras, eagerly and in a `tf.function`.

Example:
    from focal_loss_client.tensorflow import focal_loss
    with tf.GradientTape() as tape:
        loss = focal_loss(network(images), labels, gamma=2)
    gradients = tape.gradient(loss, network.trainable_variables)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from focal_loss_client.default_client import ClientOrUrl
from focal_loss_client.host_call import HostCall, host_call, the_predictions

try:
    import tensorflow as tf
    from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext
except ImportError as error:
    raise ImportError(
        "focal_loss_client.tensorflow requires TensorFlow: pip install 'focal-loss-client[tensorflow]'"
    ) from error

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from focal_loss_client.options import FocalLossOptions

_NO_XLA = (
    "focal_loss cannot be compiled by XLA, which has no calls to the host: leave out jit_compile=True, in Keras "
    "model.compile(…, jit_compile=False); or compile the network alone, in a tf.function of its own"
)
_NO_SECOND_DERIVATIVE = (
    "focal_loss has first derivatives only: the service returns the gradients as numbers. The diagonal of the Hessian "
    'with respect to the logits is an output of it: FocalLossClient.focal_loss(…, outputs=["hessian"])'
)


def focal_loss(
    logits: Any = None,
    labels: Any = None,
    *,
    probabilities: Any = None,
    sample_weights: Any = None,
    element_weights: Any = None,
    client: ClientOrUrl = None,
    **options: Unpack[FocalLossOptions],
) -> tf.Tensor:
    """Evaluate focal loss by the service, differentiably with respect to the predictions.

    It works eagerly, in a `tf.function` without `jit_compile` and under `tf.distribute`, where each replica calls with
    its part of the batch. One call returns the loss and its gradients. Labels and weights are constants. A graph with
    it can be saved, but runs only in a process that has built it.

    Args:
        logits: [samples], [samples, classes] or up to 5 axes; any float dtype, or integers.
        labels: Class indices, in the shape of the predictions without the class axis, or dense labels in [0, 1], in the
            shape of the predictions.
        probabilities: In place of `logits`, in [0, 1].
        sample_weights: Weights ≥ 0, in the shape of the predictions without the class axis.
        element_weights: Weights ≥ 0, in the shape of the predictions; for sigmoid.
        client: A client; or a URL; or None for the URL in the environment variable `FOCAL_LOSS_URL`, by default
            `http://127.0.0.1:8080`.
        **options: See `FocalLossOptions`. They are constants in a `tf.function`.

    Returns:
        A number; with `reduction` `none` the losses: for sigmoid in the shape of the predictions, for softmax without
        the class axis. float32, or float64 if the predictions are. Gradients have the dtype of the predictions.

    Raises:
        TypeError: An argument is missing, unknown or not constant.
        NotImplementedError: In a function that XLA compiles, or for second derivatives.
        FocalLossError: What `FocalLossClient.focal_loss` raises. A `tf.function` raises a `tf.errors.UnknownError`
            whose message has it.
    """
    name, predictions = the_predictions(logits, probabilities, labels)
    call = host_call(client, name, options)
    predictions = tf.convert_to_tensor(predictions)
    if not predictions.dtype.is_floating:
        predictions = tf.cast(predictions, tf.float32)
    arrays = {"labels": labels, "sample_weights": sample_weights, "element_weights": element_weights}
    return evaluate(
        call, predictions, {key: tf.convert_to_tensor(value) for key, value in arrays.items() if value is not None}
    )


def evaluate(call: HostCall, predictions: tf.Tensor, arrays: dict[str, tf.Tensor]) -> tf.Tensor:
    """Evaluate a call. Of its inputs only the predictions have gradients.

    Raises:
        NotImplementedError: In a function that XLA compiles.
    """
    if not tf.executing_eagerly() and GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()):
        raise NotImplementedError(_NO_XLA)

    @tf.custom_gradient
    def loss_of(predictions: tf.Tensor) -> Any:
        loss, gradients = _on_host(call, predictions, arrays)

        def backward(upstream: tf.Tensor) -> tf.Tensor:
            if call.is_elementwise and call.is_softmax:
                upstream = tf.expand_dims(upstream, call.class_axis)
            once = _first_derivative(predictions, gradients)
            return tf.cast(upstream * tf.cast(once, upstream.dtype), predictions.dtype)

        return loss, backward

    return loss_of(predictions)


@tf.custom_gradient
def _first_derivative(predictions: tf.Tensor, gradients: tf.Tensor) -> Any:
    """Return the gradients, in a way that a second derivative is an error instead of 0."""

    def backward(_: tf.Tensor) -> NoReturn:
        raise NotImplementedError(_NO_SECOND_DERIVATIVE)

    return tf.identity(gradients), backward


def _on_host(call: HostCall, predictions: tf.Tensor, arrays: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
    loss_dtype = tf.float64 if predictions.dtype == tf.float64 else tf.float32
    # Those of a mean are below float16 before loss scaling, which multiplies them after this.
    gradients_dtype = tf.float32 if predictions.dtype == tf.float16 else predictions.dtype

    def on_host(predictions: np.ndarray, *values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        loss, gradients = call.loss_and_gradients(predictions, dict(zip(arrays, values, strict=True)))
        return np.asarray(loss, loss_dtype.as_numpy_dtype), np.asarray(gradients, gradients_dtype.as_numpy_dtype)

    inputs = [predictions, *arrays.values()]
    if tf.executing_eagerly():
        # The client's own exceptions get through.
        loss, gradients = on_host(*(array.numpy() for array in inputs))
        return tf.convert_to_tensor(loss), tf.convert_to_tensor(gradients)
    loss, gradients = tf.numpy_function(on_host, inputs, [loss_dtype, gradients_dtype], stateful=False)
    gradients.set_shape(predictions.shape)
    if predictions.shape.rank is not None:
        loss.set_shape(call.loss_shape(predictions.shape.as_list()))
    return loss, gradients
