"""The service's Open Inference Protocol, with Triton's extension for shared memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .errors import RETRYABLE_STATUSES, SharedMemoryError
from .region import Region
from .transport import Response, Transport

_MODEL_PATH = "/v2/models/focal-loss"
_REGIONS_PATH = "/v2/systemsharedmemory"
_EXTENSION = "system_shared_memory"
# At exit, nobody waits for a service that does not respond.
_UNREGISTER_TIMEOUT_S = 1.0


class InferenceEndpoint:
    """Calls it.

    Each method raises `ServiceConnectionError` if the service cannot be reached, and all but `infer` raise
    `ServiceUnavailableError` if it is too busy, or starts or shuts down.
    """

    def __init__(self, transport: Transport, headers: Mapping[str, str]) -> None:
        self._transport = transport
        self._headers = {**headers, "Content-Type": "application/json"}

    def check_extension(self) -> None:
        """Check that the service can use shared memory.

        Raises:
            SharedMemoryError: It cannot.
        """
        metadata = _parse(self._request("GET", "/v2"))
        if not isinstance(metadata, dict) or _EXTENSION not in (metadata.get("extensions") or ()):
            raise SharedMemoryError(
                "the service does not offer shared memory: start it with SHARED_MEMORY=on, or update it"
            )

    def output_names(self) -> list[str]:
        """Return the names of all outputs.

        Raises:
            SharedMemoryError: The service does not say.
        """
        metadata = _parse(self._request("GET", _MODEL_PATH))
        try:
            return [output["name"] for output in metadata["outputs"]]
        except (KeyError, TypeError) as error:
            raise SharedMemoryError(f"the service does not describe its model at {_MODEL_PATH}") from error

    def register(self, region: Region) -> None:
        """Make a region known to the service, unless it is already.

        Raises:
            SharedMemoryError: The service cannot use it.
        """
        if region.registered:
            return
        body = {"key": f"/{region.name}", "offset": 0, "byte_size": region.capacity}
        response = self._request("POST", f"{_REGIONS_PATH}/region/{region.name}/register", json.dumps(body).encode())
        # The response to an earlier attempt may have been lost, or another thread has registered it.
        if response.status != 200 and region.name not in self.registered_names():
            document = _parse(response)
            reason = document.get("error") if isinstance(document, dict) else None
            raise SharedMemoryError(f"the service cannot use shared memory: {reason or f'status {response.status}'}")
        region.registered = True

    def unregister(self, name: str) -> None:
        """Make the service forget a region."""
        self._request("POST", f"{_REGIONS_PATH}/region/{name}/unregister", b"{}", _UNREGISTER_TIMEOUT_S)

    def registered_names(self) -> frozenset[str]:
        """Return the names of the regions that the service knows, of all its clients."""
        regions = _parse(self._request("GET", f"{_REGIONS_PATH}/status"))
        try:
            return frozenset(region["name"] for region in regions)
        except (KeyError, TypeError):
            return frozenset()

    def infer(self, body: memoryview) -> Response:
        """Evaluate a batch."""
        return self._transport.request("POST", f"{_MODEL_PATH}/infer", [body], self._headers)

    def _request(self, method: str, path: str, body: bytes = b"", timeout: float | None = None) -> Response:
        response = self._transport.request(method, path, [memoryview(body)], self._headers, timeout)
        if response.status in RETRYABLE_STATUSES:
            raise response.error()
        return response


def _parse(response: Response) -> Any:
    try:
        return json.loads(response.body.tobytes())
    except ValueError:
        return None
