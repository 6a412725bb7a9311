"""Ten lines of scikit-learn: choose a model of the digits by focal loss of the service.

    pip install './clients/python[sklearn]'
    python examples/python/sklearn_ten_lines.py
"""

from focal_loss_client.sklearn import focal_loss_scorer
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

scorer = focal_loss_scorer(activation="softmax", gamma=2)
search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-3, 1e-2, 1e-1, 1, 10]}, scoring=scorer)
search.fit(*load_digits(return_X_y=True))
print(search.best_params_, f"focal loss {-search.best_score_:.4f}")
