"""The safetensors package: its file goes to /v1/focal-loss, and it reads the file that comes back."""

import json
import tempfile
from pathlib import Path

from safetensors import safe_open
from safetensors.numpy import save

from batch import ARRAYS, OPTIONS, OUTPUTS, Reference
from service import focal_loss


def call_safetensors(address: str, reference: Reference) -> str:
    metadata = {name: value if isinstance(value, str) else json.dumps(value) for name, value in OPTIONS.items()}
    answer = focal_loss(address, save(ARRAYS, metadata), "application/vnd.safetensors")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.safetensors"
        path.write_bytes(answer)
        with safe_open(path, "numpy") as file:
            for name in OUTPUTS[1:]:
                reference.check(name, file.get_tensor(name))
            response = json.loads(file.metadata()["response"])
    assert response["counts"]["samples"] == 5 and response["class_names"] == OPTIONS["class_names"]
    return "a file in, a file out"
