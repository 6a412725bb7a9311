import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_keras_on_a_backend(service_url, backend):
    """In a process of its own, as Keras has one backend for each process."""
    for package in ("keras", backend):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    environment = {**os.environ, "KERAS_BACKEND": backend, "FOCAL_LOSS_URL": service_url}
    if backend == os.environ.get("KERAS_BACKEND", "torch"):
        pytest.skip("test_keras.py has run on it")
    command = [sys.executable, "-m", "pytest", "-q", str(Path(__file__).with_name("test_keras.py"))]
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=600)
    assert result.returncode == 0, result.stdout
