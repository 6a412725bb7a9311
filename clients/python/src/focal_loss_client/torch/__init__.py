"""Focal loss for PyTorch: `FocalLoss`, a module, and `focal_loss`, a function. It requires the extra `torch`."""

from __future__ import annotations

try:
    import torch  # noqa: F401
except ImportError as error:
    raise ImportError(
        "focal_loss_client.torch requires PyTorch: pip install 'focal-loss-client[torch]'", name="torch"
    ) from error

from focal_loss_client.torch.functional import focal_loss
from focal_loss_client.torch.loss_options import LossOptions
from focal_loss_client.torch.module import FocalLoss

__all__ = ["FocalLoss", "LossOptions", "focal_loss"]
