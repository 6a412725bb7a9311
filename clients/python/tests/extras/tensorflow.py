"""In an environment with the extra `tensorflow` alone: one loss and its gradients. The argument is the URL.

Run it by `python -I`: it has the name of the library, which an import would find in its folder first. TensorFlow itself
imports Keras.
"""

# with: tensorflow-cpu==2.21.0

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import tensorflow as tf

from focal_loss_client.tensorflow import focal_loss

logits = tf.Variable([[2.2, -1.3, -4.0], [-3.1, 0.4, 0.7]])
with tf.GradientTape() as tape:
    loss = focal_loss(logits, [0, 1], activation="softmax", client=sys.argv[1])
gradients = tape.gradient(loss, logits)
assert abs(loss - 0.1457862) < 1e-6, loss
assert abs(gradients[1, 1] + 0.2199698) < 1e-6, gradients
assert not {"torch", "jax", "lightgbm", "xgboost"} & sys.modules.keys()
