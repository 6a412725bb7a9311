"""Kept connections to one service, over TCP, TLS or a Unix socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import urllib3
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .errors import ConnectionFailed, TimedOut

# A send has to make as much progress as this before the connection's timeout.
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Answer:
    """Status, headers and body, which is uint8 of rank 1 and may be written to."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: np.ndarray


class Transport:
    """A thread-safe pool of connections."""

    def __init__(self, url: str, connections: int, connect_timeout: float, read_timeout: float) -> None:
        """Take an address, `http://host:port/prefix`, `https://…` or `unix:///path/of/socket`; connect to nothing yet.

        Raises:
            ValueError: The address is none of these.
        """
        parts = urlsplit(url)
        settings: dict[str, Any] = {
            "maxsize": connections,
            "timeout": urllib3.Timeout(connect=connect_timeout, read=read_timeout),
            "retries": False,
        }
        self._prefix = ""
        self._pool: HTTPConnectionPool
        if parts.scheme == "unix" and parts.path and not parts.netloc:
            self._pool = _UnixPool(unquote(parts.path), **settings)
        elif parts.scheme in ("http", "https") and parts.hostname:
            self._prefix = parts.path.rstrip("/")
            kind = HTTPSConnectionPool if parts.scheme == "https" else HTTPConnectionPool
            self._pool = kind(parts.hostname, parts.port, **settings)
        else:
            raise ValueError(f"expected an address like http://host:8080 or unix:///path/of/socket, got {url!r}")

    def post(self, path: str, body: Sequence[memoryview], headers: Mapping[str, str]) -> Answer:
        """Post once; the body's pieces go to the socket as they lie.

        Raises:
            ConnectionFailed: Nothing, or half an answer, came.
        """
        length = {"Content-Length": str(sum(piece.nbytes for piece in body))}
        try:
            response = self._pool.urlopen(
                "POST",
                self._prefix + path,
                body=_cut(body),  # type: ignore[arg-type]
                headers={**headers, **length},
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                return Answer(response.status, response.reason or "", response.headers, _read(response))
            except BaseException:
                response.close()  # There may be more to come: the connection is of no further use.
                raise
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ProtocolError) as error:
            raise ConnectionFailed(str(error)) from error
        except urllib3.exceptions.TimeoutError as error:
            raise TimedOut(str(error)) from error

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._pool.close()


def _cut(body: Sequence[memoryview]) -> Iterator[memoryview]:
    for piece in body:
        for start in range(0, piece.nbytes, _PIECE_BYTES):
            yield piece[start : start + _PIECE_BYTES]


def _read(response: urllib3.BaseHTTPResponse) -> np.ndarray:
    length = response.headers.get("Content-Length")
    if length is None:
        return np.frombuffer(bytearray(response.read()), np.uint8)
    body = np.empty(int(length), np.uint8)
    view = body.data
    at = 0
    for piece in response.stream(_PIECE_BYTES):
        view[at : at + len(piece)] = piece
        at += len(piece)
    return body


class _UnixConnection(HTTPConnection):
    """The host is for the Host header alone."""

    def __init__(self, path: str, **settings: Any) -> None:
        super().__init__("localhost", **settings)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # The pool has resolved it to seconds.
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _UnixPool(HTTPConnectionPool):
    def __init__(self, path: str, **settings: Any) -> None:
        super().__init__("localhost", **settings)
        self._path = path

    def _new_conn(self) -> _UnixConnection:
        return _UnixConnection(self._path, timeout=self.timeout.connect_timeout)
