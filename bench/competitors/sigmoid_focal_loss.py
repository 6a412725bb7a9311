"""Focal loss in torch's operations, for a Python that has torch and not torchvision, whose signature it has."""

from torch.nn.functional import binary_cross_entropy_with_logits


def sigmoid_focal_loss(inputs, targets, alpha, gamma, reduction):
    """Mean or sum of the loss of each logit with its target, 0 or 1: both of one shape, floating point."""
    p = inputs.sigmoid()
    cross_entropy = binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    q_true = p + targets - 2 * p * targets
    alpha_true = 1 - alpha + (2 * alpha - 1) * targets
    losses = alpha_true * q_true**gamma * cross_entropy
    return losses.mean() if reduction == "mean" else losses.sum()
