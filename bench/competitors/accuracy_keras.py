"""keras.losses.BinaryFocalCrossentropy on its torch backend, from logits, no class balancing."""

import os

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras  # noqa: E402

from line import serve, versions  # noqa: E402
from torch_derivatives import answer  # noqa: E402


def loss_of(logits, labels, gamma):
    loss = keras.losses.BinaryFocalCrossentropy(gamma=gamma, from_logits=True, reduction=None)
    return loss(labels[:, None], logits[:, None])  # It means over the last axis: one element each.


serve(lambda asked: answer(asked, loss_of), versions=versions("keras"))
