import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from fake_service import FakeService

MAIN = Path(__file__).parents[3] / "dist" / "main.js"


def _unavailable_reason():
    if shutil.which("node") is None:
        return "node is not installed, and FOCAL_LOSS_URL is not set"
    if not MAIN.exists():
        return "the service is not built (npm ci && npm run build), and FOCAL_LOSS_URL is not set"
    return None


def _start(*flags):
    """Start the built service, wait until it is ready, and return its process and its URL."""
    process = subprocess.Popen(["node", str(MAIN), "--engine-threads", "1", *flags], stdout=subprocess.PIPE, text=True)
    url = None
    for line in process.stdout:
        message = json.loads(line)["msg"]
        if message.startswith("listening at "):
            url = message[len("listening at ") :]
        if message == "ready":
            return process, url
    raise RuntimeError(f"the service exited with status {process.wait()} before it was ready")


def _starter():
    if _unavailable_reason():
        pytest.skip(_unavailable_reason())
    processes = []

    def start(*flags):
        process, url = _start(*flags)
        processes.append(process)
        return process, url

    yield start
    for process in processes:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def service_url():
    url = os.environ.get("FOCAL_LOSS_URL")
    if url:
        yield url
        return
    if _unavailable_reason():
        pytest.skip(_unavailable_reason())
    process, url = _start("--port", "0")
    yield url
    process.terminate()
    process.wait()


@pytest.fixture
def start_service():
    """A function that starts another service with the given flags, and returns its process and its URL."""
    yield from _starter()


@pytest.fixture(scope="module")
def start_services():
    """Likewise, for all tests of a module."""
    yield from _starter()


@pytest.fixture
def fake():
    with FakeService() as service:
        yield service


@pytest.fixture
def one_thread():
    """The threads of OpenMP wait for each other by spinning, which takes minutes on a busy machine."""
    with pytest.importorskip("threadpoolctl").threadpool_limits(1):
        yield
