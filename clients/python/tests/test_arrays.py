"""Inputs of any framework become numpy arrays, or an error that names the argument."""

import subprocess
import sys

import numpy as np
import pytest

from focal_loss_client import FocalLossClient
from focal_loss_client.arrays import to_array

VALUES = np.array([[0.5, -2.0, 3.25, 1e-3], [7.0, 0.0, -0.125, 11.0], [1.0, 2.0, 3.0, 4.0]], np.float32)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("cat", "str of dtype <U3"),
        (b"cat", "bytes"),
        (["cat", "dog"], "a list of dtype <U3"),
        ([[1], [1, 2]], "a list"),
        ([1, None], "a list of dtype object"),
        ({"cat": 1}, "dict of dtype object"),
        (np.array([None]), "numpy.ndarray of dtype object"),
        (np.array(["2026-01-01"], "M8"), "numpy.ndarray of dtype datetime64"),
        (iter([1]), "list_iterator"),
    ],
)
def test_what_is_no_array_of_numbers_is_an_error_that_names_the_argument(value, what):
    with pytest.raises(TypeError) as error:
        to_array(value, "sample_weights")
    assert str(error.value).startswith(f"sample_weights: expected an array of numbers, got {what}")


def test_errors_of_calls_name_the_argument():
    with FocalLossClient("http://127.0.0.1:1") as client:
        with pytest.raises(TypeError, match=r"^labels: expected an array of numbers, got a list of dtype <U3"):
            client.focal_loss([1.0, 2.0], ["cat", "dog"])
        with pytest.raises(TypeError, match=r"^logits: "):
            client.sweep([[1.0], [1.0, 2.0]], [0, 1], [2])
        with pytest.raises(TypeError, match=r"^gamma: expected an array of numbers, got object"):
            client.focal_loss([1.0], [1], gamma=object())
        with pytest.raises(TypeError, match=r"'labels' is missing"):
            client.focal_loss([1.0])
        with pytest.raises(TypeError, match=r"'gammas' is missing"):
            client.sweep([1.0], [1])


def test_arrays_are_not_copied():
    for value in (VALUES, VALUES.T, VALUES[::2]):
        assert np.shares_memory(to_array(value, "logits"), VALUES)


def test_torch():
    torch = pytest.importorskip("torch")
    pytest.importorskip("ml_dtypes")
    tensor = torch.tensor(VALUES, requires_grad=True)
    for dtype in ("float64", "float32", "float16", "bfloat16"):
        converted = tensor.to(getattr(torch, dtype))
        for given in (converted, converted.T, converted[:, ::2], converted[0, 1], torch.nn.Parameter(converted)):
            array = to_array(given, "logits")
            assert array.dtype.name == dtype
            np.testing.assert_array_equal(array.astype(np.float64), given.detach().double().numpy())
    eighth = tensor.detach().to(torch.float8_e4m3fn)
    np.testing.assert_array_equal(to_array(eighth, "logits"), eighth.float().numpy())
    np.testing.assert_array_equal(to_array(tensor.to_sparse(), "logits"), VALUES)
    np.testing.assert_array_equal(to_array(torch._neg_view(tensor), "logits"), -VALUES)
    np.testing.assert_array_equal(to_array([tensor[0], tensor[1]], "logits"), VALUES[:2])
    np.testing.assert_array_equal(to_array((tensor[0, 0], 2.0), "alpha"), [0.5, 2])
    np.testing.assert_array_equal(to_array(torch.tensor([True, False]), "labels"), [True, False])
    assert np.shares_memory(to_array(tensor, "logits"), tensor.detach().numpy())
    with pytest.raises(TypeError, match=r"logits: expected an array of numbers, got torch.Tensor: .*meta"):
        to_array(tensor.to("meta"), "logits")


def test_torchs_bfloat16_without_ml_dtypes_is_float32(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr("focal_loss_client.safetensors.has_bfloat16", lambda: False)
    tensor = torch.tensor(VALUES).bfloat16()
    array = to_array(tensor, "logits")
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, tensor.float().numpy())


def test_torch_on_a_gpu():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    tensor = torch.tensor(VALUES, device="cuda", requires_grad=True)
    np.testing.assert_array_equal(to_array(tensor, "logits"), VALUES)
    np.testing.assert_array_equal(to_array([tensor[0], tensor[1]], "logits"), VALUES[:2])
    assert to_array(tensor.bfloat16(), "logits").shape == VALUES.shape


def test_a_call_with_torchs_tensors(service_url):
    torch = pytest.importorskip("torch")
    pytest.importorskip("ml_dtypes")
    logits = torch.tensor(VALUES, requires_grad=True)
    labels = torch.tensor([0, 3, 1])
    with FocalLossClient(service_url) as client:
        expected = client.focal_loss(VALUES, [0, 3, 1], activation="softmax", gamma=1.5)
        for gamma in (1.5, torch.tensor(1.5, requires_grad=True), torch.tensor(1.5).bfloat16()):
            assert client.focal_loss(logits, labels, activation="softmax", gamma=gamma).loss == expected.loss
        weights = torch.tensor([1.0, 2.0, 0.5, 1.0], requires_grad=True)
        weighted = client.focal_loss(logits, labels, class_weights=weights)
        assert weighted.options["class_weights"] == [1, 2, 0.5, 1]
        rounded = client.focal_loss(logits.bfloat16(), labels, activation="softmax", gamma=1.5)
        same = client.focal_loss(logits.bfloat16().float(), labels, activation="softmax", gamma=1.5)
        assert rounded.loss == pytest.approx(same.loss, rel=1e-7)


def test_jax():
    jax = pytest.importorskip("jax")
    for dtype in ("float32", "float16", "bfloat16"):
        array = to_array(jax.numpy.asarray(VALUES, dtype), "logits")
        assert (array.dtype.name, array.shape) == (dtype, VALUES.shape)
    with pytest.raises(TypeError, match=r"logits: expected an array of numbers, got jax.*Tracer"):
        jax.jit(lambda value: to_array(value, "logits"))(VALUES)


def test_tensorflow():
    tensorflow = pytest.importorskip("tensorflow")
    for dtype in ("float64", "float32", "float16", "bfloat16"):
        array = to_array(tensorflow.cast(VALUES, dtype), "logits")
        assert (array.dtype.name, array.shape) == (dtype, VALUES.shape)
    np.testing.assert_array_equal(to_array(tensorflow.Variable(VALUES), "logits"), VALUES)
    with pytest.raises(TypeError, match=r"logits: expected an array of numbers, got tensorflow"):
        tensorflow.function(lambda value: to_array(value, "logits"))(VALUES)


def test_the_client_imports_no_framework():
    code = "import sys, focal_loss_client; print({'torch', 'jax', 'tensorflow', 'keras', 'sklearn'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert printed == "set()\n"
