"""Use the service as an objective in LightGBM: gradients and Hessian of a binary and of a multi-class model.

The models learn the breast cancer and wine data of scikit-learn, first with the reference in numpy
(`numpy_focal_loss.py`) and then with the service.

    pip install lightgbm scikit-learn ./clients/python
    python lightgbm_boosting.py http://127.0.0.1:8080
"""

import sys
import time

import lightgbm
import numpy as np
from focal_loss_client import FocalLossClient
from numpy_focal_loss import sigmoid_focal_loss, softmax_focal_loss
from sklearn.datasets import load_breast_cancer, load_wine

# Focal loss is not convex, but the Hessian of a leaf must be positive.
MIN_HESSIAN = 1e-6


def make_objective(evaluate):
    """Returns a callable for `objective`, and a list to which it appends the mean loss before each tree."""
    losses = []

    def objective(margins, data):
        loss, gradients, hessian = evaluate(margins, data.get_label().astype(np.int64))
        losses.append(loss / len(margins))
        return gradients, np.maximum(hessian, MIN_HESSIAN)

    return objective, losses


def service_focal_loss(client, **options):
    """Returns a function that evaluates margins, [rows] or [rows, classes].

    It returns the sum of the loss, and the gradients and the Hessian diagonal in the shape of the margins.
    """

    def evaluate(margins, labels):
        result = client.focal_loss(
            logits=margins, labels=labels, reduction="sum", outputs=["loss", "gradients", "hessian"], **options
        )
        return result.sum, result.gradients, result.hessian_diagonal

    return evaluate


def train(evaluate, features, labels, rounds=100, **parameters):
    """Returns the loss before each tree, and the milliseconds per tree."""
    objective, losses = make_objective(evaluate)
    # Margins start at 0, where p is 0.5. An `init_score` of log(π / (1 - π)) initializes as in the paper.
    data = lightgbm.Dataset(features, labels)
    settings = {"objective": objective, "learning_rate": 0.1, "num_threads": 1, "verbosity": -1, **parameters}
    start = time.perf_counter()
    lightgbm.train(settings, data, num_boost_round=rounds)
    return losses, (time.perf_counter() - start) / rounds * 1000


def compare(name, reference_run, service_run):
    (reference, reference_ms), (losses, ms) = reference_run, service_run
    difference = abs(losses[-1] / reference[-1] - 1)
    print(f"{name}, numpy:   loss {reference[0]:.6f} to {reference[-1]:.6f}, {reference_ms:.2f} ms per tree")
    print(f"{name}, service: loss {losses[0]:.6f} to {losses[-1]:.6f}, {ms:.2f} ms per tree")
    print(f"{name}: relative difference after {len(losses)} trees: {difference:.1e}")
    assert difference < 1e-4


def main():
    client = FocalLossClient(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")

    cancer = load_breast_cancer(return_X_y=True)
    compare("breast cancer", train(sigmoid_focal_loss, *cancer), train(service_focal_loss(client), *cancer))

    wine = load_wine(return_X_y=True)
    service_softmax = service_focal_loss(client, activation="softmax")
    compare("wine", train(softmax_focal_loss, *wine, num_class=3), train(service_softmax, *wine, num_class=3))


if __name__ == "__main__":
    main()
