"""Ten lines of LightGBM: a classifier learns the breast cancer data of scikit-learn with focal loss of the service.

    pip install scikit-learn './clients/python[lightgbm]'
    python examples/python/lightgbm_ten_lines.py
"""

from focal_loss_client.lightgbm import FocalLoss, FocalLossClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split

features, held_out, labels, held_out_labels = train_test_split(*load_breast_cancer(return_X_y=True), random_state=0)
loss = FocalLoss(gamma=2)
model = FocalLossClassifier(objective=loss, n_estimators=30, verbose=-1, n_jobs=1).fit(features, labels)
print(classification_report(held_out_labels, model.predict(held_out)))
