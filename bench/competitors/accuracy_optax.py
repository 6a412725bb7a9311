"""optax.sigmoid_focal_loss, alpha off, with derivatives by jax.grad, in float32."""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import optax  # noqa: E402

from arrays import decode, encode  # noqa: E402
from line import serve, versions  # noqa: E402


def answer(asked):
    logits = jnp.asarray(decode(asked["logits"]))

    def loss_of(logit):
        return optax.sigmoid_focal_loss(logit, jnp.float32(asked["label"]), alpha=None, gamma=asked["gamma"])

    slope_of = jax.grad(loss_of)
    return {
        "loss": encode(jax.vmap(loss_of)(logits)),
        "gradient": encode(jax.vmap(slope_of)(logits)),
        "hessian": encode(jax.vmap(jax.grad(slope_of))(logits)),
    }


serve(answer, versions=versions("optax", "jax"))
