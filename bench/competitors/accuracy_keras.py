"""keras.losses.BinaryFocalCrossentropy and CategoricalFocalCrossentropy on its torch backend, from logits, no weights."""

import os

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras  # noqa: E402

from line import serve, versions  # noqa: E402
from torch_derivatives import answer  # noqa: E402


def sigmoid_loss(logits, labels, gamma):
    loss = keras.losses.BinaryFocalCrossentropy(gamma=gamma, from_logits=True, reduction=None)
    return loss(labels[:, None], logits[:, None])  # It means over the last axis: one element each.


def softmax_loss(logits, labels, hard, gamma):
    loss = keras.losses.CategoricalFocalCrossentropy(alpha=1, gamma=gamma, from_logits=True, reduction=None)
    return loss(labels, logits)


serve(lambda asked: answer(asked, sigmoid_loss, softmax_loss), versions=versions("keras"))
