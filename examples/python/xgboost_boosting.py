"""Compare XGBoost with the service as its objective, over HTTP and in shared memory, to XGBoost with numpy's loss.

A binary and a multi-class model of scikit-learn's data, and one of a photograph: see `boosting_comparison.py`. The loss
after the last round is the same.

    pip install xgboost scikit-learn pillow ./clients/python
    SHARED_MEMORY=on npm start   # without it, the batches travel
    python examples/python/xgboost_boosting.py http://127.0.0.1:8080
"""

import sys
import time

import xgboost
from boosting_comparison import compare
from focal_loss_client.xgboost import FocalLoss


def train(objective, features, labels, start, rounds):
    data = xgboost.DMatrix(features, labels, base_margin=start)
    # The least sum of the Hessian in a leaf. That of focal loss is small; the default of 1 allows few splits.
    settings = {"max_depth": 3, "min_child_weight": 1e-3, "nthread": 1, "disable_default_eval_metric": True}
    if start.ndim == 2:
        settings["num_class"] = start.shape[1]
    started = time.perf_counter()
    model = xgboost.train(settings, data, rounds, obj=objective)
    seconds = time.perf_counter() - started
    return model.predict(data, output_margin=True), seconds


compare(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080", FocalLoss, train)
