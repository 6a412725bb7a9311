"""Keras 3 with the service as its loss: a custom gradient, and a `keras.losses.Loss` around it for `compile` and `fit`.

A small network learns scikit-learn's digits by softmax, first with Keras's own categorical focal loss and then, from
the same seed, with the service. It runs on Keras's torch backend, where operations happen as they are called; on
TensorFlow and JAX the call has to go into `tf.numpy_function` and `jax.pure_callback` (see `jax_digits.py`).

    pip install keras torch scikit-learn focal-loss-client
    python keras_digits.py http://127.0.0.1:8080
"""

import os
import sys
import time

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch
from focal_loss_client import FocalLossClient
from sklearn.datasets import load_digits


class FocalLoss(keras.losses.Loss):
    """Takes options of the service; labels are class indices or dense."""

    def __init__(self, client, **options):
        super().__init__(name="focal_loss")

        @keras.ops.custom_gradient
        def focal_loss(logits, labels):
            result = client.focal_loss(
                logits=keras.ops.convert_to_numpy(logits),
                labels=keras.ops.convert_to_numpy(labels),
                outputs=["loss", "gradients"],
                **options,
            )

            def backward(*_, upstream):
                return upstream * keras.ops.convert_to_tensor(result.gradients), None

            return keras.ops.convert_to_tensor(result.loss, "float32"), backward

        self.focal_loss = focal_loss

    def call(self, y_true, y_pred):
        return self.focal_loss(y_pred, y_true)


class Curve(keras.callbacks.Callback):
    """The loss at every step, as Keras shows it: the mean since the epoch began."""

    def on_train_begin(self, logs=None):
        self.values = []

    def on_train_batch_end(self, batch, logs=None):
        self.values.append(logs["loss"])


def train(loss):
    """Returns the loss of each step, and milliseconds per step."""
    torch.set_num_threads(1)  # For a network as small as this, more are slower.
    keras.utils.set_random_seed(0)
    images, labels = load_digits(return_X_y=True)
    model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)])
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=loss)
    curve = Curve()
    start = time.perf_counter()
    model.fit(
        images.astype("float32") / 16,
        keras.utils.to_categorical(labels, 10),
        batch_size=128,
        epochs=10,
        callbacks=[curve],
        verbose=1 if sys.stdout.isatty() else 0,
    )
    return curve.values, (time.perf_counter() - start) / len(curve.values) * 1000


def main():
    client = FocalLossClient(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")

    own_curve, own_ms = train(keras.losses.CategoricalFocalCrossentropy(alpha=0.25, gamma=2, from_logits=True))
    curve, ms = train(FocalLoss(client, activation="softmax", alpha=0.25, gamma=2))

    difference = abs(curve[-1] / own_curve[-1] - 1)
    print(f"Keras:   loss {own_curve[0]:.6f} to {own_curve[-1]:.6f}, {own_ms:.2f} ms per step")
    print(f"service: loss {curve[0]:.6f} to {curve[-1]:.6f}, {ms:.2f} ms per step")
    print(f"after {len(curve)} steps they differ by {difference:.1e}")
    assert difference < 1e-4


if __name__ == "__main__":
    main()
