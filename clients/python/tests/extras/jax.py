"""In an environment with the extra `jax` alone: one loss and its gradients. The argument is the URL.

Run it by `python -I`: it has the name of the library, which an import would find in its folder first.
"""

import sys

import jax

from focal_loss_client.jax import focal_loss

logits = jax.numpy.array([[2.2, -1.3, -4.0], [-3.1, 0.4, 0.7]])
loss = jax.jit(lambda x: focal_loss(x, jax.numpy.array([0, 1]), activation="softmax", client=sys.argv[1]))
assert abs(loss(logits) - 0.1457862) < 1e-6, loss(logits)
assert abs(jax.grad(loss)(logits)[1, 1] + 0.2199698) < 1e-6, jax.grad(loss)(logits)
assert not {"torch", "keras", "tensorflow", "lightgbm", "xgboost"} & sys.modules.keys()
