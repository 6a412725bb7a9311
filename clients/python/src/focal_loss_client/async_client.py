"""The client for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from .async_focal_loss_method import CALLER, AsyncFocalLossMethod
from .client import sweep_grid
from .default_url import default_url
from .focal_loss_warning import WarningFilter
from .foreign_names import with_name_hints
from .options import Alpha, BatchOptions
from .service_calls import ServiceCalls
from .shared_memory import SharedMemoryMode
from .sweep_result import SweepResult

if TYPE_CHECKING:
    from typing_extensions import Unpack


class AsyncFocalLossClient(AsyncFocalLossMethod):
    """Calls a focal-loss-service from coroutines, of any event loop: `async with AsyncFocalLossClient(url) as client`.

    Calls run in threads of its own, as many as `pool_size`, and further ones wait for their turn. A call mostly waits
    for the service or copies large arrays, both without Python's global lock; and connections, retries and shared
    memory are those of `FocalLossClient`, tested once. So a thread that reads its response to the end, even though
    nobody waits for it any more, is also what keeps a cancelled call from leaving half a response to the next one.

    Cancelling a call that has not begun leaves it out. One that has begun lets its attempt end, and is not retried.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        timeout: float = 65.0,
        connect_timeout: float = 5.0,
        max_retry_seconds: float = 60.0,
        max_startup_seconds: float = 3.0,
        pool_size: int = 8,
        shared_memory: SharedMemoryMode = "auto",
    ) -> None:
        """Create a client, which connects on its first call.

        Args:
            url: As in `FocalLossClient`, as are the other arguments.
            api_key: Sent as `Authorization: Bearer`.
            timeout: Seconds to wait for a response.
            connect_timeout: Seconds to wait for a connection.
            max_retry_seconds: A call starts no further attempt after this many seconds.
            max_startup_seconds: Likewise, while no attempt of this client has reached anything.
            pool_size: The calls that run at the same time, each with a connection.
            shared_memory: Whether large arrays lie in shared memory.

        Raises:
            ValueError: The URL has another form, or `shared_memory` is none of the three.
        """
        self.url = default_url() if url is None else url
        """As given, or the default."""
        self._calls = ServiceCalls(
            self.url,
            api_key=api_key,
            timeout=timeout,
            connect_timeout=connect_timeout,
            max_retry_seconds=max_retry_seconds,
            max_startup_seconds=max_startup_seconds,
            pool_size=pool_size,
            shared_memory=shared_memory,
        )
        self._warning_filter = WarningFilter()
        self._threads = ThreadPoolExecutor(pool_size, "focal-loss-client")

    @with_name_hints
    async def sweep(
        self,
        logits: Any = None,
        labels: Any = None,
        gammas: Sequence[float] | np.ndarray | None = None,
        alphas: Sequence[Alpha] | np.ndarray | None = None,
        *,
        probabilities: Any = None,
        sample_weights: Any = None,
        element_weights: Any = None,
        **options: Unpack[BatchOptions],
    ) -> SweepResult:
        """Evaluate one batch with every pair of a gamma and an alpha, as `FocalLossClient.sweep` does.

        Args:
            logits: See there, as for the other arguments and the exceptions.
            labels: Class indices or dense labels.
            gammas: Focusing parameters ≥ 0.
            alphas: Values that the option `alpha` accepts.
            probabilities: Instead of logits.
            sample_weights: Weights ≥ 0.
            element_weights: Weights ≥ 0.
            **options: See `BatchOptions`.
        """
        inputs = {
            "logits": logits,
            "probabilities": probabilities,
            "labels": labels,
            "sample_weights": sample_weights,
            "element_weights": element_weights,
        }
        grid = {**options, **sweep_grid(gammas, alphas)}
        result = await self._run(lambda cancelled: self._calls.sweep(inputs, grid, 1, cancelled))
        self._warning_filter.warn(result.warnings, stacklevel=CALLER)
        return result

    async def close(self) -> None:
        """Wait for the calls that are in flight, then remove the regions of shared memory and close the connections."""
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    async def __aenter__(self) -> AsyncFocalLossClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _close(self) -> None:
        self._threads.shutdown()
        self._calls.close()
