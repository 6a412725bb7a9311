"""A server whose responses are scripted by the test."""

import json
import threading

import numpy as np
from fake_server import FakeServer

from focal_loss_client import safetensors

RESPONSE = {
    "loss": 0.5,
    "sum": 1.0,
    "denominator": 2,
    "counts": {"samples": 2, "classes": 1, "elements": 2, "ignored": 0, "positives": 1, "unknown_field": 3},
    "engine": {"name": "fake", "device": "none"},
    "duration_ms": {"queue": 0, "decode": 0, "compute": 0, "encode": 0},
}


def success(response=RESPONSE, content_type="application/vnd.safetensors", length=None):
    """A response with status 200, whose Content-Length can be wrong."""
    metadata = {} if response is None else {"response": json.dumps(response)}
    body = b"".join(safetensors.encode({"gradients": np.array([-0.25, 0.75], np.float32)}, metadata))
    return 200, {"Content-Type": content_type, "Content-Length": str(length or len(body))}, body


def problem(status, code, retry_after=None, **more):
    document = {"status": status, "code": code, "title": "A title", "detail": "A detail", "request_id": "r-1", **more}
    body = json.dumps(document).encode()
    headers = {"Content-Type": "application/problem+json; charset=utf-8", "Content-Length": str(len(body))}
    if retry_after is not None:
        headers["Retry-After"] = retry_after
    return status, headers, body


DISCONNECT = "disconnect"
NO_RESPONSE = "no response"


class FakeService(FakeServer):
    """Sends `responses` in order, and repeats the last; `requests` has the (port, path, headers, body) it received."""

    def __init__(self):
        super().__init__()
        self.responses = [success()]
        self.requests = []
        self._stop = threading.Event()

    def respond(self, request, body):
        response = self.responses[min(len(self.requests), len(self.responses) - 1)]
        self.requests.append((request.client_address[1], request.path, request.headers, body))
        if response == NO_RESPONSE:
            self._stop.wait()
        return None if response in (DISCONNECT, NO_RESPONSE) else response

    def __exit__(self, *_):
        self._stop.set()
        super().__exit__()
