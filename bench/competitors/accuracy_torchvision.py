"""torchvision.ops.sigmoid_focal_loss, alpha off."""

from torchvision.ops import sigmoid_focal_loss

from line import serve, versions
from torch_derivatives import answer


def loss_of(logits, labels, gamma):
    return sigmoid_focal_loss(logits, labels, alpha=-1, gamma=gamma, reduction="none")


serve(lambda asked: answer(asked, loss_of), versions=versions("torch", "torchvision"))
