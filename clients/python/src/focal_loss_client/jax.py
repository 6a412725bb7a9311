"""Focal loss for JAX, under `jit` and `grad`.

Example:
    from focal_loss_client.jax import focal_loss
    loss, gradients = jax.value_and_grad(lambda p: focal_loss(network(p, images), labels, gamma=2))(parameters)
"""

from __future__ import annotations

import functools
import os
import time
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from focal_loss_client.default_client import ClientOrUrl
from focal_loss_client.host_call import HostCall, host_call, the_predictions

try:
    import jax
    import jax.numpy as jnp
    from jax.core import Tracer
    from jax.custom_derivatives import SymbolicZero
except ImportError as error:
    raise ImportError("focal_loss_client.jax requires JAX: pip install 'focal-loss-client[jax]'") from error

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from focal_loss_client.options import FocalLossOptions

if not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) == 1:
    # On one CPU JAX has one thread, which waits for the callback, which waits for a copy of its inputs by that thread.
    os.environ.setdefault("NPROC", "2")

_Arrays = dict[str, jax.Array]

_COPY_TIMEOUT_S = 30

_NO_VMAP = (
    "focal_loss does not work under jax.vmap, which would call the service for each row. Pass the whole batch instead: "
    'it is one call, and reduction="none" returns the loss of each row. jax.lax.map makes a call for each row'
)
_NO_THREAD = (
    "JAX did not copy the inputs of a callback, as all its threads wait for callbacks: set the environment variable "
    "NPROC, the number of these threads, to 2 more than there are, before the first computation of JAX"
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
) -> jax.Array:
    """Evaluate focal loss by the service, differentiably with respect to the predictions.

    It works under `jit`, `grad`, `value_and_grad`, `jvp`, `checkpoint`, `lax.scan` and `lax.map`. With derivatives
    there is one call, which returns the loss and its gradients; without there is one for the loss alone. Labels and
    weights are constants. Under `jit` with sharded arrays one device calls with the whole batch; under `shard_map` and
    `pmap` each device calls with its part, and the mean is that of the part.

    Args:
        logits: [samples], [samples, classes] or up to 5 axes; any float dtype, or integers.
        labels: Class indices, in the shape of the predictions without the class axis, or dense labels in [0, 1], in the
            shape of the predictions.
        probabilities: In place of `logits`, in [0, 1].
        sample_weights: Weights ≥ 0, in the shape of the predictions without the class axis.
        element_weights: Weights ≥ 0, in the shape of the predictions; for sigmoid.
        client: A client; or a URL; or None for the URL in the environment variable `FOCAL_LOSS_URL`, by default
            `http://127.0.0.1:8080`.
        **options: See `FocalLossOptions`. They are constants under `jit`.

    Returns:
        A number; with `reduction` `none` the losses: for sigmoid in the shape of the predictions, for softmax without
        the class axis. float32, or float64 if the predictions are. Gradients have the dtype of the predictions.

    Raises:
        TypeError: An argument is missing, unknown or not constant, or labels or weights depend on what the loss is
            differentiated by.
        NotImplementedError: Under `vmap`, or for second derivatives.
        FocalLossError: What `FocalLossClient.focal_loss` raises. A compiled function raises a `JaxRuntimeError` whose
            message has it.
    """
    name, predictions = the_predictions(logits, probabilities, labels)
    call = host_call(client, name, options)
    predictions = jnp.asarray(predictions)
    if not jnp.issubdtype(predictions.dtype, jnp.floating):
        predictions = predictions.astype(jnp.float32)
    arrays = {"labels": labels, "sample_weights": sample_weights, "element_weights": element_weights}
    return evaluate(call, predictions, {key: jnp.asarray(value) for key, value in arrays.items() if value is not None})


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def evaluate(call: HostCall, predictions: jax.Array, arrays: _Arrays) -> jax.Array:
    """Evaluate a call. Of its inputs only the predictions have derivatives."""
    return _on_host(call, predictions, arrays, has_gradients=False)[0]


@functools.partial(evaluate.defjvp, symbolic_zeros=True)
def _differentiate(call: HostCall, primals: Any, tangents: Any) -> tuple[jax.Array, Any]:
    predictions, arrays = primals
    tangent, array_tangents = tangents
    for name, array_tangent in array_tangents.items():
        if not isinstance(array_tangent, SymbolicZero):
            raise TypeError(
                f"focal_loss has no derivatives with respect to {name}: pass jax.lax.stop_gradient({name}), "
                "or differentiate by the predictions alone"
            )
    loss, gradients = _loss_and_gradients(call, predictions, arrays)
    if isinstance(tangent, SymbolicZero):
        return loss, jnp.zeros_like(loss)
    products = gradients.astype(loss.dtype) * tangent.astype(loss.dtype)
    if not call.is_elementwise:
        return loss, products.sum()
    return loss, products.sum(call.class_axis) if call.is_softmax else products


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _loss_and_gradients(call: HostCall, predictions: jax.Array, arrays: _Arrays) -> tuple[jax.Array, jax.Array]:
    loss, gradients = _on_host(call, predictions, arrays, has_gradients=True)
    return loss, gradients


@_loss_and_gradients.defjvp
def _differentiate_gradients(call: HostCall, primals: Any, tangents: Any) -> NoReturn:
    raise NotImplementedError(_NO_SECOND_DERIVATIVE)


def _on_host(call: HostCall, predictions: jax.Array, arrays: _Arrays, *, has_gradients: bool) -> list[jax.Array]:
    loss_dtype = np.dtype(np.float64 if predictions.dtype == np.float64 else np.float32)
    shapes = [jax.ShapeDtypeStruct(call.loss_shape(predictions.shape), loss_dtype)]
    if has_gradients:
        # Those of a mean are below float16 before loss scaling, which multiplies them after this.
        dtype = np.float32 if predictions.dtype == np.float16 else predictions.dtype
        shapes.append(jax.ShapeDtypeStruct(predictions.shape, dtype))

    def on_host(predictions: Any, arrays: Any) -> list[np.ndarray]:
        inputs = _to_numpy(predictions), {name: _to_numpy(array) for name, array in arrays.items()}
        outputs = call.loss_and_gradients(*inputs) if has_gradients else [call.loss(*inputs)]
        return [np.asarray(output, shape.dtype) for output, shape in zip(outputs, shapes, strict=True)]

    if not any(isinstance(array, Tracer) for array in (predictions, *arrays.values())):
        # Nothing is traced: the client's own exceptions get through, and nothing has to be compiled.
        loss, *gradients = on_host(predictions, arrays)
        return [jnp.asarray(loss), *(jax.device_put(array, predictions.sharding) for array in gradients)]

    @jax.custom_batching.custom_vmap
    def call_back(predictions: jax.Array, arrays: _Arrays) -> Any:
        return jax.pure_callback(on_host, shapes, predictions, arrays)

    @call_back.def_vmap
    def _(*_: Any) -> NoReturn:
        raise NotImplementedError(_NO_VMAP)

    # For shard_map a callback has equal results on all devices, unless something that depends on its inputs is added.
    zeros = [jnp.where(jnp.sum(array) > 0, 0, 0) for array in (predictions, *arrays.values())]
    return [output + jnp.asarray(sum(zeros), output.dtype) for output in call_back(predictions, arrays)]


def _to_numpy(array: Any) -> np.ndarray:
    """Convert an input, which JAX may still be copying. To wait for it by numpy might take forever."""
    deadline = time.monotonic() + _COPY_TIMEOUT_S
    while hasattr(array, "is_ready") and not array.is_ready():
        if time.monotonic() > deadline:
            raise RuntimeError(_NO_THREAD)
        time.sleep(0.0002)
    return np.asarray(array)
