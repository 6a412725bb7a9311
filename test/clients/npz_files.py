"""numpy alone: what savez writes goes to /v1/focal-loss, also by curl, and np.load reads what comes back."""

import io
import json
import shutil
import subprocess
import tempfile
import urllib.error
from pathlib import Path

import numpy as np

from batch import ARRAYS, OPTIONS, OUTPUTS, Reference
from service import focal_loss

NPZ = "application/x-npz"


def call_npz(address: str, reference: Reference) -> str:
    for save in (np.savez, np.savez_compressed):
        for fields in (OPTIONS, {"options": json.dumps(OPTIONS)}):
            arrays = load(focal_loss(address, saved(save, **ARRAYS, **as_arrays(fields)), NPZ))
            for name in OUTPUTS[1:]:
                reference.check(name, arrays[name])
            response = json.loads(str(arrays["response"]))
            assert response["counts"]["samples"] == 5 and response["class_names"] == OPTIONS["class_names"]
    turned = {name: np.asfortranarray(array).astype(array.dtype.newbyteorder(">")) for name, array in ARRAYS.items()}
    arrays = load(focal_loss(address, saved(np.savez, **turned, **as_arrays(OPTIONS)), NPZ))
    reference.check("gradients", arrays["gradients"])
    streamed = Stream()
    np.savez(streamed, **ARRAYS, **as_arrays(OPTIONS))
    reference.check("gradients", load(focal_loss(address, streamed.getvalue(), NPZ))["gradients"])
    check_losses(address)
    check_errors(address)
    if shutil.which("curl"):
        check_curl(address, reference)
    return "savez, savez_compressed, load: options, layouts, losses, errors" + (", curl" if shutil.which("curl") else "")


class Stream(io.BytesIO):
    """A file that cannot seek, as a pipe: sizes follow the data then."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation("seek")

    tell = seek


def saved(save=np.savez, **arrays) -> bytes:
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def as_arrays(options: dict) -> dict:
    """An option that is an object is text; numpy makes arrays of all others."""
    return {name: json.dumps(value) if isinstance(value, dict) else value for name, value in options.items()}


def load(answer: bytes) -> dict:
    with np.load(io.BytesIO(answer), allow_pickle=False) as file:
        arrays = dict(file)
    assert all(array.flags.c_contiguous for array in arrays.values())
    return arrays


def check_losses(address: str) -> None:
    """The losses are those of JSON."""
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(6, 4)).astype(np.float32)
    labels = generator.integers(0, 4, 6)
    mask = generator.integers(0, 2, (6, 4)).astype(bool)
    cases = [
        {"logits": logits, "labels": labels, "activation": "softmax", "sample_weights": generator.random(6)},
        {"logits": logits, "labels": mask.astype(np.uint8), "element_weights": ~mask, "normalizer": "weights"},
        {"logits": logits[:, 0], "labels": mask[:, 0], "alpha": 0.4, "class_weights": [2.0]},
        {"logits": logits, "labels": labels.astype(np.int8), "ignore_index": 2, "warnings": False, "gamma": [0, 1, 2, 3]},
        {"logits": logits, "labels": mask, "gamma.positive": 1, "gamma.negative": 4.0, "margin": 0.05},
    ]
    for case in cases:
        fields = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in case.items()}
        if "gamma.positive" in fields:
            fields["gamma"] = {side: fields.pop(f"gamma.{side}") for side in ("positive", "negative")}
        if "element_weights" in fields:
            fields["element_weights"] = np.array(fields["element_weights"]).astype(int).tolist()
        expected = json.loads(focal_loss(address, fields))
        arrays = load(focal_loss(address, saved(**case), NPZ))
        assert json.loads(arrays["response"].item())["loss"] == expected["loss"], case
        assert np.array_equal(arrays["gradients"], np.array(expected["gradients"], np.float32)), case


def check_errors(address: str) -> None:
    logits, labels = ARRAYS["logits"], ARRAYS["labels"]
    positional = io.BytesIO()
    np.savez(positional, logits, labels)
    whole = saved(logits=logits, labels=labels)
    cases = [
        (422, "json.dumps", saved(logits=logits, labels=labels, alpha=None)),
        (422, "json.dumps", saved(logits=logits, labels=labels, options={"gamma": 1})),
        (422, "name them", positional.getvalue()),
        (422, "astype", saved(logits=logits.astype(np.longdouble), labels=labels)),
        (422, "once", saved(logits=logits, labels=labels, gamma=1, options=json.dumps({"gamma": 2}))),
        (400, "cut short", whole[:-1]),
        (400, "bytes follow", whole + b"\n"),
    ]
    for status, cure, body in cases:
        try:
            focal_loss(address, body, NPZ)
            raise AssertionError(f"expected {status} with {cure}, got a response")
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            assert error.code == status and cure in problem["detail"], problem


def check_curl(address: str, reference: Reference) -> None:
    with tempfile.TemporaryDirectory() as folder:
        batch, answer = Path(folder) / "batch.npz", Path(folder) / "answer.npz"
        batch.write_bytes(saved(**ARRAYS, **as_arrays(OPTIONS)))
        command = ["curl", "--silent", "--show-error", "--data-binary", f"@{batch}", "--output", str(answer)]
        url = f"http://{address}/v1/focal-loss"
        for content_type in (NPZ, "application/zip", "application/octet-stream"):
            subprocess.run([*command, "--fail", url, "-H", f"content-type: {content_type}"], check=True)
            reference.check("gradients", load(answer.read_bytes())["gradients"])
        subprocess.run([*command, url], check=True)  # As a form, which is what curl says without the header.
        assert NPZ in json.loads(answer.read_text())["detail"]
