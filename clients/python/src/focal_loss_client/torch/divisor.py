"""What a mean divides by: of this batch, of those of all processes, or a given number."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from focal_loss_client.focal_loss_result import FocalLossResult

Denominator: TypeAlias = Literal["global"] | float | Tensor | None

_DEFAULT_IGNORE_INDEX = -100


@dataclass(frozen=True)
class Divisor:
    """How a call is divided."""

    options: Mapping[str, Any]
    """Options of the request that make the service divide its part."""
    weight_sum: float | None
    """The sum of the weights of the labels, by which PyTorch divides; None if something else is the divisor."""
    is_global: bool

    def scaled(self, call: Callable[[], FocalLossResult], device: torch.device) -> tuple[FocalLossResult, float]:
        """Make a call.

        Args:
            call: Sends the batch of this process.
            device: On which processes exchange numbers.

        Returns:
            The result, and the factor by which its loss and gradients have to be multiplied.

        Raises:
            RuntimeError: The divisor is global, and another process has failed.
        """
        if not (self.is_global and _has_processes()):
            return call(), 0.0 if self.weight_sum == 0 else 1.0
        with failing_together("global", device):
            result = call()
        total = _sum_over_processes(self._divisor_of(result), device)
        if math.isnan(total):
            raise RuntimeError("denominator: another process of the group could not evaluate its batch")
        if self.options.get("normalizer") == "positives":
            total = max(total, 1.0)
        # The gradients of DistributedDataParallel are means over the processes.
        return result, result.denominator * dist.get_world_size() / total if total > 0 else 0.0

    def _divisor_of(self, result: FocalLossResult) -> float:
        if self.weight_sum is not None:
            return self.weight_sum
        normalizer = self.options.get("normalizer")
        if normalizer == "positives":
            # The service divides by at least 1, and that is meant for all processes together.
            return result.counts.positives
        if isinstance(normalizer, (int, float)):
            return float(normalizer / dist.get_world_size())  # It is the divisor of all of them.
        return result.denominator


@contextmanager
def failing_together(denominator: Denominator, device: torch.device) -> Iterator[None]:
    """Let all processes fail if this one does, as they would wait for its part of a global divisor."""
    try:
        yield
    except Exception:
        if isinstance(denominator, str) and _has_processes():
            _sum_over_processes(math.nan, device)
        raise


def divisor(
    denominator: Denominator, options: Mapping[str, Any], weight: Tensor | None, arrays: Mapping[str, np.ndarray]
) -> Divisor:
    """Find out what a call is divided by.

    Args:
        denominator: As in `focal_loss`.
        options: Those of the request.
        weight: By PyTorch's name, which makes the sum of the weights of the labels the divisor.
        arrays: Logits and labels.

    Raises:
        ValueError: The denominator is not a number above 0.
    """
    is_global = isinstance(denominator, str)
    if denominator is not None and not isinstance(denominator, str):
        return Divisor({**options, "normalizer": _positive(denominator)}, None, False)
    is_torch_mean = (
        weight is not None
        and options.get("activation") == "softmax"
        and options.get("reduction", "mean") == "mean"
        and "normalizer" not in options
        and arrays["labels"].shape != arrays["logits"].shape
    )
    if weight is None or not is_torch_mean:
        return Divisor(options, None, is_global)
    labels = arrays["labels"]
    counted = labels[labels != options.get("ignore_index", _DEFAULT_IGNORE_INDEX)].astype(np.int64)
    # Labels that are no class are for the service to report.
    weights = weight.detach().double().cpu().numpy()
    weight_sum = float(np.take(weights, counted, mode="clip").sum()) if weights.size > 0 else 0.0
    if not 0 <= weight_sum < math.inf:
        weight_sum = 0.0  # So are weights that are negative or not finite.
    return Divisor({**options, "normalizer": weight_sum or 1.0}, weight_sum, is_global)


def _has_processes() -> bool:
    return bool(dist.is_available() and dist.is_initialized())


def _positive(denominator: float | Tensor) -> float:
    number = float(denominator)
    if not 0 < number < math.inf:
        raise ValueError(f"denominator: expected a number above 0, got {number}; of no positives, take max(1, count)")
    return number


def _sum_over_processes(number: float, device: torch.device) -> float:
    total = torch.tensor(number, dtype=torch.float64, device=device)
    dist.all_reduce(total)
    return float(total)
