"""Use the service as a loss in JAX, inside `jit`, with optax.

A small network learns the digits of scikit-learn as ten binary decisions, first with optax's focal loss and then, from
the same seed, with the service. Steps with 18 000 digits then measure the service over HTTP and over shared memory,
which has to be on; smaller batches are always sent.

    pip install optax scikit-learn './clients/python[jax]'
    python examples/python/jax_digits.py http://127.0.0.1:8080
"""

import functools
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax
from focal_loss_client import FocalLossClient, SharedMemoryError
from focal_loss_client.jax import focal_loss
from sklearn.datasets import load_digits


def optax_loss(logits, labels):
    targets = jax.nn.one_hot(labels, 10)
    return optax.losses.sigmoid_focal_loss(logits, targets, alpha=0.25, gamma=2).mean()


def network(parameters, images):
    hidden = jax.nn.relu(images @ parameters["w1"] + parameters["b1"])
    return hidden @ parameters["w2"] + parameters["b2"]


def train(loss_function, epochs=15, batch=128, copies=1):
    """Returns the loss of each step, and the milliseconds per step."""
    rng = np.random.default_rng(0)
    images, labels = load_digits(return_X_y=True)
    images, labels = np.tile(images.astype(np.float32) / 16, (copies, 1)), np.tile(labels, copies)
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
        loss, gradients = jax.value_and_grad(lambda p: loss_function(network(p, images), labels))(parameters)
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
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    by_service = functools.partial(focal_loss, alpha=0.25, gamma=2)

    reference, reference_ms = train(optax_loss)
    losses, ms = train(functools.partial(by_service, client=url))

    large = {"epochs": 2, "copies": 30, "batch": 17_970}
    print(f"steps with 17970 digits: optax {train(optax_loss, **large)[1]:.1f} ms", end="")
    for name, mode in (("HTTP", "off"), ("shared memory", "require")):
        try:
            with FocalLossClient(url, shared_memory=mode) as client:
                print(f", {name} {train(functools.partial(by_service, client=client), **large)[1]:.1f} ms", end="")
        except SharedMemoryError as error:
            print(f", {name}: {error}", end="")
    print()

    difference = abs(losses[-1] / reference[-1] - 1)
    print(f"optax:   loss {reference[0]:.6f} to {reference[-1]:.6f}, {reference_ms:.2f} ms per step")
    print(f"service: loss {losses[0]:.6f} to {losses[-1]:.6f}, {ms:.2f} ms per step")
    print(f"relative difference after {len(losses)} steps: {difference:.1e}")
    assert difference < 1e-4


if __name__ == "__main__":
    main()
