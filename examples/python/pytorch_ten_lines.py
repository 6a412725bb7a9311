"""Ten lines of PyTorch: a linear model learns the digits of scikit-learn with focal loss of the service.

    pip install scikit-learn './clients/python[torch]'
    FOCAL_LOSS_URL=http://127.0.0.1:8080 python pytorch_ten_lines.py
"""

import torch
from focal_loss_client.torch import FocalLoss
from sklearn.datasets import load_digits

images, labels = map(torch.tensor, load_digits(return_X_y=True))
optimizer = torch.optim.Adam((model := torch.nn.Linear(64, 10, dtype=torch.float64)).parameters(), lr=0.01)
for _ in range(60):
    optimizer.zero_grad()
    FocalLoss(gamma=2, activation="softmax")(model(images / 16), labels).backward()
    optimizer.step()
print(f"{(model(images / 16).argmax(1) == labels).double().mean():.1%} of the digits are recognised")
