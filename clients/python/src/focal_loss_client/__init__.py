"""Client of focal-loss-service: numpy arrays in, focal loss, gradients and a per-class breakdown out."""

from .client import FocalLossClient
from .errors import (
    ConnectionFailed,
    FieldError,
    FocalLossError,
    Problem,
    RequestRefused,
    ServiceError,
    TimedOut,
    Unavailable,
    UnexpectedAnswer,
)
from .options import Alpha, Balanced, BatchOptions, ClassCounts, EffectiveNumber, Options
from .result import Counts, Durations, Engine, FocalLoss
from .sweep_result import Sweep, SweepClass, SweepPoint

__all__ = [
    "Alpha",
    "Balanced",
    "BatchOptions",
    "ClassCounts",
    "ConnectionFailed",
    "Counts",
    "Durations",
    "EffectiveNumber",
    "Engine",
    "FieldError",
    "FocalLoss",
    "FocalLossClient",
    "FocalLossError",
    "Options",
    "Problem",
    "RequestRefused",
    "ServiceError",
    "Sweep",
    "SweepClass",
    "SweepPoint",
    "TimedOut",
    "Unavailable",
    "UnexpectedAnswer",
]
