import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from focal_loss_client import FocalLossClient, InvalidRequestError, ServiceConnectionError
from focal_loss_client.tensorflow import focal_loss

RNG = np.random.default_rng(0)
LOGITS = tf.constant(RNG.normal(0, 2, (6, 3)))
LABELS = np.array([0, 1, 2, 0, 1, -100])
WEIGHTS = RNG.uniform(0, 2, 6)
DENSE = np.where(LABELS[:, None] < 0, -100, LABELS[:, None] == np.arange(3))
UPSTREAM = {"sigmoid": RNG.normal(size=(6, 3)), "softmax": RNG.normal(size=6)}

EAGER_AND_COMPILED = pytest.mark.parametrize(
    "transform", [lambda function: function, tf.function(autograph=False)], ids=["eager", "graph"]
)


def reference(logits, activation, reduction, weights, gamma=2.0, alpha=0.25):
    """Focal loss with its definition for the automatic derivatives of TensorFlow, in float64."""
    counted = (LABELS >= 0).astype(np.float64)
    if activation == "softmax":
        log_p = tf.reduce_sum(tf.nn.log_softmax(logits) * (DENSE == 1), -1)
        losses = -alpha * (1 - tf.exp(log_p)) ** gamma * log_p * counted * weights
        divisor = counted.sum()
    else:
        positive = DENSE == 1
        log_p = tf.math.log_sigmoid(tf.where(positive, logits, -logits))
        factor = np.where(positive, alpha, 1 - alpha) * weights[:, None] * counted[:, None]
        losses = -factor * (1 - tf.exp(log_p)) ** gamma * log_p
        divisor = counted.sum() * 3
    if reduction == "none":
        return losses
    return tf.reduce_sum(losses) / (divisor if reduction == "mean" else 1)


def value_and_gradients(function):
    def both(logits):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = function(logits)
        return loss, tape.gradient(loss, logits)

    return both


@EAGER_AND_COMPILED
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("labels", [LABELS, DENSE], ids=["indices", "dense"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_loss_and_gradients_are_those_of_automatic_differentiation(
    service_url, activation, reduction, labels, weighted, transform
):
    upstream = UPSTREAM[activation] if reduction == "none" else 1.7
    weights = WEIGHTS if weighted else None
    options = {"activation": activation, "alpha": 0.25, "reduction": reduction, "client": service_url}

    def by_service(logits):
        return tf.reduce_sum(upstream * focal_loss(logits, labels, sample_weights=weights, **options))

    def by_tensorflow(logits):
        return tf.reduce_sum(upstream * reference(logits, activation, reduction, WEIGHTS if weighted else np.ones(6)))

    loss, gradients = transform(value_and_gradients(by_service))(LOGITS)
    expected_loss, expected_gradients = value_and_gradients(by_tensorflow)(LOGITS)
    assert loss.dtype == gradients.dtype == tf.float64
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-6)
    np.testing.assert_allclose(gradients, expected_gradients, rtol=2e-6, atol=1e-8)


@EAGER_AND_COMPILED
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_gradients_have_the_dtype_of_the_logits_and_the_loss_is_float32(service_url, dtype, transform):
    logits = tf.cast(LOGITS, dtype)
    loss, gradients = transform(value_and_gradients(lambda x: focal_loss(x, LABELS, client=service_url)))(logits)
    assert (loss.dtype, gradients.dtype) == (tf.float32, dtype)
    expected_loss, expected = value_and_gradients(lambda x: reference(x, "sigmoid", "mean", np.ones(6)))(
        tf.cast(logits, tf.float64)
    )
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-6)
    eps = {"float32": 2**-23, "float16": 2**-10, "bfloat16": 2**-7}[dtype]
    np.testing.assert_allclose(tf.cast(gradients, tf.float64), expected, rtol=2 * eps, atol=1e-7)


def test_shapes_may_be_unknown_until_the_call(service_url):
    @tf.function(input_signature=[tf.TensorSpec([None, 3]), tf.TensorSpec([None], tf.int64)])
    def losses(logits, labels):
        result = focal_loss(logits, labels, activation="softmax", reduction="none", client=service_url)
        assert result.shape.rank == 1
        return result

    assert losses(tf.zeros((5, 3)), np.zeros(5, np.int64)).shape == (5,)
    assert losses(tf.zeros((2, 3)), np.zeros(2, np.int64)).shape == (2,)


def test_variables_and_a_strategy(service_url):
    variable = tf.Variable(LOGITS)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = focal_loss(variable, LABELS, client=service_url)
        return tape.gradient(loss, variable)

    _, expected = value_and_gradients(lambda x: reference(x, "sigmoid", "mean", np.ones(6)))(LOGITS)
    np.testing.assert_allclose(step(), expected, rtol=2e-6, atol=1e-8)
    np.testing.assert_allclose(tf.distribute.OneDeviceStrategy("cpu:0").run(step), expected, rtol=2e-6, atol=1e-8)


@EAGER_AND_COMPILED
def test_second_derivatives_are_an_error_that_explains(service_url, transform):
    gradients = value_and_gradients(lambda x: focal_loss(x, LABELS, client=service_url))
    with pytest.raises(NotImplementedError, match="first derivatives only"):
        transform(value_and_gradients(lambda x: gradients(x)[1]))(LOGITS)


@pytest.mark.parametrize("inner", [lambda function: function, tf.function(autograph=False)], ids=["direct", "nested"])
def test_xla_is_an_error_that_explains(service_url, inner):
    compiled = tf.function(inner(lambda x: focal_loss(x, LABELS, client=service_url)), jit_compile=True)
    with pytest.raises(NotImplementedError, match="jit_compile=False"):
        compiled(LOGITS)


def test_the_client_s_exceptions_surface(service_url):
    def loss(logits, client=service_url):
        return focal_loss(logits, LABELS[:3], client=client)

    with pytest.raises(InvalidRequestError, match="/labels: expected shape"):
        loss(LOGITS)
    with pytest.raises(tf.errors.UnknownError, match="/labels: expected shape"):
        tf.function(loss)(LOGITS)
    nobody = FocalLossClient("http://127.0.0.1:1", max_retry_seconds=0)
    with pytest.raises(ServiceConnectionError):
        loss(LOGITS, nobody)
    with pytest.raises(tf.errors.UnknownError, match="ServiceConnectionError"):
        tf.function(lambda x: loss(x, nobody))(LOGITS)


def test_arguments_that_cannot_work_are_errors():
    with pytest.raises(TypeError, match="for other outputs call"):
        focal_loss(LOGITS, LABELS, outputs=["loss"])
    with pytest.raises(TypeError, match='here it is "class_weights"'):
        focal_loss(LOGITS, LABELS, weight=[1])
    with pytest.raises(TypeError, match="normalizer: expected a constant"):
        tf.function(lambda n: focal_loss(LOGITS, LABELS, normalizer=n))(tf.constant(3.0))


@EAGER_AND_COMPILED
def test_gradients_of_float16_under_loss_scaling_are_not_rounded_before_it(service_url, transform):
    scale = 2.0**16
    logits = tf.constant(RNG.normal(size=(64, 40)), tf.float16)
    labels = RNG.integers(0, 40, 64)

    def scaled(logits):
        return scale * focal_loss(logits, labels, normalizer=1e6, client=service_url)

    _, gradients = transform(value_and_gradients(scaled))(logits)
    _, expected = value_and_gradients(scaled)(tf.cast(logits, tf.float32))
    assert gradients.dtype == tf.float16
    np.testing.assert_allclose(tf.cast(gradients, tf.float32), expected, rtol=2e-3, atol=1e-7)
