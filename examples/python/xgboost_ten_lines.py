"""Ten lines of XGBoost: a classifier learns the wine data of scikit-learn with focal loss of the service.

    pip install scikit-learn './clients/python[xgboost]'
    python examples/python/xgboost_ten_lines.py
"""

from focal_loss_client.xgboost import FocalLoss, FocalLossClassifier
from sklearn.datasets import load_wine
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split

features, held_out, labels, held_out_labels = train_test_split(*load_wine(return_X_y=True), random_state=0)
loss = FocalLoss(activation="softmax", gamma=2)
model = FocalLossClassifier(objective=loss, n_estimators=30, min_child_weight=1e-3, n_jobs=1).fit(features, labels)
print(classification_report(held_out_labels, model.predict(held_out)))
