"""What the comparisons of boosting libraries share: three data sets, each learned with numpy's loss and with the service.

The breast cancer and wine data of scikit-learn are small. The third model finds the few reddish pixels of a photograph
by the brightness around them: 102 400 rows, which may lie in shared memory.
"""

import numpy as np
from focal_loss_client import FocalLossClient, SharedMemoryError
from numpy_focal_loss import sigmoid_focal_loss, softmax_focal_loss
from sklearn.datasets import load_breast_cancer, load_sample_image, load_wine

MIN_HESSIAN = 1e-6


def load_pixels():
    """Returns the 3 × 3 brightnesses around each pixel, [pixels, 9], and whether it is reddish, [pixels]."""
    image = load_sample_image("china.jpg")[:160].astype(np.float32)
    brightness = np.pad(image.mean(axis=2), 1, mode="edge")
    patches = np.lib.stride_tricks.sliding_window_view(brightness, (3, 3)).reshape(-1, 9)
    return patches, (image[..., 0] > image[..., 2] + 40).astype(np.int64).ravel()


def numpy_objective(evaluate):
    def objective(margins, data):
        _, gradients, hessian = evaluate(margins, data.get_label().astype(np.int64))
        return gradients, np.maximum(hessian, MIN_HESSIAN)

    return objective


def compare(url, focal_loss, train):
    """Prints losses and milliseconds of each run, and fails if a loss is another than numpy's.

    `focal_loss` is the class of the library, and `train(objective, features, labels, start, rounds)` returns the margins
    after the last round, and the seconds that it took.
    """
    models = [
        ("breast cancer", load_breast_cancer(return_X_y=True), sigmoid_focal_loss, {}, 50),
        ("wine", load_wine(return_X_y=True), softmax_focal_loss, {"activation": "softmax"}, 50),
        ("photograph", load_pixels(), sigmoid_focal_loss, {}, 10),
    ]
    for name, (features, labels), evaluate, options, rounds in models:
        losses = {"numpy": numpy_objective(evaluate)}
        losses["HTTP"] = focal_loss(client=FocalLossClient(url, shared_memory="off"), **options)
        if len(labels) > 100_000:  # Small batches are sent in any case.
            losses["shared memory"] = focal_loss(client=FocalLossClient(url, shared_memory="require"), **options)
        start = losses["HTTP"].initial_score(labels)
        before, expected = evaluate(start, labels)[0] / len(labels), None
        for kind, loss in losses.items():
            try:
                margins, seconds = train(loss, features, labels, start, rounds)
            except SharedMemoryError as error:
                print(f"{name}, {kind}: {error}")
                continue
            after = evaluate(margins.astype(np.float64), labels)[0] / len(labels)
            expected = expected or after
            difference = abs(after / expected - 1)
            print(
                f"{name}, {kind}: loss {before:.6f} to {after:.6f}, differs by {difference:.0e} after {rounds} rounds, "
                f"{seconds / rounds * 1000:.2f} ms per round"
            )
            assert difference < 1e-4
