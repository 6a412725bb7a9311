import time
from email.utils import formatdate

import numpy as np
import pytest
from fake_service import HANG_UP, SILENCE, answer, problem

from focal_loss_client import (
    ConnectionFailed,
    FieldError,
    FocalLossClient,
    RequestRefused,
    ServiceError,
    TimedOut,
    Unavailable,
    UnexpectedAnswer,
)
from focal_loss_client.patience import retry_after_seconds

BATCH = {"logits": np.array([1.0, -2.0]), "labels": np.array([1, 0])}


@pytest.fixture
def waits(monkeypatch):
    """The waits between tries, which pass at once, on a clock that nothing else moves."""
    made = []
    monkeypatch.setattr("time.sleep", made.append)
    monkeypatch.setattr("time.monotonic", lambda: sum(made))
    monkeypatch.setattr("random.random", lambda: 0.0)
    return made


@pytest.fixture
def client(fake):
    with FocalLossClient(fake.url, timeout=5) as client:
        yield client


@pytest.mark.parametrize(("status", "code"), [(429, "queue_full"), (503, "draining")])
def test_a_refusal_is_tried_again_when_it_says(fake, client, waits, status, code):
    fake.script = [problem(status, code, "2"), problem(status, code, "0"), answer()]
    assert client.focal_loss(**BATCH).loss == 0.5
    assert waits == [2, 0]
    assert len({body for *_, body in fake.requests}) == 1
    assert len(fake.requests) == 3


def test_without_a_retry_after_waits_double(fake, client, waits):
    bad_gateway = (502, {"Content-Type": "text/html", "Content-Length": "4"}, b"oops")
    fake.script = [bad_gateway] * 8 + [answer()]
    client.focal_loss(**BATCH)
    assert waits == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5])


def test_waits_are_spread(fake, client, waits, monkeypatch):
    monkeypatch.setattr("random.random", lambda: 0.5)
    fake.script = [problem(503, "not_ready", "8"), answer()]
    client.focal_loss(**BATCH)
    assert waits == [9]


def test_patience_ends_with_the_last_problem(fake, client, waits):
    fake.script = [problem(503, "not_ready", "25")]
    with pytest.raises(Unavailable, match="503 not_ready: A detail") as caught:
        client.focal_loss(**BATCH)
    assert waits == [25, 25]  # A third would end after 60 s.
    assert caught.value.problem.request_id == "r-1"


def test_a_job_can_have_no_patience(fake):
    fake.script = [problem(429, "queue_full", "0")]
    with pytest.raises(Unavailable):
        FocalLossClient(fake.url, retry_for=0).focal_loss(**BATCH)
    assert len(fake.requests) == 1


def test_connections_that_break_are_tried_again(fake, client, waits):
    fake.script = [HANG_UP, answer(length=10_000), answer()]
    assert client.focal_loss(**BATCH).loss == 0.5
    assert len(waits) == 2


def test_a_service_that_is_not_there(waits):
    with pytest.raises(ConnectionFailed):
        FocalLossClient("http://127.0.0.1:1", retry_for=1).focal_loss(**BATCH)
    assert waits == pytest.approx([0.1, 0.2, 0.4])
    with pytest.raises(ConnectionFailed):
        FocalLossClient("unix:///no/such/socket", retry_for=0).focal_loss(**BATCH)


def test_silence(fake):
    fake.script = [SILENCE]
    with pytest.raises(TimedOut):
        FocalLossClient(fake.url, timeout=0.05, retry_for=0).focal_loss(**BATCH)


def test_a_wrong_request_is_not_tried_again(fake, client, waits):
    errors = [
        {"pointer": "/labels/1", "message": "expected a class, got 7", "index": [1]},
        {"pointer": "/gama", "message": "unknown field", "since": "2.0"},
    ]
    fake.script = [problem(422, "invalid_request", errors=errors, more=3)]
    with pytest.raises(RequestRefused) as caught:
        client.focal_loss(**BATCH)
    assert waits == []
    assert caught.value.problem.errors == (
        FieldError("/labels/1", "expected a class, got 7", (1,)),
        FieldError("/gama", "unknown field", None),
    )
    assert str(caught.value) == "422 invalid_request: A detail\n  /gama: unknown field\n  and 3 more"


def test_a_bug_of_the_service_is_not_tried_again(fake, client, waits):
    fake.script = [problem(500, "internal")]
    with pytest.raises(ServiceError) as caught:
        client.focal_loss(**BATCH)
    assert not isinstance(caught.value, (RequestRefused, Unavailable))
    assert len(fake.requests) == 1


@pytest.mark.parametrize("content_type", ["text/html", "application/problem+json"])
def test_a_refusal_by_something_else_is_shown(fake, client, content_type):
    fake.script = [(403, {"Content-Type": content_type, "Content-Length": "9"}, b"<p>no</p>")]
    with pytest.raises(RequestRefused, match="403 Forbidden: <p>no</p>") as caught:
        client.focal_loss(**BATCH)
    assert caught.value.problem.code is None


@pytest.mark.parametrize(
    "step",
    [
        answer(content_type="text/html"),
        answer(response=None),
        answer(response={"loss": 1}),
        (200, {"Content-Type": "application/vnd.safetensors", "Content-Length": "4"}, b"oops"),
    ],
)
def test_an_answer_of_something_else(fake, client, step):
    fake.script = [step]
    with pytest.raises(UnexpectedAnswer):
        client.focal_loss(**BATCH)


def test_connections_are_kept(fake, client):
    for _ in range(3):
        client.focal_loss(**BATCH)
    assert len({port for port, *_ in fake.requests}) == 1


def test_paths_and_headers(fake):
    FocalLossClient(fake.url + "/focal/", api_key="secret").focal_loss(**BATCH)
    FocalLossClient(fake.url).focal_loss(**BATCH)
    (_, path, headers, _), (_, bare_path, bare_headers, _) = fake.requests
    assert (path, bare_path) == ("/focal/v1/focal-loss", "/v1/focal-loss")
    assert (headers["authorization"], bare_headers["authorization"]) == ("Bearer secret", None)


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://host", "unix://host/path", "unix:", "http://"])
def test_a_wrong_address_is_told_at_once(url):
    with pytest.raises(ValueError, match="expected an address like"):
        FocalLossClient(url)


def test_retry_after():
    assert retry_after_seconds("3") == 3
    assert retry_after_seconds(formatdate(time.time() + 100, usegmt=True)) == pytest.approx(100, abs=5)
    assert retry_after_seconds(formatdate(0, usegmt=True)) == 0
    assert retry_after_seconds("soon") is None
    assert retry_after_seconds(None) is None
