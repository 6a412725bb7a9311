"""The client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import safetensors
from .errors import UnexpectedResponseError
from .focal_loss_result import FocalLossResult, read_focal_loss_result
from .focal_loss_warning import WarningFilter
from .foreign_names import with_name_hints
from .inference_endpoint import InferenceEndpoint
from .options import Alpha, BatchOptions, FocalLossOptions, encode_options
from .retry import call_with_retries
from .shared_memory import SharedMemory, SharedMemoryMode
from .sweep_result import SweepResult, read_sweep_result
from .transport import Transport

if TYPE_CHECKING:
    from typing_extensions import Unpack

_FOCAL_LOSS_PATH = "/v1/focal-loss"
_SWEEP_PATH = "/v1/focal-loss/sweep"
_SAFETENSORS_TYPE = "application/vnd.safetensors"
_JSON_TYPE = "application/json"
_CALLER = 3
"""The stack level of the code that calls `focal_loss` or `sweep`: `with_name_hints` is in between."""


class FocalLossClient:
    """Calls a focal-loss-service. Threads can share one client; a forked process needs a client of its own."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        api_key: str | None = None,
        timeout: float = 65.0,
        connect_timeout: float = 5.0,
        max_retry_seconds: float = 60.0,
        pool_size: int = 8,
        shared_memory: SharedMemoryMode = "auto",
    ) -> None:
        """Create a client, which connects on its first call.

        Args:
            url: `http://host:port` or `https://host:port`, optionally with a path prefix, or `unix:///path/to/socket`.
            api_key: Sent as `Authorization: Bearer`.
            timeout: Seconds to wait for a response. The service itself times out after 60 s by default.
            connect_timeout: Seconds to wait for a connection.
            max_retry_seconds: A call starts no further attempt after this many seconds; 0 turns retries off. The same
                batch always yields the same result, so broken connections are retried, too.
            pool_size: Connections to keep open. If more threads call at the same time, temporary ones are added.
            shared_memory: Whether large arrays of `focal_loss` lie in memory that the service reads and writes, instead
                of travelling. `auto`: if the URL is that of this machine and the service can. `off`: never. `require`:
                at any URL; the first call raises `SharedMemoryError` if the service cannot. The results are the same.

        Raises:
            ValueError: The URL has another form, or `shared_memory` is none of the three.
        """
        self.url = url
        """As given."""
        self._transport = Transport(url, pool_size, connect_timeout, timeout)
        self._max_retry_seconds = max_retry_seconds
        self._warning_filter = WarningFilter()
        self._headers = {"User-Agent": "focal-loss-client"}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._shared_memory = SharedMemory(url, InferenceEndpoint(self._transport, self._headers), shared_memory)

    @with_name_hints
    def focal_loss(
        self,
        *,
        labels: Any,
        logits: Any = None,
        probabilities: Any = None,
        sample_weights: Any = None,
        element_weights: Any = None,
        **options: Unpack[FocalLossOptions],
    ) -> FocalLossResult:
        """Evaluate one batch.

        Arrays can be anything that `numpy.asarray` accepts: lists, PyTorch tensors on the CPU, JAX arrays.
        Predictions are either `logits` or `probabilities`.

        Args:
            labels: Class indices, in the shape of the predictions without the class axis, or dense labels in [0, 1], in
                the shape of the predictions. With one class under sigmoid, labels without the class axis are 0 and 1,
                unless there is a `background_index`. Integers of up to 64 bits, bool or floats.
            logits: [samples], [samples, classes] or up to 5 axes; float64, float32, float16 or bfloat16, or integers,
                which are rounded to float32. With one axis, there is one class, and its labels are 0 and 1.
            probabilities: Like `logits`, in [0, 1]. Gradients are then with respect to the probabilities.
            sample_weights: Weights ≥ 0, in the shape of the predictions without the class axis.
            element_weights: Weights ≥ 0, in the shape of the predictions; for sigmoid.
            **options: See `FocalLossOptions`.

        Raises:
            TypeError: An array has an unsupported dtype, an argument has the name that it has in another library, or
                BF16 was requested while ml_dtypes is not installed.
            InvalidRequestError: The request is invalid; `problem.errors` lists each mistake and its location.
            ServiceUnavailableError: The service was overloaded, starting or shutting down for longer than
                `max_retry_seconds`.
            ServiceError: The service failed otherwise.
            ServiceConnectionError: The service could not be reached for longer than `max_retry_seconds`.
            ServiceTimeoutError: Likewise, and the last attempt exceeded `timeout` or `connect_timeout`.
            SharedMemoryError: `shared_memory` is `require`, and there is none.
            UnexpectedResponseError: The response is not one of this service.
        """
        if options.get("gradients_dtype") == "BF16" and not safetensors.has_bfloat16():
            raise TypeError("gradients_dtype: BF16 requires the package ml_dtypes (pip install ml_dtypes)")
        arrays = _to_arrays(
            logits=logits,
            probabilities=probabilities,
            labels=labels,
            sample_weights=sample_weights,
            element_weights=element_weights,
        )

        def over_wire() -> FocalLossResult:
            return self._focal_loss_over_wire(safetensors.encode(arrays, encode_options(options)))

        result = call_with_retries(
            lambda: self._shared_memory.focal_loss(arrays, options, over_wire), self._max_retry_seconds
        )
        self._warning_filter.warn(result.warnings, stacklevel=_CALLER)
        return result

    @with_name_hints
    def sweep(
        self,
        *,
        labels: Any,
        gammas: Sequence[float] | np.ndarray,
        alphas: Sequence[Alpha] | np.ndarray | None = None,
        logits: Any = None,
        probabilities: Any = None,
        sample_weights: Any = None,
        element_weights: Any = None,
        **options: Unpack[BatchOptions],
    ) -> SweepResult:
        """Evaluate one batch with every pair of a gamma and an alpha, and summarize each pair.

        The batch is sent and decoded once, so a sweep takes a fraction of the time of one call per pair.

        Args:
            labels: As in `focal_loss`.
            gammas: Focusing parameters ≥ 0.
            alphas: Values that the option `alpha` accepts; by default its default alone.
            logits: As in `focal_loss`.
            probabilities: As in `focal_loss`.
            sample_weights: As in `focal_loss`.
            element_weights: As in `focal_loss`.
            **options: See `BatchOptions`.

        Raises:
            TypeError: As in `focal_loss`.
            InvalidRequestError: As in `focal_loss`, or there are more than 256 pairs.
            ServiceUnavailableError: As in `focal_loss`.
            ServiceError: As in `focal_loss`.
            ServiceConnectionError: As in `focal_loss`.
            ServiceTimeoutError: As in `focal_loss`.
            UnexpectedResponseError: As in `focal_loss`.
        """
        arrays = _to_arrays(
            logits=logits,
            probabilities=probabilities,
            labels=labels,
            sample_weights=sample_weights,
            element_weights=element_weights,
        )
        grid = {"gammas": gammas} if alphas is None else {"gammas": gammas, "alphas": alphas}
        request = safetensors.encode(arrays, encode_options({**options, **grid}))
        body = call_with_retries(lambda: self._post(_SWEEP_PATH, request, _JSON_TYPE), self._max_retry_seconds)
        try:
            result = read_sweep_result(body.tobytes())
        except (KeyError, TypeError, ValueError) as error:
            raise UnexpectedResponseError(f"the response could not be read: {error!r}") from error
        self._warning_filter.warn(result.warnings, stacklevel=_CALLER)
        return result

    def empty(self, shape: int | Sequence[int], dtype: Any = np.float32) -> np.ndarray:
        """Return an array of any content, which `focal_loss` does not have to copy.

        It lies in shared memory if there is any, and is an ordinary array if not. Its memory is its own: it is reused
        only when neither it nor a view of it is referenced any more. The same holds for the arrays of results.

        Args:
            shape: The sizes of its axes, such as (samples, classes).
            dtype: Any that `focal_loss` accepts.
        """
        return self._shared_memory.empty(shape, dtype)

    def close(self) -> None:
        """Remove the regions of shared memory, and close the connections. Arrays of results stay valid."""
        self._shared_memory.close()
        self._transport.close()

    def __enter__(self) -> FocalLossClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _focal_loss_over_wire(self, body: Sequence[memoryview]) -> FocalLossResult:
        response = self._post(_FOCAL_LOSS_PATH, body, _SAFETENSORS_TYPE)
        try:
            return read_focal_loss_result(response)
        except (KeyError, TypeError, ValueError) as error:
            raise UnexpectedResponseError(f"the response could not be read: {error!r}") from error

    def _post(self, path: str, body: Sequence[memoryview], accepted_type: str) -> np.ndarray:
        headers = {**self._headers, "Content-Type": _SAFETENSORS_TYPE, "Accept": accepted_type}
        response = self._transport.request("POST", path, body, headers)
        if response.status != 200:
            raise response.error()
        if response.content_type != accepted_type:
            raise UnexpectedResponseError(f"expected a response of type {accepted_type}, got {response.content_type!r}")
        return response.body


def _to_arrays(**arrays: Any) -> dict[str, np.ndarray]:
    """Convert those inputs that are given."""
    return {name: np.asarray(array) for name, array in arrays.items() if array is not None}
