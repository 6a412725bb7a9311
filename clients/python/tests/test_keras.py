"""Runs on the backend that KERAS_BACKEND names, torch by default; `test_keras_backends.py` runs it on the others."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import itertools

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip(keras.config.backend())

from keras.src.backend import set_keras_mask

from focal_loss_client import FocalLossClient, FocalLossOptions
from focal_loss_client.keras import FocalLoss, KerasOptions

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(6, 3)).astype(np.float32)
LABELS = np.array([0, 1, 2, 0, 1, 2])
ONE_HOT = np.eye(3, dtype=np.float32)[LABELS]
WEIGHTS = RNG.uniform(size=6).astype(np.float32)
MASK = np.array([True, True, False, True, False, True])
REDUCTIONS = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None]


def value_and_gradients(loss, labels, outputs, weights=None, mask=None):
    """The loss, and the gradients of its sum, in numpy; compiled where the backend compiles."""

    def evaluate(outputs):
        if mask is not None:
            set_keras_mask(outputs, keras.ops.convert_to_tensor(mask))
        return loss(labels, outputs, weights)

    if keras.config.backend() == "torch":
        import torch

        tensor = torch.tensor(outputs, requires_grad=True)
        value = evaluate(tensor)
        value.sum().backward()
        return value.detach().numpy(), tensor.grad.numpy()
    if keras.config.backend() == "jax":
        import jax

        def summed(outputs):
            value = evaluate(outputs)
            return value.sum(), value

        gradients, value = jax.jit(jax.grad(summed, has_aux=True))(outputs)
        return np.asarray(value), np.asarray(gradients)
    import tensorflow as tf

    @tf.function(autograph=False)
    def both(outputs):
        with tf.GradientTape() as tape:
            tape.watch(outputs)
            value = evaluate(outputs)
        return value, tape.gradient(value, outputs)

    return [result.numpy() for result in both(tf.constant(outputs))]


def losses(url, activation, **arguments):
    """The loss of this package and that of Keras."""
    arguments = {"gamma": 2.0, "alpha": 0.25, "label_smoothing": 0.1, **arguments}
    if activation == "softmax":
        keras_loss = keras.losses.CategoricalFocalCrossentropy(**arguments)
    else:
        keras_loss = keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, **arguments)
    return FocalLoss(activation=activation, client=url, **arguments), keras_loss


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_it_equals_the_losses_of_keras_with_weights_and_masks(service_url, activation, reduction):
    ours, theirs = losses(service_url, activation, reduction=reduction, from_logits=True)
    for weights, mask in itertools.product((None, WEIGHTS, WEIGHTS[:, None]), (None, MASK)):
        loss, gradients = value_and_gradients(ours, ONE_HOT, LOGITS, weights, mask)
        expected_loss, expected_gradients = value_and_gradients(theirs, ONE_HOT, LOGITS, weights, mask)
        np.testing.assert_allclose(loss, expected_loss, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(gradients, expected_gradients, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_outputs_are_probabilities_by_default(service_url, activation):
    ours, theirs = losses(service_url, activation)
    outputs = keras.ops.convert_to_numpy(getattr(keras.ops, activation)(LOGITS))
    loss, gradients = value_and_gradients(ours, ONE_HOT, outputs)
    expected_loss, expected_gradients = value_and_gradients(theirs, ONE_HOT, outputs)
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-5)
    if activation == "softmax":
        # Keras divides the probabilities by their sum. Gradients of the logits behind them are the same.
        gradients, expected_gradients = (
            g - (g * outputs).sum(-1, keepdims=True) for g in (gradients, expected_gradients)
        )
    np.testing.assert_allclose(gradients, expected_gradients, rtol=1e-4, atol=1e-6)


def test_class_indices_mean_what_one_hot_labels_mean(service_url):
    loss = FocalLoss(activation="softmax", from_logits=True, client=service_url)
    expected = value_and_gradients(loss, ONE_HOT, LOGITS, WEIGHTS, MASK)
    for labels in (LABELS, LABELS[:, None], LABELS.astype(np.uint8)):
        actual = value_and_gradients(loss, labels, LOGITS, WEIGHTS, MASK)
        for value, expected_value in zip(actual, expected, strict=True):
            np.testing.assert_array_equal(value, expected_value)


def test_axis_and_ignore_class(service_url):
    images = RNG.normal(size=(2, 3, 4, 5)).astype(np.float32)
    labels = RNG.integers(0, 3, (2, 4, 5))
    labels[:, 1] = 255
    arguments = {"from_logits": True, "ignore_class": 255}
    ours = FocalLoss(activation="softmax", gamma=0, axis=1, client=service_url, **arguments)
    theirs = keras.losses.SparseCategoricalCrossentropy(**arguments)  # Over the last axis.
    loss, gradients = value_and_gradients(ours, labels, images)
    expected_loss, expected_gradients = value_and_gradients(theirs, labels, images.transpose(0, 2, 3, 1))
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-5)
    np.testing.assert_allclose(gradients.transpose(0, 2, 3, 1), expected_gradients, rtol=1e-4, atol=1e-7)


def test_weights_of_samples_extend_to_their_positions(service_url):
    sequences = RNG.normal(size=(6, 4, 3)).astype(np.float32)
    labels = RNG.integers(0, 3, (6, 4))
    loss = FocalLoss(activation="softmax", from_logits=True, client=service_url)
    expected = value_and_gradients(loss, labels, sequences, np.repeat(WEIGHTS[:, None], 4, 1))
    for weights in (WEIGHTS, WEIGHTS[:, None]):
        np.testing.assert_array_equal(value_and_gradients(loss, labels, sequences, weights)[0], expected[0])


def test_options_of_the_service_are_arguments(service_url):
    with FocalLossClient(service_url) as client:
        loss = FocalLoss(gamma={"positive": 1, "negative": 4}, margin=0.05, alpha=None, normalizer="positives",
                         from_logits=True, client=client)  # fmt: skip
        expected = client.focal_loss(logits=LOGITS, labels=LABELS, **loss.options)
        value, gradients = value_and_gradients(loss, LABELS, LOGITS)
    np.testing.assert_allclose(value, expected.loss, rtol=1e-6)
    np.testing.assert_allclose(gradients, expected.gradients, rtol=1e-6)


def test_fit_evaluate_save_and_load(service_url, tmp_path):
    inputs = RNG.integers(1, 9, (64, 5))
    inputs[:, 3:] *= RNG.integers(0, 2, (64, 2))  # 0 is masked.
    labels = (inputs % 3)[..., None]
    weights = RNG.uniform(size=64).astype(np.float32)
    histories = []
    for loss in losses(service_url, "softmax", label_smoothing=0.0, from_logits=True):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.layers.Embedding(9, 4, mask_zero=True), keras.layers.Dense(3)])
        model.compile(optimizer="sgd", loss=loss)
        targets = labels if isinstance(loss, FocalLoss) else np.eye(3)[labels[..., 0]]
        sample_weight = weights if isinstance(loss, FocalLoss) else np.repeat(weights[:, None], 5, 1)
        model.fit(inputs, targets, sample_weight=sample_weight, batch_size=16, epochs=2, shuffle=False, verbose=0)
        histories.append(model.evaluate(inputs, targets, verbose=0))
        if isinstance(loss, FocalLoss):
            model.save(tmp_path / "model.keras")
            loaded = keras.models.load_model(tmp_path / "model.keras")
            assert isinstance(loaded.loss, FocalLoss)
            np.testing.assert_allclose(loaded.evaluate(inputs, targets, verbose=0), histories[0], rtol=1e-6)
            loaded.fit(inputs, targets, batch_size=16, epochs=1, verbose=0)
    np.testing.assert_allclose(*histories, rtol=1e-5)


def test_fit_requests_no_batches_but_those_of_the_data(service_url):
    requested = []

    class RecordingClient(FocalLossClient):
        def focal_loss(self, **arguments):
            requested.append(arguments["labels"])
            return super().focal_loss(**arguments)

    with RecordingClient(service_url) as client:
        model = keras.Sequential([keras.layers.Dense(3)])
        model.compile(optimizer="sgd", loss=FocalLoss(activation="softmax", from_logits=True, client=client))
        model.fit(LOGITS, ONE_HOT, batch_size=2, epochs=1, shuffle=False, verbose=0)
    np.testing.assert_array_equal(np.concatenate(requested), ONE_HOT)


def test_the_config_has_the_url_instead_of_the_client():
    client = FocalLossClient("http://127.0.0.1:9", api_key="secret")
    loss = FocalLoss(gamma=np.array([1.0, 2.0]), alpha="off", axis=1, reduction="sum", dtype="float64", client=client)
    config = loss.get_config()
    assert config == {
        "name": "focal_loss",
        "reduction": "sum",
        "dtype": "float64",
        "from_logits": False,
        "client": "http://127.0.0.1:9",
        "gamma": [1.0, 2.0],
        "alpha": "off",
        "class_axis": 1,
    }
    assert FocalLoss.from_config(config).get_config() == config


def test_a_failed_request_says_what_the_service_says(service_url):
    loss = FocalLoss(activation="softmax", from_logits=True, client=service_url)
    with pytest.raises(Exception, match="/labels: expected shape"):
        value_and_gradients(loss, LABELS[:2], LOGITS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"axis": 1, "class_axis": 1}, "'axis' and 'class_axis'"),
        ({"ignore_class": 1, "ignore_index": 1}, "'ignore_class' and 'ignore_index'"),
        ({"reduction": "sum", "normalizer": 3}, "'normalizer'"),
        ({"apply_class_balancing": True}, 'here it is "alpha"'),
        ({"outputs": ["loss"]}, "for other outputs call"),
    ],
)
def test_arguments_that_cannot_work_are_errors(arguments, message):
    with pytest.raises(TypeError, match=message):
        FocalLoss(**arguments)


def test_all_options_but_those_that_a_loss_sets_are_declared():
    set_by_the_loss = {"reduction", "outputs", "hessian_form"}
    assert set(KerasOptions.__annotations__) == set(FocalLossOptions.__annotations__) - set_by_the_loss


@pytest.mark.skipif(keras.config.backend() != "torch", reason="test_jax.py and test_tensorflow.py have it")
def test_a_second_derivative_is_an_error_and_not_0(service_url):
    import torch

    inputs = torch.from_numpy(LOGITS).requires_grad_()
    loss = FocalLoss(from_logits=True, client=service_url)(LABELS, inputs * inputs)
    (gradients,) = torch.autograd.grad(loss, inputs, create_graph=True)
    with pytest.raises(RuntimeError, match="no second derivative"):
        gradients.square().sum().backward()
