"""Python client of focal-loss-service: numpy arrays in; focal loss, gradients and a per-class breakdown out."""

from .client import FocalLossClient
from .errors import (
    FocalLossError,
    InvalidRequestError,
    Problem,
    ServiceConnectionError,
    ServiceError,
    ServiceTimeoutError,
    ServiceUnavailableError,
    SharedMemoryError,
    UnexpectedResponseError,
    ValidationIssue,
)
from .focal_loss_result import Counts, Durations, Engine, FocalLossResult
from .focal_loss_warning import FocalLossWarning, RequestWarning
from .options import (
    Alpha,
    BalancedAlpha,
    BatchOptions,
    EffectiveNumberAlpha,
    EffectiveNumberParameters,
    FocalLossOptions,
    Gamma,
    SideGammas,
)
from .shared_memory import SharedMemoryMode
from .sweep_result import SweepClass, SweepPoint, SweepResult

__all__ = [
    "Alpha",
    "BalancedAlpha",
    "BatchOptions",
    "Counts",
    "Durations",
    "EffectiveNumberAlpha",
    "EffectiveNumberParameters",
    "Engine",
    "FocalLossClient",
    "FocalLossError",
    "FocalLossOptions",
    "FocalLossResult",
    "FocalLossWarning",
    "Gamma",
    "InvalidRequestError",
    "Problem",
    "RequestWarning",
    "ServiceConnectionError",
    "ServiceError",
    "ServiceTimeoutError",
    "ServiceUnavailableError",
    "SharedMemoryError",
    "SharedMemoryMode",
    "SideGammas",
    "SweepClass",
    "SweepPoint",
    "SweepResult",
    "UnexpectedResponseError",
    "ValidationIssue",
]
