"""torchvision.ops.sigmoid_focal_loss, alpha off; softmax, which it has not, as one writes it with torch."""

from torch import exp
from torch.nn.functional import cross_entropy, log_softmax
from torchvision.ops import sigmoid_focal_loss

from line import serve, versions
from torch_derivatives import answer


def sigmoid_loss(logits, labels, gamma):
    return sigmoid_focal_loss(logits, labels, alpha=-1, gamma=gamma, reduction="none")


def softmax_loss(logits, labels, hard, gamma):
    if hard:
        entropy = cross_entropy(logits, labels.argmax(1), reduction="none")
        return (1 - exp(-entropy)) ** gamma * entropy
    log_p = log_softmax(logits, 1)
    return -(labels * (1 - log_p.exp()) ** gamma * log_p).sum(1)


serve(lambda asked: answer(asked, sigmoid_loss, softmax_loss), versions=versions("torch", "torchvision"))
