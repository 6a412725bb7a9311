"""Ten lines of JAX: a linear model learns the digits of scikit-learn with focal loss of the service.

    pip install scikit-learn './clients/python[jax]'
    python examples/python/jax_ten_lines.py
"""

import jax
from focal_loss_client.jax import focal_loss
from sklearn.datasets import load_digits

images, labels = load_digits(return_X_y=True)
weights = jax.numpy.zeros((64, 10))
step = jax.jit(jax.grad(lambda weights: focal_loss(images / 16 @ weights, labels, gamma=2, activation="softmax")))
for _ in range(50):
    weights -= step(weights)
print(f"{((images @ weights).argmax(1) == labels).mean():.1%} of the digits are recognised")
