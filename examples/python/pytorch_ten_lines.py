"""Ten lines of PyTorch: a linear model learns the digits of scikit-learn with focal loss of the service.

    pip install scikit-learn './clients/python[torch]'
    python examples/python/pytorch_ten_lines.py
"""

import torch
from focal_loss_client.torch import focal_loss
from sklearn.datasets import load_digits

images, labels = map(torch.tensor, load_digits(return_X_y=True))
optimizer = torch.optim.Adam((model := torch.nn.Linear(64, 10, dtype=torch.float64)).parameters(), lr=0.01)
for _ in range(60):
    optimizer.zero_grad()
    focal_loss(model(images / 16), labels, gamma=2, activation="softmax").backward()
    optimizer.step()
print(f"{(model(images / 16).argmax(1) == labels).double().mean():.1%} of the digits are recognised")
