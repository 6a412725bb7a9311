"""In an environment with the extra `lightgbm` alone: the gradient of one margin. The argument is the URL.

Run it by `python -I`: it has the name of the library, which an import would find in its folder first.
"""

import sys

from focal_loss_client.lightgbm import FocalLoss

gradients, hessian = FocalLoss(client=sys.argv[1])([1.0], [0.0])
assert abs(gradients[0] + 0.0745717) < 1e-6, gradients
assert abs(hessian[0] - 0.015625) < 1e-6, hessian
assert not {"torch", "keras", "jax", "tensorflow", "xgboost"} & sys.modules.keys()
