"""Lightning with the service as its loss: a module whose `training_step` calls the function of `pytorch_digits.py`.

It learns scikit-learn's digits, first with torchvision's focal loss and then, from the same seed, with the service.

    pip install lightning torch torchvision scikit-learn focal-loss-client
    python lightning_digits.py http://127.0.0.1:8080
"""

import sys
import time

import lightning
import torch
from focal_loss_client import FocalLossClient
from pytorch_digits import FocalLoss, own
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset


class Digits(lightning.LightningModule):
    def __init__(self, focal_loss):
        super().__init__()
        self.model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
        self.focal_loss = focal_loss
        self.curve = []

    def training_step(self, batch, _):
        images, labels = batch
        loss = self.focal_loss(self.model(images), labels)
        self.log("loss", loss, prog_bar=True)
        self.curve.append(loss.item())
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=3e-3)


def train(focal_loss):
    """Returns the loss of each step, and milliseconds per step."""
    torch.set_num_threads(1)  # For a network as small as this, more are slower.
    lightning.seed_everything(0)
    images, labels = (torch.from_numpy(array) for array in load_digits(return_X_y=True))
    data = TensorDataset(images.to(torch.float32) / 16, labels)
    module = Digits(focal_loss)
    # A progress bar is Lightning's default.
    trainer = lightning.Trainer(max_epochs=20, accelerator="cpu", logger=False, enable_checkpointing=False)
    start = time.perf_counter()
    trainer.fit(module, DataLoader(data, batch_size=128, shuffle=True))
    return module.curve, (time.perf_counter() - start) / len(module.curve) * 1000


def main():
    client = FocalLossClient(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")
    options = {"activation": "sigmoid", "alpha": 0.25, "gamma": 2}

    own_curve, own_ms = train(own)
    curve, ms = train(lambda logits, labels: FocalLoss.apply(logits, labels, client, options))

    difference = abs(curve[-1] / own_curve[-1] - 1)
    print(f"torchvision: loss {own_curve[0]:.6f} to {own_curve[-1]:.6f}, {own_ms:.2f} ms per step")
    print(f"service:     loss {curve[0]:.6f} to {curve[-1]:.6f}, {ms:.2f} ms per step")
    print(f"after {len(curve)} steps they differ by {difference:.1e}")
    assert difference < 1e-4


if __name__ == "__main__":
    main()
