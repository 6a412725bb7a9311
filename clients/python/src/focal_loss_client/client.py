"""The client."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import safetensors
from .errors import UNAVAILABLE_STATUSES, ConnectionFailed, FocalLossError, UnexpectedAnswer, service_error
from .options import Alpha, BatchOptions, Options
from .patience import Patience, retry_after_seconds
from .result import FocalLoss, read_result
from .sweep_result import Sweep, read_sweep
from .transport import Transport

if TYPE_CHECKING:
    from typing_extensions import Unpack

_LOSS_PATH = "/v1/focal-loss"
_SWEEP_PATH = "/v1/focal-loss/sweep"
_FILE_TYPE = "application/vnd.safetensors"
_JSON_TYPE = "application/json"


class FocalLossClient:
    """Calls a focal-loss-service. One client serves all threads; make another after a fork."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        api_key: str | None = None,
        timeout: float = 65.0,
        connect_timeout: float = 5.0,
        retry_for: float = 60.0,
        connections: int = 8,
    ) -> None:
        """Make a client; it connects when it is first called.

        Args:
            url: `http://host:port`, `https://host:port` or `unix:///path/of/socket`, with a prefix where there is one.
            api_key: Sent as `Authorization: Bearer`.
            timeout: Seconds to wait for an answer. The service gives up after 60 unless it was told otherwise.
            connect_timeout: Seconds to wait for a connection.
            retry_for: No further try begins so many seconds after the first one; 0 for one try alone. The same batch
                has the same answer however often it is sent, so lost connections are tried again as well.
            connections: How many to keep; that many threads can call without opening another.

        Raises:
            ValueError: The URL is of another form.
        """
        self._transport = Transport(url, connections, connect_timeout, timeout)
        self._retry_for = retry_for
        self._headers = {"Content-Type": _FILE_TYPE, "User-Agent": "focal-loss-client"}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key}"

    def focal_loss(
        self,
        *,
        labels: Any,
        logits: Any = None,
        probabilities: Any = None,
        sample_weights: Any = None,
        **options: Unpack[Options],
    ) -> FocalLoss:
        """Evaluate one batch.

        Arrays are numpy's or whatever `numpy.asarray` takes: lists, PyTorch tensors on the CPU, JAX arrays.

        Args:
            labels: Dense, in the shape of the predictions and in [0, 1], or class indices in that shape without the
                class axis. Integers of up to 64 bits, bool or any float.
            logits: Rank 1 to 5, float64, float32, float16 or bfloat16. Rank 1 is one binary class.
            probabilities: The same, each in [0, 1], instead of logits; gradients are then with respect to them.
            sample_weights: One weight ≥ 0 per sample, in the predictions' shape without the class axis.
            **options: See `Options`.

        Raises:
            TypeError: An array has a dtype that the service does not take.
            RequestRefused: The service found mistakes; `problem.errors` names their places.
            Unavailable: It was too busy, or on its way up or down, for longer than `retry_for`.
            ServiceError: It failed in another way.
            ConnectionFailed: It could not be reached for as long, or (`TimedOut`) was silent for longer than `timeout`.
            UnexpectedAnswer: What answered is not this service.
        """
        if options.get("gradients_dtype") == "BF16" and not safetensors.has_bfloat16():
            raise TypeError("gradients_dtype: BF16 needs the package ml_dtypes")
        tensors = {"logits": logits, "probabilities": probabilities, "labels": labels, "sample_weights": sample_weights}
        answer = self._post(_LOSS_PATH, _encode(tensors, options), _FILE_TYPE)
        try:
            return read_result(answer)
        except (KeyError, ValueError) as error:
            raise UnexpectedAnswer(f"the answer could not be read: {error}") from error

    def sweep(
        self,
        *,
        labels: Any,
        gammas: Sequence[float] | np.ndarray,
        alphas: Sequence[Alpha] | np.ndarray | None = None,
        logits: Any = None,
        probabilities: Any = None,
        sample_weights: Any = None,
        **options: Unpack[BatchOptions],
    ) -> Sweep:
        """Evaluate one batch with every gamma and every alpha, and summarise each pair.

        The batch is sent and read once, so that this takes a fraction of the time of a call for each pair.

        Args:
            labels: As in `focal_loss`, like the other arrays.
            gammas: Focusing parameters ≥ 0.
            alphas: Each whatever the option `alpha` may be; the default of that alone where this is None.
            logits: As in `focal_loss`.
            probabilities: As in `focal_loss`.
            sample_weights: As in `focal_loss`.
            **options: See `BatchOptions`.

        Raises:
            TypeError: As in `focal_loss`, like the others.
            RequestRefused: Also where there are more than 256 pairs.
            Unavailable: See there.
            ServiceError: See there.
            ConnectionFailed: See there.
            UnexpectedAnswer: See there.
        """
        tensors = {"logits": logits, "probabilities": probabilities, "labels": labels, "sample_weights": sample_weights}
        grid = {"gammas": gammas} if alphas is None else {"gammas": gammas, "alphas": alphas}
        answer = self._post(_SWEEP_PATH, _encode(tensors, {**options, **grid}), _JSON_TYPE)
        try:
            return read_sweep(answer.tobytes())
        except (KeyError, TypeError, ValueError) as error:
            raise UnexpectedAnswer(f"the answer could not be read: {error!r}") from error

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> FocalLossClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _post(self, path: str, body: Sequence[memoryview], wanted_type: str) -> np.ndarray:
        headers = {**self._headers, "Accept": wanted_type}
        patience = Patience(self._retry_for)
        while True:
            failure: FocalLossError
            try:
                answer = self._transport.post(path, body, headers)
            except ConnectionFailed as error:
                failure, wanted = error, None
            else:
                content_type = answer.headers.get("Content-Type", "").partition(";")[0]
                if answer.status == 200 and content_type == wanted_type:
                    return answer.body
                if answer.status == 200:
                    raise UnexpectedAnswer(f"expected an answer of {wanted_type}, got {content_type!r}")
                failure = service_error(answer.status, answer.reason, content_type, answer.body.tobytes())
                if answer.status not in UNAVAILABLE_STATUSES:
                    raise failure
                wanted = retry_after_seconds(answer.headers.get("Retry-After"))
            if not patience.wait(wanted):
                raise failure


def _encode(given: Mapping[str, Any], options: Mapping[str, Any]) -> list[memoryview]:
    """Lay a request out: arrays as tensors, options as JSON in the metadata."""
    tensors = {name: np.asarray(value) for name, value in given.items() if value is not None}
    return safetensors.encode(tensors, {name: json.dumps(value, default=_to_json) for name, value in options.items()})


def _to_json(value: Any) -> Any:
    """Numbers and arrays of numpy and of frameworks, as JSON has them."""
    return np.asarray(value).tolist()
