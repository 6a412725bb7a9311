"""The client."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import safetensors
from .errors import UNAVAILABLE_STATUSES, ConnectionFailed, FocalLossError, UnexpectedAnswer, service_error
from .options import Options
from .patience import Patience, retry_after_seconds
from .result import FocalLoss, read_result
from .transport import Transport

if TYPE_CHECKING:
    from typing_extensions import Unpack

_PATH = "/v1/focal-loss"
_FILE_TYPE = "application/vnd.safetensors"


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
        self._headers = {"Content-Type": _FILE_TYPE, "Accept": _FILE_TYPE, "User-Agent": "focal-loss-client"}
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
        given = {
            "logits": logits,
            "probabilities": probabilities,
            "labels": labels,
            "sample_weights": sample_weights,
        }
        tensors = {name: np.asarray(value) for name, value in given.items() if value is not None}
        if options.get("gradients_dtype") == "BF16" and not safetensors.has_bfloat16():
            raise TypeError("gradients_dtype: BF16 needs the package ml_dtypes")
        metadata = {name: json.dumps(value, default=_to_json) for name, value in options.items()}
        answer = self._post(safetensors.encode(tensors, metadata))
        try:
            return read_result(answer)
        except (KeyError, ValueError) as error:
            raise UnexpectedAnswer(f"the answer could not be read: {error}") from error

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> FocalLossClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _post(self, body: Sequence[memoryview]) -> np.ndarray:
        patience = Patience(self._retry_for)
        while True:
            failure: FocalLossError
            try:
                answer = self._transport.post(_PATH, body, self._headers)
            except ConnectionFailed as error:
                failure, wanted = error, None
            else:
                content_type = answer.headers.get("Content-Type", "")
                if answer.status == 200 and content_type == _FILE_TYPE:
                    return answer.body
                if answer.status == 200:
                    raise UnexpectedAnswer(f"expected an answer of {_FILE_TYPE}, got {content_type!r}")
                failure = service_error(answer.status, answer.reason, content_type, answer.body.tobytes())
                if answer.status not in UNAVAILABLE_STATUSES:
                    raise failure
                wanted = retry_after_seconds(answer.headers.get("Retry-After"))
            if not patience.wait(wanted):
                raise failure


def _to_json(value: Any) -> Any:
    """Numbers and arrays of numpy and of frameworks, as JSON has them."""
    return np.asarray(value).tolist()
