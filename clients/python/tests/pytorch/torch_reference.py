"""Focal loss in PyTorch, in float64, with the divisors that PyTorch and the service have."""

import torch
from torch.nn import functional


def softmax_focal_loss(
    logits, labels, gamma=2.0, weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"
):
    """Of class indices, with the classes as axis 1. The mean is that of `cross_entropy`."""
    logits = logits.double()
    classes = logits.shape[1]
    counted = labels != ignore_index
    targets = functional.one_hot(labels.where(counted, 0), classes).movedim(-1, 1)
    targets = targets * (1 - label_smoothing) + label_smoothing / classes
    log_p = logits.log_softmax(1)
    weights = torch.ones(classes, dtype=torch.float64) if weight is None else weight.double()
    per_class = weights.view(-1, *[1] * (logits.dim() - 2))
    losses = -(per_class * targets * (1 - log_p.exp()) ** gamma * log_p).sum(1) * counted
    if reduction == "none":
        return losses
    return losses.sum() / (weights[labels[counted]].sum() if reduction == "mean" else 1)


def sigmoid_focal_loss(
    logits, labels, gamma=2.0, alpha=0.25, weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"
):
    """Of dense labels of 0 and 1, with the classes as axis 1."""
    logits = logits.double()
    counted = labels != ignore_index
    hard = labels.double().where(counted, torch.zeros(()).double())
    y = hard * (1 - label_smoothing) + label_smoothing / 2
    p = logits.sigmoid()
    cross_entropy = functional.binary_cross_entropy_with_logits(logits, y, reduction="none")
    losses = (alpha * y + (1 - alpha) * (1 - y)) * (y * (1 - p) + (1 - y) * p) ** gamma * cross_entropy * counted
    if weight is not None:
        losses = losses * weight.double().view(-1, *[1] * (logits.dim() - 2))
    if reduction == "none":
        return losses
    return losses.sum() / (counted.sum() if reduction == "mean" else 1)
