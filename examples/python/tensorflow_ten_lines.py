"""Ten lines of TensorFlow: a linear model learns the digits of scikit-learn with focal loss of the service.

    pip install scikit-learn './clients/python[tensorflow]'
    python examples/python/tensorflow_ten_lines.py
"""

import tensorflow as tf
from focal_loss_client.tensorflow import focal_loss
from sklearn.datasets import load_digits

images, labels = load_digits(return_X_y=True)
weights = tf.Variable(tf.zeros((64, 10), tf.float64))
for _ in range(50):
    with tf.GradientTape() as tape:
        loss = focal_loss(images / 16 @ weights, labels, gamma=2, activation="softmax")
    weights.assign_sub(tape.gradient(loss, weights))
print(f"{((images @ weights).numpy().argmax(1) == labels).mean():.1%} of the digits are recognised")
