"""A server whose responses are scripted by the test."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

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


class FakeService:
    """Sends `responses` in order, and repeats the last; `requests` has the (port, path, headers, body) it received."""

    def __init__(self):
        self.responses = [success()]
        self.requests = []
        self._stop = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                response = service.responses[min(len(service.requests), len(service.responses) - 1)]
                service.requests.append((self.client_address[1], self.path, self.headers, body))
                if response == NO_RESPONSE:
                    service._stop.wait()
                if response in (DISCONNECT, NO_RESPONSE):
                    self.close_connection = True
                    return
                status, headers, content = response
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
                self.close_connection = int(headers.get("Content-Length", 0)) != len(content)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
