"""What the examples of boosted probabilities share: one digit against the rest, its loss, and what is compared.

The exact Hessian of focal loss is negative where a prediction is confident and wrong, and has to be clipped there. With
`hessian_form="detached"` it never is. Both are tried with two learning rates, as they make steps of different lengths, and
from two starts: `initial_logit`, and the paper's for detectors, where every positive is confident and wrong.
"""

import numpy as np
from coarse_digits import load_coarse_digits
from markdown_table import print_table

DIGIT = 8
OPTIONS = {"gamma": 2.0, "alpha": 0.25}
FORMS = {"exact, clipped": "exact", "detached": "detached"}
PAPERS_START = np.log(0.01 / 0.99)
ROUNDS = 150
# The loss on held-out digits to which rounds are counted.
TARGET = 0.01


def compare(client, focal_loss, train):
    """Prints a table of both forms of the Hessian.

    `focal_loss` is the class of the library, and
    `train(loss, start, train_images, train_labels, images, labels, learning_rate)` returns the loss on the held-out
    digits after each round, and the margins of these digits in the round where it is smallest.
    """
    train_images, images, train_digits, digits = load_coarse_digits()
    train_labels, labels = (train_digits == DIGIT).astype(np.int64), (digits == DIGIT).astype(np.int64)
    initial = focal_loss(client=client, **OPTIONS).initial_logit(train_labels)

    rows = []
    for start, rate in [(initial, 0.1), (initial, 0.03), (PAPERS_START, 0.1)]:
        for name, form in FORMS.items():
            loss = focal_loss(client=client, hessian_form=form, **OPTIONS)
            losses, margins = train(loss, start, train_images, train_labels, images, labels, rate)
            result = client.focal_loss(logits=margins, labels=labels, outputs=["posterior", "calibration"], **OPTIONS)
            of_p, of_posterior = (
                result.calibration[f"{kind}.expected_calibration_error"] for kind in ("predicted", "posterior")
            )
            reached = np.flatnonzero(np.array(losses) <= TARGET)
            rows.append([
                name,
                f"{start:.2f}",
                f"{rate}",
                f"{loss.negative_hessians}",
                f"{reached[0] + 1}" if len(reached) > 0 else "not reached",
                f"{min(losses):.4f}",
                f"{np.argmin(losses) + 1}",
                f"{of_p:.3f}",
                f"{of_posterior:.3f}",
            ])
    print_table(
        [
            "Hessian",
            "start",
            "learning rate",
            "clipped",
            f"rounds to {TARGET}",
            "smallest loss",
            "in round",
            "calibration error: p",
            "posterior",
        ],
        rows,
    )
