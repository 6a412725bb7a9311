"""The digits of scikit-learn at a quarter of their pixels, so that a model is often unsure: data of the posterior examples."""

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def load_coarse_digits():
    """Returns train images, held-out images, train labels and held-out labels: half of the 1797 digits each.

    Images are [digits, 16] in [0, 1], means of 2 × 2 pixels.
    """
    images, labels = load_digits(return_X_y=True)
    coarse = images.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16) / 16
    return train_test_split(coarse, labels, test_size=0.5, random_state=0, stratify=labels)
