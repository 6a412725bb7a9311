"""The method `focal_loss`, and what type checkers know of its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from .focal_loss_result import FocalLossResult
from .focal_loss_warning import WarningFilter
from .foreign_names import with_name_hints
from .options import ArgumentsBesideOutputs, Output
from .results_by_outputs import (
    DefaultResult,
    ElementwiseAndGradientsResult,
    ElementwiseResult,
    GradientsAndHessianResult,
    GradientsResult,
    LossAndGradientsResult,
    LossResult,
    PosteriorResult,
    UnreducedResult,
)
from .service_calls import ServiceCalls

if TYPE_CHECKING:
    from typing_extensions import Unpack

Reduced = Literal["mean", "sum"]
Reduction = Literal["mean", "sum", "none"]

_CALLER = 3
"""The stack level of the code that calls `focal_loss`: `with_name_hints` is in between."""


class FocalLossMethod:
    """Has it; for `FocalLossClient`."""

    _calls: ServiceCalls
    _warning_filter: WarningFilter

    @overload
    def focal_loss(
        self, logits: Any = ..., labels: Any = ..., *, reduction: Reduced = ..., **rest: Unpack[ArgumentsBesideOutputs]
    ) -> DefaultResult: ...

    @overload
    def focal_loss(
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        reduction: Literal["none"],
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> UnreducedResult: ...

    @overload
    def focal_loss(  # type: ignore[overload-overlap]
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["loss"]],
        reduction: Reduced = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> LossResult: ...

    @overload
    def focal_loss(  # type: ignore[overload-overlap]
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["gradients"]],
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> GradientsResult: ...

    @overload
    def focal_loss(  # type: ignore[overload-overlap]
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["loss", "gradients"]],
        reduction: Reduced = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> LossAndGradientsResult: ...

    @overload
    def focal_loss(  # type: ignore[overload-overlap]
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["gradients", "hessian"]],
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> GradientsAndHessianResult: ...

    @overload
    def focal_loss(  # type: ignore[overload-overlap]
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["elementwise"]],
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> ElementwiseResult: ...

    @overload
    def focal_loss(
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["elementwise", "gradients"]],
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> ElementwiseAndGradientsResult: ...

    @overload
    def focal_loss(
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["posterior"]],
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> PosteriorResult: ...

    @overload
    def focal_loss(
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Output] = ...,
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> FocalLossResult: ...

    @with_name_hints
    def focal_loss(
        self,
        logits: Any = None,
        labels: Any = None,
        *,
        probabilities: Any = None,
        sample_weights: Any = None,
        element_weights: Any = None,
        **options: Any,
    ) -> FocalLossResult:
        """Evaluate one batch.

        Arrays can be anything that `numpy.asarray` accepts, such as lists, JAX arrays and TensorFlow's eager tensors,
        and PyTorch tensors as they are: requiring gradients, on any device, in bfloat16. Predictions are either
        `logits` or `probabilities`.

        Args:
            logits: [samples], [samples, classes] or up to 5 axes; float64, float32, float16 or bfloat16, or integers,
                which are rounded to float32. With one axis, there is one class, and its labels are 0 and 1.
            labels: Class indices, in the shape of the predictions without the class axis, or dense labels in [0, 1], in
                the shape of the predictions. With one class under sigmoid, labels without the class axis are 0 and 1,
                unless there is a `background_index`. Integers of up to 64 bits, bool or floats.
            probabilities: Like `logits`, in [0, 1]. Gradients are then with respect to the probabilities.
            sample_weights: Weights ≥ 0, in the shape of the predictions without the class axis.
            element_weights: Weights ≥ 0, in the shape of the predictions; for sigmoid.
            **options: See `FocalLossOptions`.

        Returns:
            The result. By `outputs` and `reduction`, type checkers know which of its fields are not None.

        Raises:
            TypeError: An array has an unsupported dtype or is none of numbers, an argument has the name that it has in
                another library, or BF16 was requested while ml_dtypes is not installed.
            InvalidRequestError: The request is invalid; `problem.errors` lists each mistake and its location.
            ServiceUnavailableError: The service was overloaded, starting or shutting down for longer than
                `max_retry_seconds`.
            ServiceError: The service failed otherwise.
            ServiceConnectionError: The service could not be reached for longer than `max_retry_seconds`; or for longer
                than `max_startup_seconds`, and it never responded to this client.
            ServiceTimeoutError: Likewise, and the last attempt exceeded `timeout` or `connect_timeout`.
            SharedMemoryError: `shared_memory` is `require`, and there is none.
            UnexpectedResponseError: The response is not one of this service.
        """
        inputs = {
            "logits": logits,
            "probabilities": probabilities,
            "labels": labels,
            "sample_weights": sample_weights,
            "element_weights": element_weights,
        }
        result = self._calls.focal_loss(inputs, options, stacklevel=_CALLER)
        self._warning_filter.warn(result.warnings, stacklevel=_CALLER)
        return result
