"""Persistent connections to one service, over TCP, TLS or a Unix domain socket."""

from __future__ import annotations

import os
import socket
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import urllib3
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .connection_failure import connection_failure
from .errors import FocalLossError, service_error
from .retry import parse_retry_after

# The timeout applies to each chunk, so that a large body may take longer than it in total.
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Response:
    """An HTTP response. The body is a writable array, uint8 of shape [bytes]."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: np.ndarray

    @property
    def content_type(self) -> str:
        """Without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0]

    def error(self) -> FocalLossError:
        """Convert a response whose status is not 200 to an exception."""
        retry_after = parse_retry_after(self.headers.get("Retry-After"))
        return service_error(self.status, self.reason, self.content_type, self.body.tobytes(), retry_after)


class Transport:
    """A thread-safe pool of connections."""

    def __init__(self, url: str, pool_size: int, connect_timeout: float, read_timeout: float) -> None:
        """Parse the URL, without connecting.

        Args:
            url: `http://host:port/prefix`, `https://…` or `unix:///path/to/socket`.
            pool_size: Connections to keep open.
            connect_timeout: In seconds.
            read_timeout: In seconds.

        Raises:
            ValueError: The URL has another form.
        """
        self._url = url
        self.has_responded = False
        """Whether there was any response yet, be it an error."""
        self._timeout = urllib3.Timeout(connect=connect_timeout, read=read_timeout)
        self._pool_size = pool_size
        parts = urlsplit(url)
        self._prefix = parts.path.rstrip("/") if parts.scheme in ("http", "https") else ""
        self._pool = self._new_pool()
        _TRANSPORTS.add(self)

    def request(
        self,
        method: str,
        path: str,
        body: Sequence[memoryview],
        headers: Mapping[str, str],
        timeout: float | None = None,
    ) -> Response:
        """Send one request, without copying the body.

        Args:
            method: GET or POST.
            path: Behind the prefix.
            body: Its parts, in order.
            headers: All but Content-Length.
            timeout: Seconds to wait for the connection, and then for the response, instead of the usual ones.

        Raises:
            ServiceConnectionError: There was no response, or an incomplete one.
            ServiceTimeoutError: A timeout expired.
            UnexpectedResponseError: Something else than HTTP arrived.
            RuntimeError: This transport is closed.
        """
        length = {"Content-Length": str(sum(buffer.nbytes for buffer in body))}
        try:
            response = self._pool.urlopen(
                method,
                self._prefix + path,
                body=_chunks(body),  # type: ignore[arg-type]
                headers={**headers, **length},
                redirect=False,
                preload_content=False,
                decode_content=False,
                timeout=self._timeout if timeout is None else timeout,
            )
            self.has_responded = True
            try:
                return Response(response.status, response.reason or "", response.headers, _read_body(response))
            except BaseException:
                response.close()  # Unread bytes may follow, so the connection cannot be reused.
                raise
        except urllib3.exceptions.ClosedPoolError as error:
            raise RuntimeError("the client is closed") from error
        except (
            urllib3.exceptions.ProtocolError,
            urllib3.exceptions.SSLError,
            urllib3.exceptions.TimeoutError,
        ) as error:
            raise connection_failure(error, self._url, self.has_responded) from error

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.close()

    def _new_pool(self) -> HTTPConnectionPool:
        parts = urlsplit(self._url)
        settings: dict[str, Any] = {"maxsize": self._pool_size, "timeout": self._timeout, "retries": False}
        if parts.scheme == "unix" and parts.path and not parts.netloc:
            return _UnixConnectionPool(unquote(parts.path), **settings)
        if parts.scheme in ("http", "https") and parts.hostname:
            pool_class = HTTPSConnectionPool if parts.scheme == "https" else HTTPConnectionPool
            return pool_class(parts.hostname, parts.port, **settings)
        raise ValueError(f"expected a URL like http://host:8080 or unix:///path/to/socket, got {self._url!r}")


_TRANSPORTS: weakref.WeakSet[Transport] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    """Leave the connections to the parent: of two processes on one, each may read the response of the other."""
    for transport in list(_TRANSPORTS):
        transport._pool = transport._new_pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _chunks(body: Sequence[memoryview]) -> Iterator[memoryview]:
    for buffer in body:
        for start in range(0, buffer.nbytes, _CHUNK_BYTES):
            yield buffer[start : start + _CHUNK_BYTES]


def _read_body(response: urllib3.BaseHTTPResponse) -> np.ndarray:
    length = response.headers.get("Content-Length")
    if length is None:
        return np.frombuffer(bytearray(response.read()), np.uint8)
    body = np.empty(int(length), np.uint8)
    view = body.data
    offset = 0
    for chunk in response.stream(_CHUNK_BYTES):
        view[offset : offset + len(chunk)] = chunk
        offset += len(chunk)
    return body


class _UnixConnection(HTTPConnection):
    """A connection whose host serves only as the Host header."""

    def __init__(self, path: str, **settings: Any) -> None:
        super().__init__("localhost", **settings)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # The pool has converted it to seconds.
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except TimeoutError as error:
            raise urllib3.exceptions.ConnectTimeoutError(self, str(error)) from error
        except OSError as error:
            raise urllib3.exceptions.NewConnectionError(self, str(error)) from error


class _UnixConnectionPool(HTTPConnectionPool):
    def __init__(self, path: str, **settings: Any) -> None:
        super().__init__("localhost", **settings)
        self._path = path

    def _new_conn(self) -> _UnixConnection:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _UnixConnection(self._path, timeout=self.timeout.connect_timeout)
