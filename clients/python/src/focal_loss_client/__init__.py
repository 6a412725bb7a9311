"""Python client of focal-loss-service: numpy arrays in; focal loss, gradients and a per-class breakdown out."""

from .async_client import AsyncFocalLossClient
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
from .retry import FocalLossRetryWarning
from .shared_memory import SharedMemoryMode
from .sweep_result import SweepClass, SweepPoint, SweepResult
from .version import __version__

__all__ = [
    "Alpha",
    "AsyncFocalLossClient",
    "BalancedAlpha",
    "BatchOptions",
    "Counts",
    "DefaultResult",
    "Durations",
    "EffectiveNumberAlpha",
    "EffectiveNumberParameters",
    "ElementwiseAndGradientsResult",
    "ElementwiseResult",
    "Engine",
    "FocalLossClient",
    "FocalLossError",
    "FocalLossOptions",
    "FocalLossResult",
    "FocalLossRetryWarning",
    "FocalLossWarning",
    "Gamma",
    "GradientsAndHessianResult",
    "GradientsResult",
    "InvalidRequestError",
    "LossAndGradientsResult",
    "LossResult",
    "PosteriorResult",
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
    "UnreducedResult",
    "ValidationIssue",
    "__version__",
]
