"""Use the service as a loss in JAX: a custom VJP around a host callback, inside `jit`, with optax.

A small network learns the digits of scikit-learn as ten binary decisions, first with optax's focal loss and then, from
the same seed, with the service.

    pip install jax optax scikit-learn ./clients/python
    python jax_digits.py http://127.0.0.1:8080
"""

import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax
from focal_loss_client import FocalLossClient
from sklearn.datasets import load_digits


def make_focal_loss(client, **options):
    """Returns a function of logits and labels that works inside `jit` and `grad`."""

    def post(logits, labels):
        result = client.focal_loss(logits=logits, labels=labels, outputs=["loss", "gradients"], **options)
        return np.float32(result.loss), result.gradients

    def evaluate(logits, labels):
        shapes = jax.ShapeDtypeStruct((), jnp.float32), jax.ShapeDtypeStruct(logits.shape, jnp.float32)
        return jax.pure_callback(post, shapes, logits, labels)

    @jax.custom_vjp
    def focal_loss(logits, labels):
        return evaluate(logits, labels)[0]

    def backward(gradients, upstream):
        return (upstream * gradients).astype(gradients.dtype), None

    focal_loss.defvjp(evaluate, backward)  # `evaluate` returns the gradients as the residuals of the backward pass.
    return focal_loss


def optax_loss(logits, labels):
    targets = jax.nn.one_hot(labels, 10)
    return optax.losses.sigmoid_focal_loss(logits, targets, alpha=0.25, gamma=2).mean()


def network(parameters, images):
    hidden = jax.nn.relu(images @ parameters["w1"] + parameters["b1"])
    return hidden @ parameters["w2"] + parameters["b2"]


def train(focal_loss, epochs=15, batch=128):
    """Returns the loss of each step, and the milliseconds per step."""
    rng = np.random.default_rng(0)
    images, labels = load_digits(return_X_y=True)
    images = images.astype(np.float32) / 16
    parameters = {
        "w1": jnp.asarray(rng.normal(0, 0.1, (64, 64)), jnp.float32),
        "b1": jnp.zeros(64),
        "w2": jnp.asarray(rng.normal(0, 0.1, (64, 10)), jnp.float32),
        "b2": jnp.zeros(10),
    }
    optimizer = optax.adam(3e-3)
    state = optimizer.init(parameters)

    @jax.jit
    def step(parameters, state, images, labels):
        loss, gradients = jax.value_and_grad(lambda p: focal_loss(network(p, images), labels))(parameters)
        updates, state = optimizer.update(gradients, state)
        return optax.apply_updates(parameters, updates), state, loss

    jax.block_until_ready(step(parameters, state, images[:batch], labels[:batch]))  # Compiles before the clock starts.
    losses = []
    start = time.perf_counter()
    for _ in range(epochs):
        # The last, incomplete batch is left out: its shape would need another compilation.
        for rows in rng.permutation(len(images))[: len(images) // batch * batch].reshape(-1, batch):
            parameters, state, loss = step(parameters, state, images[rows], labels[rows])
            losses.append(float(loss))
    return losses, (time.perf_counter() - start) / len(losses) * 1000


def main():
    client = FocalLossClient(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")

    reference, reference_ms = train(optax_loss)
    losses, ms = train(make_focal_loss(client, activation="sigmoid", alpha=0.25, gamma=2))

    difference = abs(losses[-1] / reference[-1] - 1)
    print(f"optax:   loss {reference[0]:.6f} to {reference[-1]:.6f}, {reference_ms:.2f} ms per step")
    print(f"service: loss {losses[0]:.6f} to {losses[-1]:.6f}, {ms:.2f} ms per step")
    print(f"relative difference after {len(losses)} steps: {difference:.1e}")
    assert difference < 1e-4


if __name__ == "__main__":
    main()
