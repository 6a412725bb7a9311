"""What it means that a request got no response, in the words of this client."""

from __future__ import annotations

import http.client
import socket

import urllib3

from .errors import FocalLossError, ServiceConnectionError, ServiceTimeoutError, UnexpectedResponseError

HOW_TO_START = (
    "Start the service, by `npm ci && npm start` in a clone of focal-loss-service or by "
    "`docker run -p 127.0.0.1:8080:8080 ghcr.io/focal-loss-service/focal-loss-service`, "
    "or pass the URL of one that runs."
)
# What OpenSSL says if the bytes are not of TLS.
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "UNEXPECTED_MESSAGE")
_CUT_OFF = ("EOF", "ZERO_RETURN")
_TLS_ALERT = "\x15\x03"
_NO_HTTP = (http.client.BadStatusLine, http.client.LineTooLong, http.client.UnknownProtocol)
_MAX_SHOWN = 60


def connection_failure(error: urllib3.exceptions.HTTPError, url: str, has_responded: bool) -> FocalLossError:
    """Convert an exception of urllib3.

    Args:
        error: Raised by a request.
        url: Of the service.
        has_responded: Whether anything there has ever responded. If not, the URL may be wrong.
    """
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return _unreached(ServiceConnectionError, url, _reason(error), has_responded)
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        return _unreached(ServiceTimeoutError, url, "no connection within connect_timeout", has_responded)
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return ServiceTimeoutError(f"{url}: no response within timeout: {error}")
    if isinstance(error, urllib3.exceptions.SSLError):
        return _without_tls(error, url, has_responded)
    cause = error.args[-1] if error.args else None
    # A disconnection is a bad status line, too, for http.client.
    if isinstance(cause, _NO_HTTP) and not isinstance(cause, ConnectionError) and not has_responded:
        return _without_http(cause, url)
    return ServiceConnectionError(f"{url}: {cause if isinstance(cause, Exception) else error}")


def _unreached(
    kind: type[ServiceConnectionError], url: str, reason: str, has_responded: bool
) -> ServiceConnectionError:
    if has_responded:
        return kind(f"{url}: {reason}", unreached=True)
    return kind(f"cannot reach the service at {url}: {reason}. {HOW_TO_START}", unreached=True)


def _reason(error: urllib3.exceptions.NewConnectionError) -> str:
    cause = error.__cause__
    if isinstance(cause, socket.gaierror):
        return f"its name cannot be resolved ({cause.strerror})"
    if isinstance(cause, ConnectionRefusedError):
        return "nothing listens there (connection refused)"
    if isinstance(cause, FileNotFoundError):
        return "there is no such socket"
    if isinstance(cause, OSError):
        return cause.strerror or str(cause)
    return str(error)


def _without_tls(error: urllib3.exceptions.SSLError, url: str, has_responded: bool) -> ServiceConnectionError:
    text = str(error)
    permanent = not has_responded and not any(name in text for name in _CUT_OFF)
    if permanent and any(name in text for name in _NO_TLS):
        message = f"what listens at {url} does not speak TLS: try http:// instead of https:// ({text})"
    else:
        message = f"{url}: no connection by TLS: {text}"
    return ServiceConnectionError(message, permanent=permanent)


def _without_http(cause: http.client.HTTPException, url: str) -> UnexpectedResponseError:
    text = str(cause)
    # A bad status line is the text of its error, quoted.
    if _TLS_ALERT in text or repr(_TLS_ALERT)[1:-1] in text:
        return UnexpectedResponseError(f"what listens at {url} speaks TLS: try https:// instead of http://")
    return UnexpectedResponseError(f"what listens at {url} does not speak HTTP: it responded {text[:_MAX_SHOWN]}")
