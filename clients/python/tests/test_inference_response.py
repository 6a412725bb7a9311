import json

import numpy as np
import pytest
from fake_service import RESPONSE

from focal_loss_client.inference_response import read_inference_response
from focal_loss_client.transport import Response

BODY = np.arange(3, dtype="<f8")
DURATIONS = {f"{name}_ms": 0 for name in ("queue", "decode", "compute", "encode")}
PARAMETERS = {**RESPONSE["counts"], "engine": "fake", "device": "none", **DURATIONS}


def read(shape, datatype="FP64", json_bytes=None, binary=None):
    outputs = [
        {"name": "denominator", "datatype": "FP64", "shape": [1], "data": [2]},
        {"name": "per_class.loss", "datatype": datatype, "shape": shape, "parameters": {}},
    ]
    text = json.dumps({"outputs": outputs, "parameters": PARAMETERS}).encode()
    headers = {"Inference-Header-Content-Length": json_bytes or str(len(text))}
    body = np.frombuffer(bytearray(text + (BODY.tobytes() if binary is None else binary)), np.uint8)
    return read_inference_response(Response(200, "OK", headers, body), {}, None)


def test_an_output_is_a_writable_view_of_the_body_at_any_offset():
    array = read([3]).per_class["loss"]
    np.testing.assert_array_equal(array, BODY)
    array[0] = 7
    assert read([0]).per_class["loss"].shape == (0,)
    assert read([1, 3], "FP16", binary=bytes(6)).per_class["loss"].dtype == np.float16


@pytest.mark.parametrize("shape", [[4], [-1], [2, -1], [-(2**62)], [2**62, 4], [2**64], ["3"], [1.5], None, 3])
def test_an_output_that_does_not_fit_is_malformed(shape):
    with pytest.raises((TypeError, ValueError)):
        read(shape)


@pytest.mark.parametrize("json_bytes", ["-8", "1000000", "x"])
def test_a_wrong_length_of_the_json_is_malformed(json_bytes):
    with pytest.raises(ValueError):
        read([3], json_bytes=json_bytes)


def test_an_unknown_datatype_is_malformed():
    with pytest.raises(KeyError):
        read([3], "BYTES")
