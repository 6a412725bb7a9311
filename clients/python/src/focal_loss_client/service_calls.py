"""What the synchronous and the asynchronous client have in common: one call, from arguments to the result."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import safetensors
from .arrays import to_array
from .errors import UnexpectedResponseError
from .focal_loss_result import FocalLossResult, read_focal_loss_result
from .inference_endpoint import InferenceEndpoint
from .options import encode_options
from .retry import Retries
from .shared_memory import SharedMemory, SharedMemoryMode
from .sweep_result import SweepResult, read_sweep_result
from .transport import Transport
from .version import __version__

_FOCAL_LOSS_PATH = "/v1/focal-loss"
_SWEEP_PATH = "/v1/focal-loss/sweep"
_SAFETENSORS_TYPE = "application/vnd.safetensors"
_JSON_TYPE = "application/json"


class ServiceCalls:
    """Calls a focal-loss-service, from several threads at once."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None,
        timeout: float,
        connect_timeout: float,
        max_retry_seconds: float,
        max_startup_seconds: float,
        pool_size: int,
        shared_memory: SharedMemoryMode,
    ) -> None:
        """See `FocalLossClient`."""
        self._transport = Transport(url, pool_size, connect_timeout, timeout)
        self._retries = Retries(max_retry_seconds, max_startup_seconds, lambda: self._transport.has_responded)
        self._headers = {"User-Agent": f"focal-loss-client/{__version__}"}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self.shared_memory = SharedMemory(url, InferenceEndpoint(self._transport, self._headers), shared_memory)

    def focal_loss(
        self,
        inputs: Mapping[str, Any],
        options: Mapping[str, Any],
        stacklevel: int,
        cancelled: threading.Event | None = None,
    ) -> FocalLossResult:
        """Evaluate one batch.

        Args:
            inputs: Arrays by name; those that are None are not given.
            options: See `FocalLossOptions`.
            stacklevel: Of a warning that the call is retried; 1 is the caller of this method.
            cancelled: See `Retries.call`.
        """
        if options.get("gradients_dtype") == "BF16" and not safetensors.has_bfloat16():
            raise TypeError("gradients_dtype: BF16 requires the package ml_dtypes (pip install ml_dtypes)")
        arrays = _to_arrays(inputs)

        def over_wire() -> FocalLossResult:
            body = self._post(_FOCAL_LOSS_PATH, safetensors.encode(arrays, encode_options(options)), _SAFETENSORS_TYPE)
            try:
                return read_focal_loss_result(body)
            except (KeyError, TypeError, ValueError) as error:
                raise _unreadable(error) from error

        return self._retries.call(
            lambda: self.shared_memory.focal_loss(arrays, options, over_wire), stacklevel + 1, cancelled
        )

    def sweep(
        self,
        inputs: Mapping[str, Any],
        options: Mapping[str, Any],
        stacklevel: int,
        cancelled: threading.Event | None = None,
    ) -> SweepResult:
        """Evaluate one batch with every pair; `options` has `gammas`, and may have `alphas`."""
        request = safetensors.encode(_to_arrays(inputs), encode_options(options))
        body = self._retries.call(lambda: self._post(_SWEEP_PATH, request, _JSON_TYPE), stacklevel + 1, cancelled)
        try:
            return read_sweep_result(body.tobytes())
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(error) from error

    def close(self) -> None:
        """Remove the regions of shared memory, and close the connections."""
        self.shared_memory.close()
        self._transport.close()

    def _post(self, path: str, body: Sequence[memoryview], accepted_type: str) -> np.ndarray:
        headers = {**self._headers, "Content-Type": _SAFETENSORS_TYPE, "Accept": accepted_type}
        response = self._transport.request("POST", path, body, headers)
        if response.status != 200:
            raise response.error()
        if response.content_type != accepted_type:
            raise UnexpectedResponseError(f"expected a response of type {accepted_type}, got {response.content_type!r}")
        return response.body


def _to_arrays(inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Convert those inputs that are given.

    Raises:
        TypeError: There are no labels, or an input is no array of numbers.
    """
    if inputs.get("labels") is None:
        raise TypeError("the argument 'labels' is missing")
    return {name: to_array(value, name) for name, value in inputs.items() if value is not None}


def _unreadable(error: Exception) -> UnexpectedResponseError:
    return UnexpectedResponseError(f"the response could not be read: {error!r}")
