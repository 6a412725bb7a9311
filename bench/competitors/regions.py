"""Calls a service with batches in shared memory, as training jobs do:
python regions.py PORT OUTPUT ...

It says which of its ways to call are installed:
  tritonclient  logits, labels and gradients lie one behind the other in a region, and the outputs are in the response
  copied        this service's Python client, with arrays of its caller
  in place      this service's Python client, with arrays of its `empty`
Asked {"mode", "path"}, it reads a batch and calls each way once; asked {"step": one of them}, it calls again.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import numpy as np

from line import serve, versions

sys.path.insert(0, str(Path(__file__).parents[2] / "clients/python/src"))

ADDRESS = f"127.0.0.1:{sys.argv[1]}"
OUTPUTS = sys.argv[2:]
TRITON_DTYPES = {"F32": "FP32", "F16": "FP16", "BF16": "BF16", "I64": "INT64", "U8": "UINT8"}
LABEL_TYPES = {"I64": np.int64, "U8": np.uint8, "F32": np.float32}


def number_type(dtype):
    if dtype == "BF16":
        from ml_dtypes import bfloat16

        return bfloat16
    return {"F32": np.float32, "F16": np.float16}[dtype]


def read(mode, path):
    """Logits and labels, which the file has one behind the other."""
    shape, body = mode["shape"], Path(path).read_bytes()
    count = int(np.prod(shape))
    logits = np.frombuffer(body, number_type(mode["dtype"]), count).reshape(shape)
    labels = np.frombuffer(body, LABEL_TYPES[mode["label_dtype"]], offset=logits.nbytes)
    return logits, labels.reshape([shape[0], *shape[2:]] if mode["index"] else shape)


def totals(loss, gradients):
    gradient_l1 = np.abs(gradients, dtype=np.float32).sum(dtype=np.float64)
    return {"losses": [float(loss)], "gradient_l1": float(gradient_l1)}


class Triton:
    """Loss and breakdown are in the response."""

    NAME, KEY = "bench", "/focal_loss_bench_triton"
    region = None

    def __init__(self):
        import tritonclient.http
        import tritonclient.utils.shared_memory

        self.http, self.memory = tritonclient.http, tritonclient.utils.shared_memory
        self.client = self.http.InferenceServerClient(ADDRESS, network_timeout=600)

    def load(self, mode, logits, labels):
        self.close()
        self.options = mode["options"]
        self.gradients_at = logits.nbytes + labels.nbytes
        self.shape, self.dtype = logits.shape, number_type(self.options.get("gradients_dtype", "F32"))
        gradient_bytes = logits.size * np.dtype(self.dtype).itemsize
        size = self.gradients_at + gradient_bytes
        self.region = self.memory.create_shared_memory_region(self.NAME, self.KEY, size)
        self.client.register_system_shared_memory(self.NAME, self.KEY, size)
        # The bits of logits: tritonclient knows no bfloat16.
        bits = logits.view(np.uint16) if logits.itemsize == 2 else logits
        self.memory.set_shared_memory_region(self.region, [bits, labels])
        described = self.http.InferInput("logits", logits.shape, TRITON_DTYPES[mode["dtype"]])
        indices = self.http.InferInput("labels", labels.shape, TRITON_DTYPES[mode["label_dtype"]])
        described.set_shared_memory(self.NAME, logits.nbytes)
        indices.set_shared_memory(self.NAME, labels.nbytes, offset=logits.nbytes)
        self.inputs = [described, indices]
        self.outputs = [self.http.InferRequestedOutput(name) for name in ["gradients", *OUTPUTS]]
        self.outputs[0].set_shared_memory(self.NAME, gradient_bytes, offset=self.gradients_at)

    def call(self):
        result = self.client.infer("focal-loss", self.inputs, outputs=self.outputs, parameters=self.options)
        return result.as_numpy("loss")[0]

    def gradients(self):
        bits = np.uint16 if np.dtype(self.dtype).itemsize == 2 else self.dtype
        return self.memory.get_contents_as_numpy(self.region, bits, self.shape, self.gradients_at).view(self.dtype)

    def close(self):
        if self.region is not None:
            self.client.unregister_system_shared_memory(self.NAME)
            self.memory.destroy_shared_memory_region(self.region)
            self.region = None


class Client:
    """The package in clients/python."""

    result = None

    def __init__(self, in_place):
        from focal_loss_client import FocalLossClient

        self.client = FocalLossClient(f"http://{ADDRESS}", shared_memory="require", timeout=600)
        self.in_place = in_place

    def load(self, mode, logits, labels):
        self.result = None
        self.options = mode["options"]
        self.logits, self.labels = (self.placed(logits), self.placed(labels)) if self.in_place else (logits, labels)

    def placed(self, values):
        array = self.client.empty(values.shape, values.dtype)
        array[...] = values
        return array

    def call(self):
        self.result = None  # Else the next result needs regions of its own.
        self.result = self.client.focal_loss(logits=self.logits, labels=self.labels, **self.options)
        return self.result.loss

    def gradients(self):
        return self.result.gradients

    def close(self):
        self.client.close()


ways = {}
if find_spec("tritonclient"):
    ways["tritonclient"] = Triton()
if find_spec("urllib3"):
    ways["copied"] = Client(in_place=False)
    ways["in place"] = Client(in_place=True)


def load(mode, path):
    first = {}
    for name, way in ways.items():
        way.load(mode, *read(mode, path))
        first[name] = totals(way.call(), way.gradients())
    return first


def answer(asked):
    if "mode" in asked:
        return load(**asked)
    start = perf_counter()
    ways[asked["step"]].call()
    return {"ms": 1000 * (perf_counter() - start)}


serve(answer, ways=list(ways), versions=versions(*(["tritonclient"] if "tritonclient" in ways else [])))
for way in ways.values():
    way.close()
