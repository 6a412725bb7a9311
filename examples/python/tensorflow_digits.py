"""Use the service as a loss in TensorFlow, inside `tf.function`.

A small network learns the digits of scikit-learn as ten binary decisions, first with the focal loss of `tf.keras` and
then, from the same seed, with the service. Steps with 18 000 digits then measure the service over HTTP and over shared
memory, which has to be on; smaller batches are always sent.

    pip install scikit-learn './clients/python[tensorflow]'
    python examples/python/tensorflow_digits.py http://127.0.0.1:8080
"""

import functools
import os
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
import tensorflow as tf
from focal_loss_client import FocalLossClient, SharedMemoryError
from focal_loss_client.tensorflow import focal_loss
from sklearn.datasets import load_digits

keras_loss = tf.keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.25, gamma=2, from_logits=True)


def tensorflow_loss(logits, labels):
    return keras_loss(tf.one_hot(labels, 10), logits)


def train(loss_function, epochs=15, batch=128, copies=1):
    """Returns the loss of each step, and the milliseconds per step."""
    rng = np.random.default_rng(0)
    images, labels = load_digits(return_X_y=True)
    images, labels = np.tile(images.astype(np.float32) / 16, (copies, 1)), np.tile(labels, copies)
    shapes = [(64, 64), (64,), (64, 10), (10,)]
    w1, b1, w2, b2 = variables = [
        tf.Variable(rng.normal(0, 0.1, shape) if len(shape) > 1 else np.zeros(shape), dtype=tf.float32)
        for shape in shapes
    ]
    optimizer = tf.keras.optimizers.Adam(3e-3)
    optimizer.build(variables)

    @tf.function(reduce_retracing=True)
    def step(images, labels):
        with tf.GradientTape() as tape:
            loss = loss_function(tf.nn.relu(images @ w1 + b1) @ w2 + b2, labels)
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    step.get_concrete_function(tf.TensorSpec((batch, 64)), tf.TensorSpec((batch,), tf.int64))  # Outside the clock.
    losses = []
    start = time.perf_counter()
    for _ in range(epochs):
        # The last, incomplete batch is left out: its shape would need another graph.
        for rows in rng.permutation(len(images))[: len(images) // batch * batch].reshape(-1, batch):
            losses.append(float(step(images[rows], labels[rows])))
    return losses, (time.perf_counter() - start) / len(losses) * 1000


def main():
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    by_service = functools.partial(focal_loss, alpha=0.25, gamma=2)

    reference, reference_ms = train(tensorflow_loss)
    losses, ms = train(functools.partial(by_service, client=url))

    large = {"epochs": 2, "copies": 30, "batch": 17_970}
    print(f"steps with 17970 digits: tf.keras {train(tensorflow_loss, **large)[1]:.1f} ms", end="")
    for name, mode in (("HTTP", "off"), ("shared memory", "require")):
        try:
            with FocalLossClient(url, shared_memory=mode) as client:
                print(f", {name} {train(functools.partial(by_service, client=client), **large)[1]:.1f} ms", end="")
        except SharedMemoryError as error:
            print(f", {name}: {error}", end="")
    print()

    difference = abs(losses[-1] / reference[-1] - 1)
    print(f"tf.keras: loss {reference[0]:.6f} to {reference[-1]:.6f}, {reference_ms:.2f} ms per step")
    print(f"service:  loss {losses[0]:.6f} to {losses[-1]:.6f}, {ms:.2f} ms per step")
    print(f"relative difference after {len(losses)} steps: {difference:.1e}")
    assert difference < 1e-4


if __name__ == "__main__":
    main()
