"""The client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from .default_url import default_url
from .focal_loss_method import FocalLossMethod
from .focal_loss_warning import WarningFilter
from .foreign_names import with_name_hints
from .options import Alpha, BatchOptions
from .service_calls import ServiceCalls
from .shared_memory import SharedMemoryMode
from .sweep_result import SweepResult

if TYPE_CHECKING:
    from typing_extensions import Unpack

_CALLER = 3
"""The stack level of the code that calls `sweep`: `with_name_hints` is in between."""


class FocalLossClient(FocalLossMethod):
    """Calls a focal-loss-service. Threads can share one client; a forked process needs a client of its own."""

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
            url: `http://host:port` or `https://host:port`, optionally with a path prefix, or `unix:///path/to/socket`.
                By default that in the environment variable `FOCAL_LOSS_URL`, or `http://127.0.0.1:8080`.
            api_key: Sent as `Authorization: Bearer`.
            timeout: Seconds to wait for a response. The service itself times out after 60 s by default.
            connect_timeout: Seconds to wait for a connection.
            max_retry_seconds: A call starts no further attempt after this many seconds; 0 turns retries off. The same
                batch always yields the same result, so broken connections are retried, too.
            max_startup_seconds: Likewise, while no attempt of this client has reached anything: most likely, the
                service was not started, or the URL is wrong. Give more where clients start before their service.
            pool_size: Connections to keep open. If more threads call at the same time, temporary ones are added.
            shared_memory: Whether large arrays of `focal_loss` lie in memory that the service reads and writes, instead
                of travelling. `auto`: if the URL is that of this machine and the service can. `off`: never. `require`:
                at any URL; the first call raises `SharedMemoryError` if the service cannot. The results are the same.

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

    @with_name_hints
    def sweep(
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
        """Evaluate one batch with every pair of a gamma and an alpha, and summarize each pair.

        The batch is sent and decoded once, so a sweep takes a fraction of the time of one call per pair.

        Args:
            logits: As in `focal_loss`.
            labels: As in `focal_loss`.
            gammas: Focusing parameters ≥ 0.
            alphas: Values that the option `alpha` accepts; by default its default alone.
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
        inputs = {
            "logits": logits,
            "probabilities": probabilities,
            "labels": labels,
            "sample_weights": sample_weights,
            "element_weights": element_weights,
        }
        result = self._calls.sweep(inputs, {**options, **sweep_grid(gammas, alphas)}, stacklevel=_CALLER)
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
        return self._calls.shared_memory.empty(shape, dtype)

    def close(self) -> None:
        """Remove the regions of shared memory, and close the connections. Arrays of results stay valid."""
        self._calls.close()

    def __getstate__(self) -> NoReturn:
        raise TypeError("an open client cannot be copied or pickled: give a loss the URL, or set FOCAL_LOSS_URL")

    def __enter__(self) -> FocalLossClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def sweep_grid(
    gammas: Sequence[float] | np.ndarray | None, alphas: Sequence[Alpha] | np.ndarray | None
) -> dict[str, Any]:
    """Return the options that a sweep has beside those of its batch.

    Raises:
        TypeError: There are no gammas.
    """
    if gammas is None:
        raise TypeError("the argument 'gammas' is missing")
    return {"gammas": gammas} if alphas is None else {"gammas": gammas, "alphas": alphas}
