import json

import numpy as np
import pytest

from focal_loss_client import safetensors

DTYPES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"]


def encoded(tensors, metadata=None):
    return np.frombuffer(b"".join(safetensors.encode(tensors, metadata or {})), np.uint8)


def test_the_encoding_follows_the_format():
    file = encoded({"a": np.array([1, -2], np.int16), "b": np.array([[0.5]], np.float32)}, {"gamma": "2"}).tobytes()
    length = int.from_bytes(file[:8], "little")
    assert json.loads(file[8 : 8 + length]) == {
        "__metadata__": {"gamma": "2"},
        "b": {"dtype": "F32", "shape": [1, 1], "data_offsets": [0, 4]},
        "a": {"dtype": "I16", "shape": [2], "data_offsets": [4, 8]},
    }
    assert file[8 + length :] == bytes.fromhex("0000003f 0100 feff")


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("dtype", DTYPES)
def test_round_trip_of_every_dtype_and_byte_order(dtype, order):
    values = np.array([[0, 1, 3], [100, 2, 0]]).astype(order + dtype if dtype != "?" else dtype)
    tensors, _ = safetensors.decode(encoded({"x": values}))
    assert tensors["x"].dtype == np.dtype(dtype)
    np.testing.assert_array_equal(tensors["x"], values)


def test_round_trip_of_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    values = np.array([1.5, -2, 3e38], ml_dtypes.bfloat16)
    tensors, _ = safetensors.decode(encoded({"x": values}))
    assert tensors["x"].dtype == ml_dtypes.bfloat16
    np.testing.assert_array_equal(tensors["x"].view(np.uint16), values.view(np.uint16))


@pytest.mark.parametrize("values", [np.arange(12).reshape(3, 4).T, np.arange(20)[::3], np.array(7.0), np.zeros((0, 3))])
def test_round_trip_of_every_memory_layout(values):
    tensors, _ = safetensors.decode(encoded({"x": values}))
    assert tensors["x"].shape == values.shape
    np.testing.assert_array_equal(tensors["x"], values)


def test_contiguous_arrays_are_not_copied():
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    _, buffer = safetensors.encode({"x": values}, {})
    assert np.shares_memory(np.asarray(buffer), values)


@pytest.mark.parametrize("name", ["x", "xy", "a longer name", "ü"])
def test_tensors_are_aligned_for_every_header_length(name):
    header, *_ = safetensors.encode({"a": np.zeros(3, np.int8), name: np.zeros(2), "b": np.zeros(1, np.int16)}, {})
    assert header.nbytes % 8 == 0
    entries = json.loads(bytes(header[8:]))
    assert [entries[tensor]["data_offsets"][0] for tensor in (name, "b", "a")] == [0, 16, 18]


@pytest.mark.parametrize("predictions", ["logits", "probabilities"])
@pytest.mark.parametrize(("labels", "is_last"), [(8, True), (6, False)])
def test_predictions_are_the_last_tensor_where_they_are_aligned(predictions, labels, is_last):
    header, *_ = safetensors.encode({predictions: np.zeros(2, np.float32), "labels": np.zeros(labels, np.uint8)}, {})
    entries = json.loads(bytes(header[8:]))
    assert entries["labels" if is_last else predictions]["data_offsets"][0] == 0


def test_an_unsupported_dtype_is_reported_with_the_name_of_the_array():
    with pytest.raises(TypeError, match=r"labels: expected an array of dtype .*, got complex128"):
        safetensors.encode({"labels": np.zeros(2, complex)}, {})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"<html><body>",
        (2).to_bytes(8, "little") + b"[]",
        (2).to_bytes(8, "little") + b"{]",
        (12).to_bytes(8, "little") + b'{"x": {"a":1}}'[:12],
        (14).to_bytes(8, "little") + b'{"x": {"a":1}}',
        bytes(encoded({"x": np.zeros(4)}))[:-1],
    ],
)
def test_malformed_files_raise_value_error(data):
    with pytest.raises(ValueError):
        safetensors.decode(np.frombuffer(data, np.uint8))
