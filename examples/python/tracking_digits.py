"""Log a training run to TensorBoard and MLflow: `result.scalars()` is all that a tracker needs.

A linear model learns the digits of scikit-learn, of which the higher ones were made rare, by gradients of the service:
once with cross-entropy (gamma 0) and once with focal loss (gamma 2). Each logged step has the loss, and for each class its
share of the loss and its mean probability. At the end, what the trackers have stored is read and compared.

    pip install tensorboardX tensorboard mlflow-skinny scikit-learn ./clients/python
    python examples/python/tracking_digits.py http://127.0.0.1:8080 runs
    tensorboard --logdir runs/tensorboard
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import mlflow
import numpy as np
from focal_loss_client import FocalLossClient
from sklearn.datasets import load_digits
from sklearn_evaluation import long_tailed_rows
from tensorboardX import SummaryWriter

NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
PER_CLASS = ("loss.share", "mean_pt.positive")
STEPS = 100
LOG_EVERY = 5


def train(client, gamma, log):
    """Calls log(scalars, step), and returns the milliseconds of training and of logging per logged step."""
    images, labels = load_digits(return_X_y=True)
    rows = long_tailed_rows(labels)
    images, labels = (images[rows] / 16).astype(np.float32), labels[rows]
    weights = np.zeros((64, 10), np.float32)
    bias = np.full(10, -2, np.float32)  # A tenth of the elements is positive.
    seconds = [0.0, 0.0]
    for step in range(STEPS + 1):
        start = time.perf_counter()
        result = client.focal_loss(
            images @ weights + bias, labels, gamma=gamma, alpha=None, normalizer="positives", class_names=NAMES
        )
        weights -= 0.5 * images.T @ result.gradients
        bias -= 0.5 * result.gradients.sum(axis=0)
        logged = time.perf_counter()
        if step % LOG_EVERY == 0:
            log(result.scalars("train/", per_class=PER_CLASS), step)
        seconds[0] += logged - start
        seconds[1] += time.perf_counter() - logged
    return seconds[0] / (STEPS + 1) * 1000, seconds[1] / (STEPS // LOG_EVERY + 1) * 1000


def main():
    client = FocalLossClient(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()).resolve()
    # MLflow's default is a database, which takes more of it than mlflow-skinny.
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    mlflow.set_tracking_uri((folder / "mlflow").as_uri())
    mlflow.set_experiment("digits")
    for gamma in (0, 2):
        name = f"gamma-{gamma}"
        history = []
        with SummaryWriter(str(folder / "tensorboard" / name)) as writer, mlflow.start_run(run_name=name) as run:

            def log(scalars, step, history=history, writer=writer):
                history.append((step, scalars))
                for tag, value in scalars.items():
                    writer.add_scalar(tag, value, step)
                mlflow.log_metrics(scalars, step)

            training, logging = train(client, gamma, log)
        compare(history, of_tensorboard(folder / "tensorboard" / name), relative=1e-6)  # It stores float32.
        compare(history, of_mlflow(run.info.run_id), relative=0)
        losses = [scalars["train/loss"] for _, scalars in history]
        last = {label: history[-1][1][f"train/per_class/loss.share/{label}"] for label in NAMES}
        rarest = sum(last[label] for label in NAMES[5:])
        print(
            f"gamma {gamma}: loss {losses[0]:.4f} to {losses[-1]:.4f}, {rarest:.1%} of it of the five rarest digits; "
            f"{len(history[0][1])} numbers in {len(history)} steps; ms per step: {training:.1f}, to log: {logging:.1f}"
        )
        assert losses[-1] < losses[0]


def of_tensorboard(folder):
    """Returns {tag: {step: value}}."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    return {tag: {event.step: event.value for event in events.Scalars(tag)} for tag in events.Tags()["scalars"]}


def of_mlflow(run_id):
    """Returns the same."""
    mlflow_client = mlflow.MlflowClient()
    tags = mlflow_client.get_run(run_id).data.metrics
    return {tag: {m.step: m.value for m in mlflow_client.get_metric_history(run_id, tag)} for tag in tags}


def compare(history, stored, relative):
    """Fails unless each number is stored with its step, and nothing else."""
    assert set(stored) == {tag for _, scalars in history for tag in scalars}
    for step, scalars in history:
        for tag, value in scalars.items():
            np.testing.assert_allclose(stored[tag][step], value, rtol=relative)


if __name__ == "__main__":
    main()
