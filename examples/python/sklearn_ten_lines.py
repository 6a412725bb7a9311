"""Choose a model of scikit-learn by its focal loss, on the digits.

    pip install scikit-learn ./clients/python
    python sklearn_ten_lines.py http://127.0.0.1:8080
"""

import sys

from focal_loss_client.sklearn import focal_loss_scorer
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

scorer = focal_loss_scorer(activation="softmax", gamma=2, client=sys.argv[1])
search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-3, 1e-2, 1e-1, 1, 10]}, scoring=scorer)
search.fit(*load_digits(return_X_y=True))
print(search.best_params_, f"focal loss {-search.best_score_:.4f}")
