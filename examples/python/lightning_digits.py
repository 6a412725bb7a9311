"""Use the service as a loss in Lightning: `FocalLoss` is a part of the module.

A small network learns the digits of scikit-learn, first with torchvision's focal loss and then, from the same seed,
with the service.

    pip install lightning torchvision scikit-learn './clients/python[torch]'
    python examples/python/lightning_digits.py http://127.0.0.1:8080
"""

import sys
import time

import lightning
import torch
from focal_loss_client.torch import FocalLoss
from pytorch_digits import torchvision_loss
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset


class Digits(lightning.LightningModule):
    def __init__(self, focal_loss):
        super().__init__()
        self.model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
        self.focal_loss = focal_loss
        self.losses = []

    def training_step(self, batch, _):
        images, labels = batch
        loss = self.focal_loss(self.model(images), labels)
        self.log("loss", loss, prog_bar=True)
        self.losses.append(loss.item())
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=3e-3)


def train(focal_loss):
    """Returns the loss of each step, and the milliseconds per step."""
    torch.set_num_threads(1)  # More threads slow down so small a network.
    lightning.seed_everything(0)
    images, labels = (torch.from_numpy(array) for array in load_digits(return_X_y=True))
    data = TensorDataset(images.to(torch.float32) / 16, labels)
    module = Digits(focal_loss)
    # Lightning shows a progress bar by default.
    trainer = lightning.Trainer(max_epochs=20, accelerator="cpu", logger=False, enable_checkpointing=False)
    start = time.perf_counter()
    trainer.fit(module, DataLoader(data, batch_size=128, shuffle=True))
    return module.losses, (time.perf_counter() - start) / len(module.losses) * 1000


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
