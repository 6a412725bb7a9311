"""A server with Triton's extension for shared memory, whose gradients are the logits doubled."""

import json
from pathlib import Path

import numpy as np
from fake_server import FakeServer
from fake_service import RESPONSE, problem, success

SHARED_MEMORY = Path("/dev/shm")
OUTPUTS = ["loss", "sum", "denominator", "gradients", "elementwise", "hessian_diagonal", "alpha"]
SUMMARIES = ["per_class.positives", "per_class.loss.share", "difficulty.positives.counts"]


class FakeRegionService(FakeServer):
    """`requests` has the (method, path, body) it received, `keys` the key of each registered region."""

    def __init__(self):
        super().__init__()
        self.extensions = ["binary_tensor_data", "system_shared_memory"]
        self.keys = {}
        self.requests = []
        self.metadata = None
        self.rejection = None
        """The problem with which it rejects each inference."""
        self.before_inference = lambda: None

    def respond(self, request, body):
        self.requests.append((request.command, request.path, body))
        try:
            return self.route(request.path, body)
        except ConnectionError:
            return None

    def route(self, path, body):
        if path == "/v1/focal-loss":
            return success()
        if path == "/v2":
            return self.metadata or as_json({"extensions": self.extensions})
        if path == "/v2/models/focal-loss":
            return as_json({"outputs": [{"name": name} for name in OUTPUTS + SUMMARIES]})
        if path == "/v2/models/focal-loss/infer":
            return self.infer(json.loads(body))
        if path == "/v2/systemsharedmemory/status":
            return as_json([{"name": name} for name in self.keys])
        *_, name, action = path.split("/")
        if action == "register":
            key = json.loads(body)["key"].lstrip("/")
            if name in self.keys or not (SHARED_MEMORY / key).exists():
                return as_json({"error": f"cannot register {name}"}, 400)
            self.keys[name] = key
        else:
            self.keys.pop(name, None)
        return as_json({})

    def infer(self, request):
        self.before_inference()
        if self.rejection is not None:
            return self.rejection
        tensors = request["inputs"] + request["outputs"]
        parameters = {tensor["name"]: tensor.get("parameters", {}) for tensor in tensors}
        places = {name: place for name, place in parameters.items() if "shared_memory_region" in place}
        for place in places.values():
            if place["shared_memory_region"] not in self.keys:
                return as_json({"error": "Unable to find shared memory region"}, 400)
        logits = request["inputs"][0]
        doubled = 2 * self.view(places["logits"], np.float32)
        outputs, binary = [], b""
        for name in (output["name"] for output in request["outputs"]):
            if name in ("loss", "sum", "denominator"):
                outputs.append({"name": name, "datatype": "FP64", "shape": [1], "data": [RESPONSE[name]]})
                continue
            output = {"name": name, "datatype": "FP32", "shape": logits["shape"], "parameters": places.get(name)}
            if name in SUMMARIES:
                values = np.arange(logits["shape"][1], dtype="<f8" if name.endswith("share") else "<i8")
                output["datatype"] = "FP64" if name.endswith("share") else "INT64"
                output.update(shape=values.shape, parameters={"binary_data_size": values.nbytes})
                binary += values.tobytes()
            else:
                self.view(places[name], np.float32)[:] = doubled
            outputs.append(output)
        durations = {f"{name}_ms": 0 for name in ("queue", "decode", "compute", "encode")}
        parameters = {**RESPONSE["counts"], "engine": "fake", "device": "none", **durations}
        return as_json({"outputs": outputs, "parameters": parameters}, binary=binary)

    def view(self, place, dtype):
        memory = np.memmap(SHARED_MEMORY / self.keys[place["shared_memory_region"]], np.uint8, "r+")
        offset = place.get("shared_memory_offset", 0)
        return memory[offset : offset + place["shared_memory_byte_size"]].view(dtype)

    def paths(self):
        return [path for _, path, _ in self.requests]


def as_json(document, status=200, binary=b""):
    body = json.dumps(document).encode()
    body += b" " * (-len(body) % 8)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body) + len(binary))}
    if binary:
        headers["Inference-Header-Content-Length"] = str(len(body))
    return status, headers, body + binary


def invalid(code="invalid_request"):
    return problem(422, code)
