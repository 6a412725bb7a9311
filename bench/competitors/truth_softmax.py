"""Focal losses under softmax and their gradients from 60-digit arithmetic, rounded to float64.

Asked {"logits": […], "shares": […], "gammas": […]}: one sample, and the weights of its classes' terms.
"""

from mpmath import exp, fsum, log1p, mp, mpf

from line import serve, versions

mp.dps = 60


def prepare(logits):
    """p, q = 1 − p and log p of all classes; q of the largest is the sum of the others, as 1 − p would cancel."""
    z = [mpf(logit) for logit in logits]
    top = z.index(max(z))
    powers = [exp(each - z[top]) for each in z]
    rest = fsum(power for c, power in enumerate(powers) if c != top)
    p = [power / (1 + rest) for power in powers]
    q = [rest / (1 + rest) if c == top else 1 - each for c, each in enumerate(p)]
    return p, q, [each - z[top] - log1p(rest) for each in z]


def evaluate(p, q, log_p, shares, gamma):
    g = mpf(gamma)
    slopes, loss = [], mpf(0)
    for c, share in enumerate(shares):
        if not share:
            slopes.append(mpf(0))
            continue
        power = q[c] ** g
        loss -= share * power * log_p[c]
        slopes.append(share * power * (g * p[c] * log_p[c] / q[c] - 1))
    total = fsum(slopes)
    return [float(loss), [float(slope * q[j] - p[j] * (total - slope)) for j, slope in enumerate(slopes)]]


def answer(asked):
    p, q, log_p = prepare(asked["logits"])
    shares = [mpf(share) for share in asked["shares"]]
    return {"rows": [evaluate(p, q, log_p, shares, gamma) for gamma in asked["gammas"]]}


serve(answer, versions=versions("mpmath"))
