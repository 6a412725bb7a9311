"""Focal loss and its derivatives in numpy: the reference of the boosting examples."""

import numpy as np

# Keeps the division by 1 - p finite.
MIN_COMPLEMENT = 1e-12


def sigmoid_focal_loss(margins, labels, alpha=0.25, gamma=2.0):
    """Returns the sum of the loss, and its first and second derivatives with respect to the margins, [rows].

    Labels are 0 or 1.
    """
    sign = 2 * labels - 1
    weight = np.where(labels == 1, alpha, 1 - alpha)
    p = 1 / (1 + np.exp(-sign * margins))
    q = 1 - p
    log_p = np.log(p)
    loss = -weight * q**gamma * log_p
    gradient = sign * weight * q**gamma * (gamma * p * log_p - q)
    hessian = weight * p * q**gamma * ((1 + 2 * gamma) * q + gamma * (q - gamma * p) * log_p)
    return loss.sum(), gradient, hessian


def softmax_focal_loss(margins, labels, gamma=2.0):
    """Returns the sum of the loss, and its gradients and Hessian diagonal in the shape of the margins, [rows, classes].

    Labels are class indices.
    """
    rows = np.arange(len(labels))
    exponentials = np.exp(margins - margins.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    p = probabilities[rows, labels][:, None]
    q = np.maximum(1 - p, MIN_COMPLEMENT)
    log_p = np.log(p)
    factor = q**gamma * (gamma * p * log_p / q - 1)
    curvature = gamma * p * q ** (gamma + 1) * (2 + log_p - (gamma - 1) * p * log_p / q)
    direction = -probabilities / q
    direction[rows, labels] = 1
    one_hot = np.zeros_like(probabilities)
    one_hot[rows, labels] = 1
    loss = -(q**gamma) * log_p
    gradient = factor * (one_hot - probabilities)
    hessian = curvature * direction**2 - factor * probabilities * (1 - probabilities)
    return loss.sum(), gradient, hessian
