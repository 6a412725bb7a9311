"""From the scores of a model that was trained with focal loss to probabilities: `posterior`, `calibration`, `initial_logit`.

A linear model learns the digits of scikit-learn, from images that were made coarse, with four losses of the service. On
the other half of the digits the script compares with the labels what the model predicts, and its posterior. Then it
compares three values to start the bias with. It checks the service's numbers against numpy.

    pip install scikit-learn ./clients/python
    python examples/python/posterior_digits.py http://127.0.0.1:8080 reliability.svg
"""

import sys

import numpy as np
from coarse_digits import load_coarse_digits
from focal_loss_client import FocalLossClient
from markdown_table import print_table
from reliability_diagram import write_diagram
from scipy.optimize import minimize

LOSSES = {
    "softmax, cross-entropy": {"activation": "softmax", "gamma": 0.0},
    "softmax, γ 2": {"activation": "softmax", "gamma": 2.0},
    "sigmoid, cross-entropy": {"activation": "sigmoid", "gamma": 0.0, "alpha": None},
    "sigmoid, γ 2, α 0.25": {"activation": "sigmoid", "gamma": 2.0, "alpha": 0.25},
}
DRAWN = ["softmax, γ 2", "sigmoid, γ 2, α 0.25"]
WEIGHT_DECAY = 1e-5
CLASSES = 10


def fit(client, images, labels, loss_options):
    """Returns a function from images to logits: the linear model of the smallest loss."""
    inputs = with_ones(images)
    shape = inputs.shape[1], CLASSES

    def evaluate(flat):
        weights = flat.reshape(shape)
        result = client.focal_loss(
            logits=inputs @ weights, labels=labels, normalizer="samples", outputs=["loss", "gradients"], **loss_options
        )
        gradient = inputs.T @ result.gradients.astype(np.float64) + 2 * WEIGHT_DECAY * weights
        return result.loss + WEIGHT_DECAY * (weights**2).sum(), gradient.ravel()

    # Near enough to the optimum that no rounding shows in the tables.
    options = {"ftol": 1e-12, "gtol": 1e-6, "maxiter": 1000}
    found = minimize(evaluate, np.zeros(np.prod(shape)), jac=True, method="L-BFGS-B", options=options)
    return lambda images: with_ones(images) @ found.x.reshape(shape)


def with_ones(images):
    return np.hstack([images, np.ones((len(images), 1))])


def predicted_probabilities(logits, activation):
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-logits))
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def posterior_of(p, activation, gamma, alpha=None):
    """The formula of Charoenphakdee et al. 2021."""

    def h(v):
        return v / ((1 - v) ** gamma - gamma * (1 - v) ** (gamma - 1) * v * np.log(v))

    if activation == "softmax":
        return h(p) / h(p).sum(axis=1, keepdims=True)
    alpha = 0.5 if alpha is None else alpha
    positive, negative = h(p) / alpha, h(1 - p) / (1 - alpha)
    return positive / (positive + negative)


def quality(probabilities, labels, activation, calibration_error):
    """Returns the columns of one kind of probabilities: calibration error, cross-entropy, part that is right."""
    truth = np.eye(CLASSES)[labels]
    p = probabilities.astype(np.float64).clip(1e-12, 1 - 1e-12)
    if activation == "softmax":
        cross_entropy = -np.log(p[truth == 1]).mean()
        right = (p.argmax(axis=1) == labels).mean()
    else:
        cross_entropy = -np.where(truth == 1, np.log(p), np.log(1 - p)).mean()
        right = ((p >= 0.5) == truth).mean()
    return [f"{calibration_error:.3f}", f"{cross_entropy:.3f}", f"{right:.3f}"]


def calibration_error(histogram, kind):
    counts = histogram[f"{kind}.counts"]
    gaps = np.abs(histogram[f"{kind}.mean_confidence"] - histogram[f"{kind}.observed_rate"])
    return np.nansum(counts * gaps) / counts.sum()


def main():
    client = FocalLossClient(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")
    train_images, images, train_labels, labels = load_coarse_digits()

    rows, histograms = [], {}
    for name, options in LOSSES.items():
        logits = fit(client, train_images, train_labels, options)(images)
        result = client.focal_loss(logits=logits, labels=labels, outputs=["posterior", "calibration"], **options)
        p = predicted_probabilities(logits, options["activation"])
        np.testing.assert_allclose(result.posterior, posterior_of(p, **options), rtol=1e-4, atol=1e-7)
        errors = [calibration_error(result.calibration, kind) for kind in ("predicted", "posterior")]
        of_p = quality(p, labels, options["activation"], errors[0])
        rows.append([name, *of_p, *quality(result.posterior, labels, options["activation"], errors[1])])
        histograms[name] = result.calibration
        if options["gamma"] > 0:
            assert errors[1] < errors[0] / 2, "expected the posterior to be calibrated better by far"
    columns = ["calibration error", "cross-entropy", "right"]
    print_table(["trained with", *(f"{kind}: {column}" for kind in ("p", "posterior") for column in columns)], rows)
    if len(sys.argv) > 2:
        write_diagram(sys.argv[2], {name: histograms[name] for name in DRAWN})

    compare_starts(client, train_labels, LOSSES["sigmoid, γ 2, α 0.25"])


def compare_starts(client, labels, options):
    """Prints the loss before the first step, of models that predict a constant for each class."""
    shape = len(labels), CLASSES
    per_class = client.focal_loss(
        logits=np.zeros(shape), labels=labels, outputs=["posterior", "per_class"], **options
    ).per_class
    prior = per_class["prior"]
    starts = {
        "0": np.zeros(CLASSES),
        "log(π / (1 − π)), π = 0.01": np.full(CLASSES, np.log(0.01 / 0.99)),
        "log(π / (1 − π)), π the prior": np.log(prior / (1 - prior)),
        "`initial_logit`": per_class["initial_logit"],
    }
    rows = []
    for name, bias in starts.items():
        result = client.focal_loss(
            logits=np.broadcast_to(bias, shape), labels=labels, outputs=["loss", "posterior"], **options
        )
        rows.append([name, f"{bias.mean():.2f}", f"{result.posterior.mean():.4f}", f"{result.loss:.4f}"])
    np.testing.assert_allclose(result.posterior[0], prior, rtol=1e-5)
    print_table(["bias", "mean logit", "mean posterior", "first loss"], rows)


if __name__ == "__main__":
    main()
