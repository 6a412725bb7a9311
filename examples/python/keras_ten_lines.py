"""Ten lines of Keras: a network learns the digits of scikit-learn with focal loss of the service.

    pip install scikit-learn './clients/python[keras]' torch   # or jax, or tensorflow
    KERAS_BACKEND=torch python examples/python/keras_ten_lines.py
"""

import keras
from focal_loss_client.keras import FocalLoss
from sklearn.datasets import load_digits

images, labels = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)])
loss = FocalLoss(gamma=2, activation="softmax", from_logits=True)
model.compile("adam", loss, metrics=["sparse_categorical_accuracy"])
model.fit(images / 16, labels, epochs=5, verbose=2)
