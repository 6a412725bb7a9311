"""In an environment with the extra `keras` and a backend alone: one loss. The argument is the URL.

Run it by `python -I`: it has the name of the library, which an import would find in its folder first.
"""

# with: jax

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"

import numpy as np

from focal_loss_client.keras import FocalLoss

logits = np.array([[2.2, -1.3, -4.0], [-3.1, 0.4, 0.7]], np.float32)
loss = FocalLoss(activation="softmax", from_logits=True, client=sys.argv[1])(np.array([0, 1]), logits)
assert abs(loss - 0.1457862) < 1e-6, loss
assert not {"torch", "tensorflow", "lightgbm", "xgboost"} & sys.modules.keys()
