"""Focal losses of soft sigmoid labels and their derivatives from 60-digit arithmetic, rounded to float64.

Asked {"form", "points": [[logit, label, gamma], …]}; alpha is off.
"""

from mpmath import exp, log1p, mp, mpf, sign

from line import serve, versions

mp.dps = 60


def pair(x):
    """log p and log q."""
    return (-log1p(exp(-x)), -x - log1p(exp(-x))) if x > 0 else (x - log1p(exp(x)), -log1p(exp(x)))


def termwise(p, q, log_p, log_q, y, g):
    loss = -y * q**g * log_p - (1 - y) * p**g * log_q
    return loss, y * q**g * (g * p * log_p - q) - (1 - y) * p**g * (g * q * log_q - p)


def modulated(u, slope, p, q, log_p, log_q, y, g):
    """u^γ C, where u′ = slope."""
    entropy = -y * log_p - (1 - y) * log_q
    first = g * u ** (g - 1) * slope * entropy if g else 0
    # p − y without cancellation: y is never as close to an end as p may be.
    return u**g * entropy, first + u**g * ((1 - y) * p - y * q)


def terms(form, logit, label, gamma):
    y, g = mpf(label), mpf(gamma)
    log_p, log_q = pair(mpf(logit))
    p, q = exp(log_p), exp(log_q)
    if form == "termwise":
        loss, gradient = termwise(p, q, log_p, log_q, y, g)
    elif form == "interpolated":
        loss, gradient = modulated(y * q + (1 - y) * p, (1 - 2 * y) * p * q, p, q, log_p, log_q, y, g)
    else:
        distance = (1 - y) * p - y * q
        loss, gradient = modulated(abs(distance), sign(distance) * p * q, p, q, log_p, log_q, y, g)
    return [float(loss), float(gradient)]


serve(
    lambda asked: {"terms": [terms(asked["form"], *point) for point in asked["points"]]},
    versions=versions("mpmath"),
)
