"""Use the service as a loss in Keras 3: a custom gradient in a `keras.losses.Loss` for `compile` and `fit`.

A small network learns the digits of scikit-learn by softmax, first with the categorical focal loss of Keras and then,
from the same seed, with the service. The example uses the torch backend of Keras, which executes operations eagerly. On
TensorFlow and JAX, wrap the call in `tf.numpy_function` or `jax.pure_callback` (see `jax_digits.py`).

    pip install keras torch scikit-learn ./clients/python
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
    """Takes the options of the service. Labels are class indices or dense."""

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


class LossHistory(keras.callbacks.Callback):
    """The loss of each step as Keras reports it: the mean over the epoch so far."""

    def on_train_begin(self, logs=None):
        self.values = []

    def on_train_batch_end(self, batch, logs=None):
        self.values.append(logs["loss"])


def train(loss):
    """Returns the loss of each step, and the milliseconds per step."""
    torch.set_num_threads(1)  # More threads slow down so small a network.
    keras.utils.set_random_seed(0)
    images, labels = load_digits(return_X_y=True)
    model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)])
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=loss)
    history = LossHistory()
    start = time.perf_counter()
    model.fit(
        images.astype("float32") / 16,
        keras.utils.to_categorical(labels, 10),
        batch_size=128,
        epochs=10,
        callbacks=[history],
        verbose=1 if sys.stdout.isatty() else 0,
    )
    return history.values, (time.perf_counter() - start) / len(history.values) * 1000


def main():
    client = FocalLossClient(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")

    reference, reference_ms = train(keras.losses.CategoricalFocalCrossentropy(alpha=0.25, gamma=2, from_logits=True))
    losses, ms = train(FocalLoss(client, activation="softmax", alpha=0.25, gamma=2))

    difference = abs(losses[-1] / reference[-1] - 1)
    print(f"Keras:   loss {reference[0]:.6f} to {reference[-1]:.6f}, {reference_ms:.2f} ms per step")
    print(f"service: loss {losses[0]:.6f} to {losses[-1]:.6f}, {ms:.2f} ms per step")
    print(f"relative difference after {len(losses)} steps: {difference:.1e}")
    assert difference < 1e-4


if __name__ == "__main__":
    main()
