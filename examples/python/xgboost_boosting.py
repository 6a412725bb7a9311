"""XGBoost with the service as its objective: gradients and Hessian, of a binary and of a multi-class model.

Trees are boosted on scikit-learn's breast cancer and wine data, first with the formulas (`own_focal.py`) and then with
the service.

    pip install xgboost scikit-learn focal-loss-client
    python xgboost_boosting.py http://127.0.0.1:8080
"""

import sys
import time

import numpy as np
import xgboost
from focal_loss_client import FocalLossClient
from own_focal import sigmoid_focal, softmax_focal
from sklearn.datasets import load_breast_cancer, load_wine

# Focal loss is not convex, and a leaf's Hessian must be positive.
SMALLEST_HESSIAN = 1e-6


def make_objective(evaluate):
    """What `xgboost.train` takes as `obj`, and a list that gets the mean loss before each round."""
    losses = []

    def objective(margins, data):
        loss, gradients, hessian = evaluate(margins, data.get_label().astype(np.int64))
        losses.append(loss / len(margins))
        return gradients, np.maximum(hessian, SMALLEST_HESSIAN)

    return objective, losses


def from_service(client, **options):
    """The sum of the loss and its derivatives by the margins: [rows], or [rows, classes] for several classes."""

    def evaluate(margins, labels):
        result = client.focal_loss(
            logits=margins, labels=labels, reduction="sum", outputs=["loss", "gradients", "hessian"], **options
        )
        return result.sum, result.gradients, result.hessian_diagonal

    return evaluate


def train(evaluate, features, labels, rounds=100, **parameters):
    """Returns the loss before each round, and milliseconds per round."""
    objective, losses = make_objective(evaluate)
    # Margins start at 0, where p is 0.5: focal loss starts as in the paper with a `base_score` of log(π / (1 - π)).
    settings = {"base_score": 0.0, "eta": 0.1, "max_depth": 3, "nthread": 1, "disable_default_eval_metric": True}
    data = xgboost.DMatrix(features, labels)
    start = time.perf_counter()
    xgboost.train({**settings, **parameters}, data, num_boost_round=rounds, obj=objective)
    return losses, (time.perf_counter() - start) / rounds * 1000


def compare(name, own, service):
    (own_curve, own_ms), (curve, ms) = own, service
    difference = abs(curve[-1] / own_curve[-1] - 1)
    print(f"{name}, formulas: loss {own_curve[0]:.6f} to {own_curve[-1]:.6f}, {own_ms:.2f} ms per round")
    print(f"{name}, service:  loss {curve[0]:.6f} to {curve[-1]:.6f}, {ms:.2f} ms per round")
    print(f"{name}: after {len(curve)} rounds they differ by {difference:.1e}")
    assert difference < 1e-4


def main():
    client = FocalLossClient(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")

    cancer = load_breast_cancer(return_X_y=True)
    compare("breast cancer", train(sigmoid_focal, *cancer), train(from_service(client), *cancer))

    wine = load_wine(return_X_y=True)
    by_service = from_service(client, activation="softmax")
    compare("wine", train(softmax_focal, *wine, num_class=3), train(by_service, *wine, num_class=3))


if __name__ == "__main__":
    main()
