"""Evaluate a scikit-learn classifier with the service: which classes dominate the loss, and which are missed.

A classifier learns the digits of scikit-learn, of which the higher ones were made rare. The service evaluates the
probabilities of the test set, and its breakdown shows the effect of focusing: the share of each class in the
cross-entropy and in the focal loss. Its counts are checked against those of scikit-learn, and the metric, which is the
loss alone, against `log_loss`.

    pip install scikit-learn ./clients/python
    python examples/python/sklearn_evaluation.py http://127.0.0.1:8080
"""

import sys

import numpy as np
from focal_loss_client import FocalLossClient
from focal_loss_client.sklearn import focal_loss
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, log_loss
from sklearn.model_selection import train_test_split


def long_tailed_rows(labels):
    """Returns the rows of a long-tailed sample: all of class 0, and of each further class a third fewer."""
    rng = np.random.default_rng(0)
    return np.flatnonzero(rng.random(len(labels)) < 0.67**labels)


# Probabilities are clamped, to 1e-7 by default. Send logits instead if you have them.
OPTIONS = {"activation": "softmax", "epsilon": 1e-15}


def main():
    client = FocalLossClient(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")
    images, labels = load_digits(return_X_y=True)
    train_images, images, train_labels, labels = train_test_split(images, labels, random_state=0, stratify=labels)
    rows = long_tailed_rows(train_labels)
    model = LogisticRegression(max_iter=5000).fit(train_images[rows], train_labels[rows])

    probabilities = model.predict_proba(images)
    result = client.focal_loss(
        probabilities=probabilities,
        labels=labels,
        class_names=[f"digit {c}" for c in model.classes_],
        outputs=["loss", "per_class"],
        **OPTIONS,
    )

    table = result.per_class
    trained_on = np.bincount(train_labels[rows], minlength=10)
    print("class    trained on  of cross-entropy  of focal loss  mean p   found  missed  false alarms")
    for c, name in enumerate(result.class_names):
        print(
            f"{name}  {trained_on[c]:10}  {table['cross_entropy.share'][c]:16.1%}  {table['loss.share'][c]:13.1%}"
            f"  {table['mean_pt.positive'][c]:6.3f}  {table['true_positives'][c]:6}"
            f"  {table['false_negatives'][c]:6}  {table['false_positives'][c]:12}"
        )
    focal, cross_entropy = (focal_loss(labels, probabilities, client=client, gamma=gamma, **OPTIONS) for gamma in (2, 0))
    print(f"focal loss {focal:.6f}, cross-entropy {cross_entropy:.6f}")

    counts = confusion_matrix(labels, probabilities.argmax(axis=1))
    hits = counts.diagonal()
    np.testing.assert_array_equal(table["true_positives"], hits)
    np.testing.assert_array_equal(table["false_negatives"], counts.sum(axis=1) - hits)
    np.testing.assert_array_equal(table["false_positives"], counts.sum(axis=0) - hits)
    np.testing.assert_allclose(focal, result.loss)
    np.testing.assert_allclose(cross_entropy, log_loss(labels, probabilities), rtol=1e-5)


if __name__ == "__main__":
    main()
