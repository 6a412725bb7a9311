"""Focal loss for Keras 3, on its torch, JAX and TensorFlow backends.

Example:
    from focal_loss_client.keras import FocalLoss
    model.compile(optimizer="adam", loss=FocalLoss(activation="softmax", gamma=2, from_logits=True))
"""

from __future__ import annotations

try:
    import keras as _keras  # noqa: F401
except ImportError as error:
    raise ImportError(
        "focal_loss_client.keras requires Keras 3 and one of its backends: pip install 'focal-loss-client[keras]' torch"
    ) from error

from focal_loss_client.keras.focal_loss import FocalLoss, KerasOptions

__all__ = ["FocalLoss", "KerasOptions"]
