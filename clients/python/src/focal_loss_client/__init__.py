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
from .options import Balanced, ClassCounts, EffectiveNumber, Options
from .result import Counts, Durations, Engine, FocalLoss

__all__ = [
    "Balanced",
    "ClassCounts",
    "ConnectionFailed",
    "Counts",
    "Durations",
    "Engine",
    "EffectiveNumber",
    "FieldError",
    "FocalLoss",
    "FocalLossClient",
    "FocalLossError",
    "Options",
    "Problem",
    "RequestRefused",
    "ServiceError",
    "TimedOut",
    "Unavailable",
    "UnexpectedAnswer",
]
