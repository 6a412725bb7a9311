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
from .options import Options
from .result import Counts, Durations, Engine, FocalLoss

__all__ = [
    "ConnectionFailed",
    "Counts",
    "Durations",
    "Engine",
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
