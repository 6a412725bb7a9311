"""Focal loss with its derivatives by the formulas, in numpy: what the boosting examples compare the service with."""

import numpy as np

SMALLEST = 1e-12


def sigmoid_focal(margins, labels, alpha=0.25, gamma=2.0):
    """Sum of the loss, and its first and second derivatives by the margins, for labels of 0 and 1."""
    sign = 2 * labels - 1
    weight = np.where(labels == 1, alpha, 1 - alpha)
    p = 1 / (1 + np.exp(-sign * margins))
    q = 1 - p
    log_p = np.log(p)
    loss = -weight * q**gamma * log_p
    gradient = sign * weight * q**gamma * (gamma * p * log_p - q)
    hessian = weight * p * q**gamma * ((1 + 2 * gamma) * q + gamma * (q - gamma * p) * log_p)
    return loss.sum(), gradient, hessian


def softmax_focal(margins, labels, gamma=2.0):
    """Sum of the loss, its gradients and its Hessian's diagonal in the shape of the margins, for class indices."""
    rows = np.arange(len(labels))
    exponentials = np.exp(margins - margins.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    p = probabilities[rows, labels][:, None]
    q = np.maximum(1 - p, SMALLEST)
    log_p = np.log(p)
    factor = q**gamma * (gamma * p * log_p / q - 1)
    curvature = gamma * p * q ** (gamma + 1) * (2 + log_p - (gamma - 1) * p * log_p / q)
    direction = -probabilities / q
    direction[rows, labels] = 1
    truth = np.zeros_like(probabilities)
    truth[rows, labels] = 1
    loss = -(q**gamma) * log_p
    gradient = factor * (truth - probabilities)
    hessian = curvature * direction**2 - factor * probabilities * (1 - probabilities)
    return loss.sum(), gradient, hessian
