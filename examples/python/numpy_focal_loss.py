"""Focal loss and its derivatives in numpy: the reference of the boosting examples."""

import numpy as np

# Keeps the division by 1 - p finite.
MIN_COMPLEMENT = 1e-12


def sigmoid_focal_loss(margins, labels, alpha=0.25, gamma=2.0):
    """Returns the sum of the loss, its gradients, and the Hessian of a detached factor, [rows].

    Labels are 0 or 1.
    """
    sign = 2 * labels - 1
    weight = np.where(labels == 1, alpha, 1 - alpha)
    p = 1 / (1 + np.exp(-sign * margins))
    q = 1 - p
    log_p = np.log(p)
    loss = -weight * q**gamma * log_p
    gradient = sign * weight * q**gamma * (gamma * p * log_p - q)
    return loss.sum(), gradient, weight * q**gamma * p * q


def softmax_focal_loss(margins, labels, gamma=2.0):
    """Returns the sum of the loss, its gradients, and the Hessian diagonal of a detached factor, [rows, classes].

    Labels are class indices.
    """
    rows = np.arange(len(labels))
    exponentials = np.exp(margins - margins.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    p = probabilities[rows, labels][:, None]
    q = np.maximum(1 - p, MIN_COMPLEMENT)
    log_p = np.log(p)
    factor = q**gamma * (gamma * p * log_p / q - 1)
    one_hot = np.zeros_like(probabilities)
    one_hot[rows, labels] = 1
    loss = -(q**gamma) * log_p
    return loss.sum(), factor * (one_hot - probabilities), q**gamma * probabilities * (1 - probabilities)
