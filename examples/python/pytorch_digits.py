"""Use the service as a loss in PyTorch.

A small network learns the digits of scikit-learn as ten binary decisions, first with torchvision's focal loss and then,
from the same seed, with the service. The same code works on a GPU. Batches of this size are always sent;
`pytorch_shared_memory.py` has larger ones.

    pip install torchvision scikit-learn './clients/python[torch]'
    python examples/python/pytorch_digits.py http://127.0.0.1:8080
"""

import sys
import time

import torch
from focal_loss_client.torch import FocalLoss
from sklearn.datasets import load_digits
from torchvision.ops import sigmoid_focal_loss


def train(focal_loss, epochs=20, batch=128):
    """Returns the loss of each step, and the milliseconds per step."""
    torch.set_num_threads(1)  # More threads slow down so small a network.
    torch.manual_seed(0)
    images, labels = (torch.from_numpy(array) for array in load_digits(return_X_y=True))
    images = images.to(torch.float32) / 16
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    start = time.perf_counter()
    for _ in range(epochs):
        for rows in torch.randperm(len(images)).split(batch):
            loss = focal_loss(model(images[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses, (time.perf_counter() - start) / len(losses) * 1000


def torchvision_loss(logits, labels):
    targets = torch.nn.functional.one_hot(labels, 10).to(logits)
    return sigmoid_focal_loss(logits, targets, alpha=0.25, gamma=2, reduction="mean")


def main():
    reference, reference_ms = train(torchvision_loss)
    losses, ms = train(FocalLoss(alpha=0.25, gamma=2, client=sys.argv[1] if len(sys.argv) > 1 else None))

    difference = abs(losses[-1] / reference[-1] - 1)
    print(f"torchvision: loss {reference[0]:.6f} to {reference[-1]:.6f}, {reference_ms:.2f} ms per step")
    print(f"service:     loss {losses[0]:.6f} to {losses[-1]:.6f}, {ms:.2f} ms per step")
    print(f"relative difference after {len(losses)} steps: {difference:.1e}")
    assert difference < 1e-4


if __name__ == "__main__":
    main()
