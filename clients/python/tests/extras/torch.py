"""Computes one loss in an environment that has the extra `torch` alone. Argument: the URL of the service."""

import sys

del sys.path[0]  # This folder has files with the names of the frameworks.

import torch  # noqa: E402

from focal_loss_client.torch import FocalLoss  # noqa: E402

logits = torch.tensor([[2.2, -1.3, -4.0], [-3.1, 0.4, 0.7]], requires_grad=True)
loss = FocalLoss(activation="softmax", client=sys.argv[1])(logits, torch.tensor([0, 1]))
loss.backward()
assert abs(loss.item() - 0.14578620167165574) < 1e-7, loss
assert logits.grad is not None and abs(logits.grad[1, 1].item() + 0.21996975) < 1e-7, logits.grad
foreign = sys.modules.keys() & {"jax", "keras", "lightgbm", "sklearn", "tensorflow", "xgboost"}
assert not foreign, foreign
