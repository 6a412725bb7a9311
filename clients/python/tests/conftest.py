import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from fake_service import FakeService

MAIN = Path(__file__).parents[3] / "dist" / "main.js"


def _missing():
    if shutil.which("node") is None:
        return "there is no node, and FOCAL_LOSS_URL names no service"
    if not MAIN.exists():
        return "the service is not built (npm ci && npm run build), and FOCAL_LOSS_URL names none"
    return None


def _start(*flags):
    """Start the built service, and return the process and the log line that says where it listens."""
    process = subprocess.Popen(["node", str(MAIN), "--engine-threads", "1", *flags], stdout=subprocess.PIPE, text=True)
    address = None
    for line in process.stdout:
        message = json.loads(line)["msg"]
        if message.startswith("listening at "):
            address = message[len("listening at ") :]
        if message == "ready":
            return process, address
    raise RuntimeError(f"the service ended with {process.wait()} before it was ready")


@pytest.fixture(scope="session")
def service_url():
    url = os.environ.get("FOCAL_LOSS_URL")
    if url:
        yield url
        return
    if _missing():
        pytest.skip(_missing())
    process, address = _start("--port", "0")
    yield address
    process.terminate()
    process.wait()


@pytest.fixture
def own_service():
    """Starts a service with the flags that a test needs, and gives its process and address."""
    if _missing():
        pytest.skip(_missing())
    processes = []

    def start(*flags):
        process, address = _start(*flags)
        processes.append(process)
        return process, address

    yield start
    for process in processes:
        process.terminate()
        process.wait()


@pytest.fixture
def fake():
    with FakeService() as service:
        yield service
