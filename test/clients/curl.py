"""curl: JSON under its own Content-Type, and a body with binary tensors that is made by hand."""

import json
import subprocess

import numpy as np

from batch import ARRAYS, FIELDS, OPTIONS, OUTPUTS, Reference

DATATYPES = {"float32": "FP32", "float64": "FP64", "int64": "INT64"}


def curl(address: str, body: bytes, *arguments: str) -> bytes:
    url = f"http://{address}/v2/models/focal-loss/infer"
    command = ["curl", "--silent", "--show-error", "--fail-with-body", url, "--data-binary", "@-", *arguments]
    return subprocess.run(command, input=body, stdout=subprocess.PIPE, check=True).stdout


def request(described, binary_outputs: bool) -> bytes:
    parameters = {name: value if isinstance(value, str) else json.dumps(value) for name, value in OPTIONS.items()}
    return json.dumps(
        {
            "parameters": parameters | {"binary_data_output": binary_outputs},
            "inputs": [
                {"name": name, "datatype": DATATYPES[str(array.dtype)], "shape": array.shape} | described(name, array)
                for name, array in ARRAYS.items()
            ],
            "outputs": [{"name": name} for name in OUTPUTS],
        }
    ).encode()


def check_json(reference: Reference, answer: bytes) -> None:
    for output in json.loads(answer)["outputs"]:
        dtype = {"FP32": np.float32, "FP64": np.float64, "INT64": np.int64}[output["datatype"]]
        reference.check(output["name"], np.array(output["data"], dtype).reshape(output["shape"]))


def call_curl(address: str, reference: Reference) -> str:
    nested = request(lambda name, _: {"data": FIELDS[name]}, False)
    check_json(reference, curl(address, nested))
    flat = request(lambda _, array: {"data": array.ravel().tolist()}, False)
    check_json(reference, curl(address, flat, "-H", f"Inference-Header-Content-Length: {len(flat)}"))

    header = request(lambda _, array: {"parameters": {"binary_data_size": array.nbytes}}, True)
    body = header + b"".join(array.tobytes() for array in ARRAYS.values())
    answer = curl(
        address, body, "-H", f"Inference-Header-Content-Length: {len(header)}", "-H", "Transfer-Encoding: chunked", "-i"
    )
    head, _, rest = answer.partition(b"\r\n\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert headers["content-type"] == "application/octet-stream"
    at = int(headers["inference-header-content-length"])
    for output in json.loads(rest[:at])["outputs"]:
        end = at + output["parameters"]["binary_data_size"]
        dtype = {"FP32": np.float32, "FP64": np.float64, "INT64": np.int64}[output["datatype"]]
        reference.check(output["name"], np.frombuffer(rest[at:end], dtype).reshape(output["shape"]))
        at = end
    assert at == len(rest)
    return "JSON as form-urlencoded, JSON with its length, binary by hand and chunked"
