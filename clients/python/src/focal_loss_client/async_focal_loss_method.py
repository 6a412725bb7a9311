"""The method `focal_loss` for asyncio, and what type checkers know of its result."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from .focal_loss_method import Reduced, Reduction
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

Result = TypeVar("Result")

CALLER = 2
"""The stack level of the code that awaits a call."""


class AsyncFocalLossMethod:
    """Has it; for `AsyncFocalLossClient`."""

    _calls: ServiceCalls
    _warning_filter: WarningFilter
    _threads: ThreadPoolExecutor

    @overload
    async def focal_loss(
        self, logits: Any = ..., labels: Any = ..., *, reduction: Reduced = ..., **rest: Unpack[ArgumentsBesideOutputs]
    ) -> DefaultResult: ...

    @overload
    async def focal_loss(
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        reduction: Literal["none"],
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> UnreducedResult: ...

    @overload
    async def focal_loss(  # type: ignore[overload-overlap]
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["loss"]],
        reduction: Reduced = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> LossResult: ...

    @overload
    async def focal_loss(  # type: ignore[overload-overlap]
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["gradients"]],
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> GradientsResult: ...

    @overload
    async def focal_loss(  # type: ignore[overload-overlap]
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["loss", "gradients"]],
        reduction: Reduced = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> LossAndGradientsResult: ...

    @overload
    async def focal_loss(  # type: ignore[overload-overlap]
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["gradients", "hessian"]],
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> GradientsAndHessianResult: ...

    @overload
    async def focal_loss(  # type: ignore[overload-overlap]
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["elementwise"]],
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> ElementwiseResult: ...

    @overload
    async def focal_loss(
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["elementwise", "gradients"]],
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> ElementwiseAndGradientsResult: ...

    @overload
    async def focal_loss(
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Literal["posterior"]],
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> PosteriorResult: ...

    @overload
    async def focal_loss(
        self,
        logits: Any = ...,
        labels: Any = ...,
        *,
        outputs: Sequence[Output] = ...,
        reduction: Reduction = ...,
        **rest: Unpack[ArgumentsBesideOutputs],
    ) -> FocalLossResult: ...

    @with_name_hints
    async def focal_loss(
        self,
        logits: Any = None,
        labels: Any = None,
        *,
        probabilities: Any = None,
        sample_weights: Any = None,
        element_weights: Any = None,
        **options: Any,
    ) -> FocalLossResult:
        """Evaluate one batch, as `FocalLossClient.focal_loss` does.

        The arrays must not change before the call ends, and after a cancellation not before its attempt ends.

        Args:
            logits: See there, as for the other arguments and the exceptions.
            labels: Class indices or dense labels.
            probabilities: Instead of logits.
            sample_weights: Weights ≥ 0.
            element_weights: Weights ≥ 0.
            **options: See `FocalLossOptions`.
        """
        inputs = {
            "logits": logits,
            "probabilities": probabilities,
            "labels": labels,
            "sample_weights": sample_weights,
            "element_weights": element_weights,
        }
        result = await self._run(lambda cancelled: self._calls.focal_loss(inputs, options, 1, cancelled))
        self._warning_filter.warn(result.warnings, stacklevel=CALLER)
        return result

    async def _run(self, call: Callable[[threading.Event], Result]) -> Result:
        cancelled = threading.Event()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call, cancelled)
        finally:
            cancelled.set()
