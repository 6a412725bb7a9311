"""In an environment with the extra `sklearn` alone: the loss of one probability. The argument is the URL.

Run it by `python -I`: it has the name of the library, which an import would find in its folder first.
"""

import sys

from focal_loss_client.sklearn import focal_loss

loss = focal_loss([1], [0.5], labels=[0, 1], client=sys.argv[1])
assert abs(loss - 0.0433217) < 1e-6, loss
assert not {"torch", "keras", "jax", "tensorflow", "lightgbm", "xgboost"} & sys.modules.keys()
