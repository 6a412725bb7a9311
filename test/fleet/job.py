"""A training job: softmax regression of scikit-learn's digits, with the service as its loss.

Prints the loss of each step. Arguments: the service's address, a seed, the number of steps, and the seconds that the
rest of a step takes in a job of this kind.
"""

import sys
import time

import numpy as np
from focal_loss_client import FocalLossClient
from sklearn.datasets import load_digits

url, seed, steps, pause = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
random = np.random.default_rng(seed)
images, digits = load_digits(return_X_y=True)
images = (images / 16).astype(np.float32)
weights = random.normal(0, 0.01, (64, 10)).astype(np.float32)

with FocalLossClient(url) as client:
    for _ in range(steps):
        batch = random.integers(0, len(images), 256)
        # einsum, which adds in the same order each time, so that curves can be compared to the last bit.
        logits = np.einsum("nf,fc->nc", images[batch], weights)
        result = client.focal_loss(logits=logits, labels=digits[batch], activation="softmax")
        weights -= np.einsum("nf,nc->fc", images[batch], result.gradients)
        print(repr(result.loss), flush=True)
        time.sleep(pause)
