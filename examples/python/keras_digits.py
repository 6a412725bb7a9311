"""Use the service as a loss in Keras 3, for `compile` and `fit`.

A small network learns the digits of scikit-learn by softmax, first with the categorical focal loss of Keras and then,
from the same seed, with the service. Steps with 18 000 digits then measure the service over HTTP and over shared memory,
which has to be on; smaller batches are always sent. `KERAS_BACKEND=jax` and `tensorflow` work as well.

    pip install torch scikit-learn './clients/python[keras]'
    python examples/python/keras_digits.py http://127.0.0.1:8080
"""

import os
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from focal_loss_client import FocalLossClient, SharedMemoryError
from focal_loss_client.keras import FocalLoss
from sklearn.datasets import load_digits


class LossHistory(keras.callbacks.Callback):
    """The loss of each step as Keras reports it: the mean over the epoch so far."""

    def on_train_begin(self, logs=None):
        self.values = []

    def on_train_batch_end(self, batch, logs=None):
        self.values.append(logs["loss"])


def train(loss, epochs=10, batch=128, copies=1):
    """Returns the loss of each step, and the milliseconds per step."""
    if keras.config.backend() == "torch":
        import torch

        torch.set_num_threads(1)  # More threads slow down so small a network.
    keras.utils.set_random_seed(0)
    images, labels = load_digits(return_X_y=True)
    images, labels = np.tile(images.astype("float32") / 16, (copies, 1)), np.tile(labels, copies)
    model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)])
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=loss)
    history = LossHistory()
    start = time.perf_counter()
    model.fit(
        images,
        keras.utils.to_categorical(labels, 10),
        batch_size=batch,
        epochs=epochs,
        callbacks=[history],
        verbose=1 if sys.stdout.isatty() else 0,
    )
    return history.values, (time.perf_counter() - start) / len(history.values) * 1000


def main():
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    options = {"alpha": 0.25, "gamma": 2, "from_logits": True}
    keras_loss = keras.losses.CategoricalFocalCrossentropy(**options)

    reference, reference_ms = train(keras_loss)
    losses, ms = train(FocalLoss(activation="softmax", client=url, **options))

    large = {"epochs": 2, "copies": 30, "batch": 17_970}
    print(f"steps with 17970 digits: Keras {train(keras_loss, **large)[1]:.1f} ms", end="")
    for name, mode in (("HTTP", "off"), ("shared memory", "require")):
        try:
            with FocalLossClient(url, shared_memory=mode) as client:
                loss = FocalLoss(activation="softmax", client=client, **options)
                print(f", {name} {train(loss, **large)[1]:.1f} ms", end="")
        except SharedMemoryError as error:
            print(f", {name}: {error}", end="")
    print()

    difference = abs(losses[-1] / reference[-1] - 1)
    print(f"Keras:   loss {reference[0]:.6f} to {reference[-1]:.6f}, {reference_ms:.2f} ms per step")
    print(f"service: loss {losses[0]:.6f} to {losses[-1]:.6f}, {ms:.2f} ms per step")
    print(f"relative difference after {len(losses)} steps: {difference:.1e}")
    assert difference < 1e-4


if __name__ == "__main__":
    main()
