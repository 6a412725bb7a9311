"""The built service on a free port, and its answers to JSON as the reference."""

import json
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

MAIN = Path(__file__).parents[2] / "dist" / "main.js"


@contextmanager
def running_service():
    """Yields host:port once the engine is warm."""
    process = subprocess.Popen(
        ["node", str(MAIN), "--port", "0", "--engine-threads", "1", "--shared-memory", "on"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = None
        for line in process.stdout:
            log = json.loads(line)
            if log["msg"].startswith("listening at "):
                address = urlsplit(log["msg"].removeprefix("listening at ")).netloc
            if log["msg"] == "ready":
                break
        else:
            raise RuntimeError("the service ended before it was ready")
        yield address
    finally:
        process.terminate()
        process.communicate()


def focal_loss(address: str, body: bytes | dict, content_type: str = "application/json") -> bytes:
    """What POST /v1/focal-loss answers."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    request = urllib.request.Request(f"http://{address}/v1/focal-loss", data, {"Content-Type": content_type})
    with urllib.request.urlopen(request) as response:
        return response.read()
