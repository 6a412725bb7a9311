"""Compare LightGBM with the service as its objective, over HTTP and in shared memory, to LightGBM with numpy's loss.

A binary and a multi-class model of scikit-learn's data, and one of a photograph: see `boosting_comparison.py`. The loss
after the last tree is the same.

    pip install lightgbm scikit-learn pillow ./clients/python
    SHARED_MEMORY=on npm start   # without it, the batches travel
    python examples/python/lightgbm_boosting.py http://127.0.0.1:8080
"""

import sys
import time

import lightgbm
from boosting_comparison import compare
from focal_loss_client.lightgbm import FocalLoss


def train(objective, features, labels, start, rounds):
    data = lightgbm.Dataset(features, labels, init_score=start).construct()
    settings = {"objective": objective, "num_class": 1 if start.ndim == 1 else start.shape[1], "num_leaves": 8}
    started = time.perf_counter()
    model = lightgbm.train({**settings, "lambda_l2": 1.0, "num_threads": 1, "verbosity": -1}, data, rounds)
    seconds = time.perf_counter() - started
    return start + model.predict(features, raw_score=True, num_threads=1), seconds


compare(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080", FocalLoss, train)
