"""Whether the arrays of a call travel, or lie in memory that the service can read and write."""

from __future__ import annotations

import math
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np

from .errors import FocalLossError, ServiceConnectionError, ServiceUnavailableError, SharedMemoryError
from .focal_loss_result import FocalLossResult
from .inference_endpoint import InferenceEndpoint
from .inference_outputs import UnsupportedCallError
from .local_address import is_local
from .region_pool import RegionPool
from .shared_memory_call import RejectedCallError, call_in_shared_memory

SharedMemoryMode = Literal["auto", "off", "require"]

# Smaller batches take less time over the wire.
_MIN_BYTES = 1 << 19
# How long a service that could use shared memory is not asked again after it could not, or there was too little.
_PAUSE_S = 60.0


class SharedMemory:
    """The regions that one client and its service have in common."""

    def __init__(self, url: str, endpoint: InferenceEndpoint, mode: SharedMemoryMode) -> None:
        """Remember how to reach the service, without connecting.

        Raises:
            ValueError: There is no such mode.
        """
        if mode not in ("auto", "off", "require"):
            raise ValueError(f"shared_memory: expected 'auto', 'off' or 'require', got {mode!r}")
        self._url = url
        self._endpoint = endpoint
        self._mode = mode
        self._pool = RegionPool()
        self._lock = threading.Lock()
        self._output_names: list[str] | None = None
        self._pause_reason = ""
        self._paused_until = 0.0
        weakref.finalize(self, _remove_regions, self._pool, endpoint)

    def focal_loss(
        self,
        arrays: Mapping[str, np.ndarray],
        options: Mapping[str, Any],
        over_wire: Callable[[], FocalLossResult],
    ) -> FocalLossResult:
        """Evaluate one batch.

        Args:
            arrays: Inputs by name.
            options: See `FocalLossOptions`.
            over_wire: Evaluates the same batch over the wire.

        Raises:
            SharedMemoryError: The mode is `require`, and there is no shared memory.
            FocalLossError: As in `FocalLossClient.focal_loss`.
        """
        rejection = None
        try:
            result = self._try(arrays, options)
        except UnsupportedCallError:
            result = None
        except SharedMemoryError:
            if self._mode == "require":
                raise
            result = None
        except RejectedCallError as error:
            result, rejection = None, str(error)
        if result is None:
            result = over_wire()  # If it is the request that is wrong, this raises what is.
            if rejection is not None:
                self._pause(f"the service accepted a batch over the wire alone: {rejection}", _PAUSE_S)
                if self._mode == "require":
                    raise SharedMemoryError(self._pause_reason)
        return result

    def empty(self, shape: int | Sequence[int], dtype: Any) -> np.ndarray:
        """Return an array of any content, in shared memory unless it is known that there is none."""
        dtype = np.dtype(dtype)
        sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
        nbytes = math.prod(sizes) * dtype.itemsize
        if nbytes > 0 and self._mode != "off" and not self._is_paused() and self._absence is None:
            try:
                array: np.ndarray = self._pool.lease(nbytes)[1][:nbytes].view(dtype).reshape(sizes)
                return array
            except OSError:
                pass  # There is not enough of it.
        return np.empty(sizes, dtype)

    def close(self) -> None:
        """Remove the regions. Arrays that lie in them stay valid."""
        _remove_regions(self._pool, self._endpoint)

    def _try(self, arrays: Mapping[str, np.ndarray], options: Mapping[str, Any]) -> FocalLossResult | None:
        """Evaluate one batch, unless it is for the wire."""
        small = sum(array.nbytes for array in arrays.values()) < _MIN_BYTES
        if self._mode == "off" or (small and self._mode == "auto"):
            return None
        try:
            output_names = self._connect()
        except (ServiceConnectionError, ServiceUnavailableError):
            if self._mode == "require":
                raise
            return None
        if small:
            return None
        try:
            return call_in_shared_memory(self._pool, self._endpoint, arrays, options, output_names)
        except SharedMemoryError as error:
            self._pause(str(error), _PAUSE_S)
            raise

    def _connect(self) -> list[str]:
        """Return the names of the service's outputs, after one try with a small region.

        Raises:
            SharedMemoryError: There is no shared memory.
            ServiceConnectionError, ServiceUnavailableError: The service could not be asked.
        """
        with self._lock:
            if self._is_paused():
                raise SharedMemoryError(self._pause_reason)
            if self._output_names is None:
                try:
                    self._output_names = self._handshake()
                except SharedMemoryError as error:
                    self._pause(str(error), math.inf)
                    raise
            return self._output_names

    def _handshake(self) -> list[str]:
        if self._absence is not None:
            raise SharedMemoryError(self._absence)
        self._endpoint.check_extension()
        try:
            region, _lease = self._pool.lease(1)
        except OSError as error:
            raise SharedMemoryError(f"there is no shared memory: {error}") from error
        try:
            self._endpoint.register(region)
        except BaseException:
            self._pool.remove(region)
            raise
        return self._endpoint.output_names()

    @cached_property
    def _absence(self) -> str | None:
        """Why the service is not asked for it; None if it is."""
        if not sys.platform.startswith("linux"):
            return f"shared memory is supported on Linux, not on {sys.platform}"
        # A container that shares this memory may have an address of its own.
        if self._mode == "require" or is_local(self._url):
            return None
        return f"{self._url} may be another machine"

    def _pause(self, reason: str, seconds: float) -> None:
        self._pause_reason = reason
        self._paused_until = time.monotonic() + seconds

    def _is_paused(self) -> bool:
        return time.monotonic() < self._paused_until


def _remove_regions(pool: RegionPool, endpoint: InferenceEndpoint) -> None:
    pool.clear()
    try:
        for name in pool.removed_names():
            endpoint.unregister(name)
    except FocalLossError:
        pass  # The service is gone, and its registrations with it.
