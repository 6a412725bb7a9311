"""The sigmoid focal loss of a positive label and its two derivatives from 60-digit arithmetic, rounded to float64.

Asked {"points": [[logit, gamma], …]}, logits turned so that the label is positive.
"""

from mpmath import exp, log1p, mp, mpf

from line import serve, versions

mp.dps = 60


def terms(logit, gamma):
    x, g = mpf(logit), mpf(gamma)
    log_p = -log1p(exp(-x)) if x > 0 else x - log1p(exp(x))
    log_q = -log1p(exp(x)) if x < 0 else -x - log1p(exp(-x))
    p, q, focus = exp(log_p), exp(log_q), exp(g * log_q)
    loss = -focus * log_p
    gradient = focus * (g * p * log_p - q)
    first, second = p * focus * (1 + 2 * g) * q, p * focus * g * (q - g * p) * log_p
    return [float(loss), float(gradient), float(first + second), float(abs(first) + abs(second))]


serve(
    lambda asked: {"terms": [terms(*point) for point in asked["points"]]},
    versions=versions("mpmath"),
)
