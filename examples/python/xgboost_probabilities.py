"""Probabilities from an XGBoost model that was trained with focal loss.

The exact Hessian, clipped, is compared with `hessian_form="detached"`, by the rounds that each takes.

    pip install xgboost scikit-learn ./clients/python
    python examples/python/xgboost_probabilities.py http://127.0.0.1:8080
"""

import sys

import numpy as np
import xgboost
from boosting_probabilities import ROUNDS, compare
from focal_loss_client import FocalLossClient
from focal_loss_client.xgboost import FocalLoss


def train(loss, start, train_images, train_labels, images, labels, learning_rate):
    data, held_out = xgboost.DMatrix(train_images, train_labels), xgboost.DMatrix(images, labels)
    settings = {
        # With an objective of one's own it is a margin, not a probability.
        "base_score": start,
        "eta": learning_rate,
        "max_depth": 3,
        # The least sum of the Hessian in a leaf. That of focal loss is small; the default of 1 allows few splits.
        "min_child_weight": 1e-3,
        "nthread": 1,
        "disable_default_eval_metric": True,
    }
    record = {}
    model = xgboost.train(
        settings,
        data,
        num_boost_round=ROUNDS,
        obj=loss,
        evals=[(held_out, "held_out")],
        custom_metric=loss.metric,
        evals_result=record,
        verbose_eval=False,
    )
    losses = record["held_out"]["focal_loss"]
    rounds = int(np.argmin(losses)) + 1
    return losses, model.predict(held_out, output_margin=True, iteration_range=(0, rounds))


def main():
    compare(FocalLossClient(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"), FocalLoss, train)


if __name__ == "__main__":
    main()
