"""In an environment with the extra `torch` alone: one loss and its gradients. The argument is the URL.

Run it by `python -I`: it has the name of the library, which an import would find in its folder first.
"""

import sys

import torch

from focal_loss_client.torch import FocalLoss

logits = torch.tensor([[2.2, -1.3, -4.0], [-3.1, 0.4, 0.7]], requires_grad=True)
loss = FocalLoss(activation="softmax", client=sys.argv[1])(logits, torch.tensor([0, 1]))
loss.backward()
assert abs(loss.item() - 0.14578620167165574) < 1e-7, loss
assert logits.grad is not None and abs(logits.grad[1, 1].item() + 0.21996975) < 1e-7, logits.grad
foreign = sys.modules.keys() & {"jax", "keras", "lightgbm", "sklearn", "tensorflow", "xgboost"}
assert not foreign, foreign
