"""Calls the service with each client that is installed; see ./run."""

import importlib.util
import shutil
import sys

import numpy as np

from batch import ARRAYS, Reference
from curl import call_curl
from npz_files import call_npz
from perf_analyzer import call_perf_analyzer, find_perf_analyzer
from recorder import Recorder
from safetensors_files import call_safetensors
from service import running_service
from snippets import call_snippets
from triton import call_aio, call_sync
from triton_shared_memory import call_regions_aio, call_regions_sync


def main(record: bool) -> None:
    with running_service() as service:
        reference = Reference(service)
        logits = ARRAYS["logits"].astype(np.float16).astype(float).tolist()
        in_float16 = Reference(service, logits=logits, gradients_dtype="F16")

        clients = {
            "tritonclient": lambda address: call_sync(address, reference, in_float16),
            "tritonclient-aio": lambda address: call_aio(address, reference, in_float16),
            "tritonclient-regions": lambda address: call_regions_sync(address, reference),
            "tritonclient-regions-aio": lambda address: call_regions_aio(address, reference),
        }
        if importlib.util.find_spec("kserve"):
            from kserve_rest import call_kserve

            clients["kserve"] = lambda address: call_kserve(address, reference)
        else:
            print("skipped: KServe's client is not installed")
        if shutil.which("curl"):
            clients["curl"] = lambda address: call_curl(address, reference)
        else:
            print("skipped: curl and the page's snippets, there is no curl")

        recorder = Recorder(service) if record else None
        for name, call in clients.items():
            if recorder:
                recorder.turn(name)
            print(f"ok: {name}: {call(recorder.address if recorder else service)}")
        print(f"ok: safetensors: {call_safetensors(service, reference)}")
        if program := find_perf_analyzer():
            print(f"ok: perf_analyzer: {call_perf_analyzer(service, program)}")
        else:
            print("skipped: perf_analyzer is not installed, which takes glibc 2.38")
        print(f"ok: npz: {call_npz(service, reference)}")
        if shutil.which("curl"):
            print(f"ok: docs: {call_snippets(service)}")


main(record="--record" in sys.argv)
