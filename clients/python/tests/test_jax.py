import numpy as np
import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp

import focal_loss_client.jax as adapter
from focal_loss_client import FocalLossClient, InvalidRequestError, ServiceConnectionError
from focal_loss_client.jax import focal_loss

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 2, (6, 3))
LABELS = np.array([0, 1, 2, 0, 1, -100])
WEIGHTS = RNG.uniform(0, 2, 6)
DENSE = np.where(LABELS[:, None] < 0, -100, LABELS[:, None] == np.arange(3))
UPSTREAM = {"sigmoid": RNG.normal(size=(6, 3)), "softmax": RNG.normal(size=6)}

EAGER_AND_COMPILED = pytest.mark.parametrize("transform", [lambda function: function, jax.jit], ids=["eager", "jit"])


@pytest.fixture(autouse=True)
def float64():
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


def reference(logits, activation, reduction, weights, gamma=2.0, alpha=0.25):
    """Focal loss with its definition for the automatic derivatives of JAX, in float64."""
    counted = LABELS >= 0
    if activation == "softmax":
        log_p = jnp.take_along_axis(jax.nn.log_softmax(logits), np.maximum(LABELS, 0)[:, None], 1)[:, 0]
        losses = -alpha * (1 - jnp.exp(log_p)) ** gamma * log_p * counted * weights
        divisor = counted.sum()
    else:
        positive = DENSE == 1
        log_p = jax.nn.log_sigmoid(jnp.where(positive, logits, -logits))
        factor = jnp.where(positive, alpha, 1 - alpha) * weights[:, None] * counted[:, None]
        losses = -factor * (1 - jnp.exp(log_p)) ** gamma * log_p
        divisor = counted.sum() * 3
    return {"mean": losses.sum() / divisor, "sum": losses.sum(), "none": losses}[reduction]


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
        return (upstream * focal_loss(logits, labels, sample_weights=weights, **options)).sum()

    def by_jax(logits):
        return (upstream * reference(logits, activation, reduction, WEIGHTS if weighted else np.ones(6))).sum()

    loss, gradients = transform(jax.value_and_grad(by_service))(jnp.asarray(LOGITS))
    expected_loss, expected_gradients = jax.value_and_grad(by_jax)(jnp.asarray(LOGITS))
    assert loss.dtype == gradients.dtype == jnp.float64
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-6)
    np.testing.assert_allclose(gradients, expected_gradients, rtol=2e-6, atol=1e-8)
    np.testing.assert_allclose(transform(by_service)(jnp.asarray(LOGITS)), expected_loss, rtol=1e-6)


@EAGER_AND_COMPILED
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_gradients_have_the_dtype_of_the_logits_and_the_loss_is_float32(service_url, dtype, transform):
    logits = jnp.asarray(LOGITS, dtype)
    loss, gradients = transform(jax.value_and_grad(lambda x: focal_loss(x, LABELS, client=service_url)))(logits)
    assert (loss.dtype, gradients.dtype) == (jnp.float32, dtype)
    expected_loss, expected = jax.value_and_grad(lambda x: reference(x, "sigmoid", "mean", np.ones(6)))(
        logits.astype("float64")
    )
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-6)
    # Two roundings, of what the service sends and of its product with the upstream gradient.
    np.testing.assert_allclose(gradients.astype("float64"), expected, rtol=2 * float(jnp.finfo(dtype).eps), atol=1e-7)


@EAGER_AND_COMPILED
def test_probabilities_have_gradients_of_their_own(service_url, transform):
    gradients = transform(jax.grad(lambda p: focal_loss(probabilities=p, labels=DENSE, client=service_url)))(
        jax.nn.sigmoid(jnp.asarray(LOGITS))
    )
    expected = jax.grad(lambda p: reference(jnp.log(p) - jnp.log1p(-p), "sigmoid", "mean", np.ones(6)))(
        jax.nn.sigmoid(jnp.asarray(LOGITS))
    )
    np.testing.assert_allclose(gradients, expected, rtol=1e-5, atol=1e-7)


@EAGER_AND_COMPILED
def test_forward_mode_works_as_well(service_url, transform):
    def by_service(logits):
        return focal_loss(logits, LABELS, client=service_url)

    def by_jax(logits):
        return reference(logits, "sigmoid", "mean", np.ones(6))

    logits, tangent = jnp.asarray(LOGITS), jnp.asarray(LOGITS[::-1])
    _, derivative = transform(lambda x, t: jax.jvp(by_service, (x,), (t,)))(logits, tangent)
    np.testing.assert_allclose(derivative, jax.jvp(by_jax, (logits,), (tangent,))[1], rtol=1e-6)


@EAGER_AND_COMPILED
def test_second_derivatives_and_vmap_are_errors_that_explain(service_url, transform):
    def loss(logits, labels):
        return focal_loss(logits, labels, client=service_url)

    with pytest.raises(NotImplementedError, match="first derivatives only"):
        transform(jax.hessian(loss))(jnp.asarray(LOGITS), LABELS)
    for function in (loss, jax.grad(loss)):
        with pytest.raises(NotImplementedError, match=r"under jax.vmap.*whole batch"):
            transform(jax.vmap(function))(jnp.asarray(LOGITS)[:, None], LABELS[:, None])
    losses = transform(lambda x: jax.lax.map(lambda row: loss(*row), (x[:, None], LABELS[:, None])))(LOGITS)
    assert losses.shape == (6,)


def test_scan_and_checkpoint(service_url):
    def loss(logits):
        return focal_loss(logits, LABELS, client=service_url)

    expected = jax.grad(loss)(jnp.asarray(LOGITS))
    scanned = jax.jit(jax.grad(lambda x: jax.lax.scan(lambda sum_, _: (sum_ + loss(x), None), 0.0, length=2)[0]))
    np.testing.assert_allclose(scanned(jnp.asarray(LOGITS)), 2 * expected, rtol=1e-6)
    np.testing.assert_allclose(jax.jit(jax.grad(jax.checkpoint(loss)))(jnp.asarray(LOGITS)), expected, rtol=1e-6)


@EAGER_AND_COMPILED
def test_labels_and_weights_are_constants(service_url, transform):
    soft = jax.nn.softmax(jnp.asarray(LOGITS))

    def loss(logits, labels, weights):
        return focal_loss(logits, labels, sample_weights=weights, client=service_url)

    for argument, name in ((1, "labels"), (2, "sample_weights")):
        with pytest.raises(TypeError, match=f"with respect to {name}"):
            transform(jax.grad(loss, argnums=argument))(jnp.asarray(LOGITS), soft, jnp.asarray(WEIGHTS))
    by_logits, by_labels = transform(jax.grad(focal_loss_of_integers(service_url), argnums=(0, 1), allow_int=True))(
        jnp.asarray(LOGITS), jnp.asarray(LABELS)
    )
    assert by_logits.shape == (6, 3)
    assert by_labels.dtype == jax.dtypes.float0


def focal_loss_of_integers(url):
    return lambda logits, labels: focal_loss(logits, labels, client=url)


def test_shard_map_calls_with_each_part(service_url):
    mesh = jax.make_mesh((1,), ("data",), axis_types=(jax.sharding.AxisType.Auto,))
    spec = jax.sharding.PartitionSpec("data")

    def loss(logits, labels):
        return jax.lax.pmean(focal_loss(logits, labels, client=service_url), "data")

    mapped = jax.shard_map(loss, mesh=mesh, in_specs=(spec, spec), out_specs=jax.sharding.PartitionSpec())
    expected = reference(LOGITS, "sigmoid", "mean", np.ones(6))
    np.testing.assert_allclose(jax.jit(mapped)(LOGITS, LABELS), expected, rtol=1e-6)


def test_the_client_s_exceptions_surface(service_url):
    def loss(logits, labels=LABELS[:3], client=service_url):
        return focal_loss(logits, labels, client=client)

    with pytest.raises(InvalidRequestError, match="/labels: expected shape"):
        jax.grad(loss)(jnp.asarray(LOGITS))
    with pytest.raises(jax.errors.JaxRuntimeError, match="/labels: expected shape"):
        jax.block_until_ready(jax.jit(jax.grad(loss))(jnp.asarray(LOGITS)))
    nobody = FocalLossClient("http://127.0.0.1:1", max_retry_seconds=0)
    with pytest.raises(ServiceConnectionError):
        loss(jnp.asarray(LOGITS), client=nobody)
    with pytest.raises(jax.errors.JaxRuntimeError, match="ServiceConnectionError"):
        jax.block_until_ready(jax.jit(lambda x: loss(x, client=nobody))(jnp.asarray(LOGITS)))


def test_inputs_that_jax_does_not_copy_are_an_error_instead_of_a_hang(monkeypatch):
    monkeypatch.setattr(adapter, "_COPY_TIMEOUT_S", 0.01)
    with pytest.raises(RuntimeError, match="NPROC"):
        adapter._to_numpy(type("Pending", (), {"is_ready": lambda self: False})())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"outputs": ["loss"]}, "for other outputs call"),
        ({"hessian_form": "exact"}, "of FocalLossClient.focal_loss alone"),
        ({"weight": [1]}, 'here it is "class_weights"'),
        ({"gama": 2}, "unknown argument 'gama'"),
        ({"probabilities": LOGITS}, "either 'logits' or 'probabilities'"),
    ],
)
def test_arguments_that_cannot_work_are_errors(options, message):
    with pytest.raises(TypeError, match=message):
        focal_loss(LOGITS, LABELS, **options)
    with pytest.raises(TypeError, match="'labels'"):
        focal_loss(LOGITS)


def test_an_option_that_is_traced_is_an_error():
    with pytest.raises(TypeError, match="normalizer: expected a constant"):
        jax.jit(lambda n: focal_loss(LOGITS, LABELS, normalizer=n))(3.0)


@EAGER_AND_COMPILED
def test_gradients_of_float16_under_loss_scaling_are_not_rounded_before_it(service_url, transform):
    scale = 2.0**16
    logits = jnp.asarray(RNG.normal(size=(64, 40)), jnp.float16)
    labels = RNG.integers(0, 40, 64)

    def scaled(logits):
        return scale * focal_loss(logits, labels, normalizer=1e6, client=service_url)

    gradients = transform(jax.grad(scaled))(logits)
    expected = jax.grad(scaled)(logits.astype(jnp.float32))
    assert gradients.dtype == jnp.float16
    np.testing.assert_allclose(gradients.astype(jnp.float32), expected, rtol=2e-3, atol=1e-7)
