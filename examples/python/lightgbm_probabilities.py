"""Probabilities from a LightGBM model that was trained with focal loss.

The exact Hessian, clipped, is compared with `hessian_form="detached"`, by the rounds that each takes.

    pip install lightgbm scikit-learn ./clients/python
    python examples/python/lightgbm_probabilities.py http://127.0.0.1:8080
"""

import sys

import lightgbm
import numpy as np
from boosting_probabilities import ROUNDS, compare
from focal_loss_client import FocalLossClient
from focal_loss_client.lightgbm import FocalLoss


def train(loss, start, train_images, train_labels, images, labels, learning_rate):
    data = lightgbm.Dataset(train_images, train_labels, init_score=np.full(len(train_labels), start))
    held_out = lightgbm.Dataset(images, labels, init_score=np.full(len(labels), start), reference=data)
    settings = {
        "objective": loss,
        "learning_rate": learning_rate,
        "num_leaves": 8,
        # XGBoost's default. Without it the first step from the paper's start is tens of logits long, and boosting diverges.
        "lambda_l2": 1.0,
        "num_threads": 1,
        "verbosity": -1,
    }
    record = {}
    model = lightgbm.train(
        settings,
        data,
        num_boost_round=ROUNDS,
        valid_sets=[held_out],
        valid_names=["held out"],
        feval=loss.metric,
        callbacks=[lightgbm.record_evaluation(record)],
    )
    losses = record["held out"]["focal_loss"]
    # `predict` leaves out the `init_score`.
    margins = start + model.predict(images, raw_score=True, num_iteration=np.argmin(losses) + 1)
    return losses, margins


def main():
    compare(FocalLossClient(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"), FocalLoss, train)


if __name__ == "__main__":
    main()
