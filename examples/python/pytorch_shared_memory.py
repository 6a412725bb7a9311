"""Train with PyTorch on the machine of the service: the batch of each step lies in memory that both have in common.

A small network learns the colours of a photograph from its brightness: for each of 102 400 pixels it decides which of 27
colours it has, most of which are rare. It does so first with torchvision's focal loss and then, from the same seed, with
the service: once the batches are sent, and once they lie in shared memory. The same code works on a GPU: it copies the
logits straight into the shared memory.

    pip install torchvision scikit-learn './clients/python[torch]'
    SHARED_MEMORY=on npm start   # on Linux
    python examples/python/pytorch_shared_memory.py http://127.0.0.1:8080
"""

import sys
import time

import torch
from focal_loss_client import FocalLossClient
from focal_loss_client.torch import FocalLoss
from sklearn.datasets import load_sample_image
from torchvision.ops import sigmoid_focal_loss

COLORS = 27


def load_pixels():
    """Returns the 5 × 5 brightnesses around each pixel, [pixels, 25], and the colour of each, [pixels]."""
    image = torch.tensor(load_sample_image("china.jpg"))[:160].permute(2, 0, 1)
    red, green, blue = (image // 86).to(torch.int64)
    brightness = image.to(torch.float32).mean(0, keepdim=True) / 255
    patches = torch.nn.functional.unfold(brightness[None], 5, padding=2)[0].T.contiguous()
    return patches, (9 * red + 3 * green + blue).flatten()


def train(focal_loss, patches, colors, steps=4):
    """Returns the loss of each step, the milliseconds per step, and those of the loss and its gradients among them."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(25, 16), torch.nn.ReLU(), torch.nn.Linear(16, COLORS))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses, steps_ms, losses_ms = [], [], []
    for _ in range(steps):
        start = time.perf_counter()
        logits = model(patches)
        leaf = logits.detach().requires_grad_()
        loss_start = time.perf_counter()
        loss = focal_loss(leaf, colors)
        loss.backward()
        losses_ms.append(time.perf_counter() - loss_start)
        optimizer.zero_grad()
        logits.backward(leaf.grad)
        optimizer.step()
        losses.append(loss.item())
        steps_ms.append(time.perf_counter() - start)
    return losses, median_ms(steps_ms), median_ms(losses_ms)


def median_ms(seconds):
    return 1000 * sorted(seconds)[len(seconds) // 2]


def torchvision_loss(logits, labels):
    targets = torch.nn.functional.one_hot(labels, COLORS).to(logits)
    return sigmoid_focal_loss(logits, targets, alpha=0.25, gamma=2, reduction="mean")


def main():
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    patches, colors = load_pixels()
    line = "{:26} loss {:.6f} to {:.6f}, {:.0f} ms per step, {:.0f} of them for the loss and its gradients"
    reference, *ms = train(torchvision_loss, patches, colors)
    print(line.format("torchvision:", reference[0], reference[-1], *ms))
    for name, mode in {"over HTTP": "off", "in shared memory": "require"}.items():
        with FocalLossClient(url, shared_memory=mode) as client:
            losses, *ms = train(FocalLoss(alpha=0.25, gamma=2, client=client), patches, colors)
        print(line.format(f"service, {name}:", losses[0], losses[-1], *ms))
        assert abs(losses[-1] / reference[-1] - 1) < 1e-4


if __name__ == "__main__":
    main()
