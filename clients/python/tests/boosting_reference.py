"""Focal loss of margins and its derivatives in numpy float64, to compare boosting's adapters with."""

import numpy as np

GAMMA = 2.0
ALPHA = 0.25


def sigmoid_focal_loss(margins, labels, weights=1.0):
    """Return losses, gradients and the Hessian of a detached factor, for dense labels of 0 and 1."""
    margins = np.asarray(margins, np.float64)
    sign = 2.0 * np.asarray(labels) - 1
    alpha = weights * np.where(sign > 0, ALPHA, 1 - ALPHA)
    p = 1 / (1 + np.exp(-sign * margins))
    q = 1 - p
    loss = -alpha * q**GAMMA * np.log(p)
    gradients = sign * alpha * q**GAMMA * (GAMMA * p * np.log(p) - q)
    return loss, gradients, alpha * q**GAMMA * p * q


def softmax_focal_loss(margins, labels, weights=1.0):
    """Likewise for class indices, [rows], and margins [rows, classes]. Losses are [rows]."""
    margins = np.asarray(margins, np.float64)
    weights = np.broadcast_to(weights, len(margins))
    exponentials = np.exp(margins - margins.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    one_hot = np.eye(margins.shape[1])[labels]
    p_t = (p * one_hot).sum(axis=1)
    q_t = 1 - p_t
    loss = -weights * q_t**GAMMA * np.log(p_t)
    factor = weights * (q_t**GAMMA - GAMMA * q_t ** (GAMMA - 1) * p_t * np.log(p_t))
    return loss, factor[:, None] * (p - one_hot), (weights * q_t**GAMMA)[:, None] * p * (1 - p)
