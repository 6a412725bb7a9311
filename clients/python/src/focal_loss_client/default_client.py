"""The client of callers that do not create one."""

from __future__ import annotations

import os
import threading

from .client import FocalLossClient
from .default_url import default_url

ClientOrUrl = FocalLossClient | str | None

_lock = threading.Lock()
_clients: dict[tuple[int, str], FocalLossClient] = {}


def client_for(client: ClientOrUrl = None) -> FocalLossClient:
    """Return a client as it is, or the one client of this process for a URL.

    Args:
        client: A client; or a URL; or None for the URL in the environment variable `FOCAL_LOSS_URL`, by default
            `http://127.0.0.1:8080`.

    Raises:
        TypeError: It is something else, such as an `AsyncFocalLossClient`.
        ValueError: The URL has another form than that of `FocalLossClient`.
    """
    if isinstance(client, FocalLossClient):
        return client
    if not isinstance(client, (str, type(None))):
        raise TypeError(f"client: expected a FocalLossClient, its URL or None, got {type(client).__name__}")
    url = client or default_url()
    key = os.getpid(), url  # A forked process needs a client of its own.
    with _lock:
        if key not in _clients:
            _clients[key] = FocalLossClient(url)
        return _clients[key]
