import time
from email.utils import formatdate

import numpy as np
import pytest
from fake_service import DISCONNECT, NO_RESPONSE, problem, success

from focal_loss_client import (
    FocalLossClient,
    InvalidRequestError,
    ServiceConnectionError,
    ServiceError,
    ServiceTimeoutError,
    ServiceUnavailableError,
    UnexpectedResponseError,
    ValidationIssue,
)
from focal_loss_client.retry import parse_retry_after

TEMPORARY_PROBLEMS = pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "queue_full"),
        (429, "memory_exhausted"),
        (503, "not_ready"),
        (503, "shutting_down"),
        (503, "engine_unavailable"),
    ],
)
BATCH = {"logits": np.array([1.0, -2.0]), "labels": np.array([1, 0])}


@pytest.fixture
def waits(monkeypatch):
    """The waits between attempts; they take no time, and advance a fake clock."""
    seconds = []
    monkeypatch.setattr("time.sleep", seconds.append)
    monkeypatch.setattr("time.monotonic", lambda: sum(seconds))
    monkeypatch.setattr("random.random", lambda: 0.0)
    return seconds


@pytest.fixture
def client(fake):
    with FocalLossClient(fake.url, timeout=5) as client:
        yield client


@TEMPORARY_PROBLEMS
def test_temporary_problems_are_retried_after_the_time_they_name(fake, client, waits, status, code):
    fake.responses = [problem(status, code, "2"), problem(status, code, "0"), success()]
    assert client.focal_loss(**BATCH).loss == 0.5
    assert waits == [2, 0]
    assert len({body for *_, body in fake.requests}) == 1
    assert len(fake.requests) == 3


@TEMPORARY_PROBLEMS
def test_temporary_problems_raise_service_unavailable_in_the_end(fake, status, code):
    fake.responses = [problem(status, code, "0")]
    with pytest.raises(ServiceUnavailableError) as caught:
        FocalLossClient(fake.url, max_retry_seconds=0).focal_loss(**BATCH)
    assert (caught.value.problem.status, caught.value.problem.code) == (status, code)
    assert len(fake.requests) == 1


def test_without_retry_after_each_wait_doubles(fake, client, waits):
    bad_gateway = (502, {"Content-Type": "text/html", "Content-Length": "4"}, b"oops")
    fake.responses = [bad_gateway] * 8 + [success()]
    client.focal_loss(**BATCH)
    assert waits == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5])


def test_waits_have_jitter(fake, client, waits, monkeypatch):
    monkeypatch.setattr("random.random", lambda: 0.5)
    fake.responses = [problem(503, "not_ready", "8"), success()]
    client.focal_loss(**BATCH)
    assert waits == [9]


def test_the_last_problem_is_raised_once_the_retry_budget_is_used_up(fake, client, waits):
    fake.responses = [problem(503, "not_ready", "25")]
    with pytest.raises(ServiceUnavailableError, match="503 not_ready: A detail") as caught:
        client.focal_loss(**BATCH)
    assert waits == [25, 25]  # A third wait would end after 60 s.
    assert caught.value.problem.request_id == "r-1"


def test_broken_connections_are_retried(fake, client, waits):
    fake.responses = [DISCONNECT, success(length=10_000), success()]
    assert client.focal_loss(**BATCH).loss == 0.5
    assert len(waits) == 2


def test_an_unreachable_service(waits):
    with pytest.raises(ServiceConnectionError):
        FocalLossClient("http://127.0.0.1:1", max_retry_seconds=1).focal_loss(**BATCH)
    assert waits == pytest.approx([0.1, 0.2, 0.4])
    with pytest.raises(ServiceConnectionError):
        FocalLossClient("unix:///no/such/socket", max_retry_seconds=0).focal_loss(**BATCH)


def test_timeout(fake):
    fake.responses = [NO_RESPONSE]
    with pytest.raises(ServiceTimeoutError):
        FocalLossClient(fake.url, timeout=0.05, max_retry_seconds=0).focal_loss(**BATCH)


def test_an_invalid_request_is_not_retried(fake, client, waits):
    errors = [
        {"pointer": "/labels/1", "message": "expected a class, got 7", "index": [1]},
        {"pointer": "/gama", "message": "unknown field", "since": "2.0"},
    ]
    fake.responses = [problem(422, "invalid_request", errors=errors, more=3)]
    with pytest.raises(InvalidRequestError) as caught:
        client.focal_loss(**BATCH)
    assert waits == []
    assert caught.value.problem.errors == (
        ValidationIssue("/labels/1", "expected a class, got 7", (1,)),
        ValidationIssue("/gama", "unknown field", None),
    )
    assert str(caught.value) == "422 invalid_request: A detail\n  /gama: unknown field\n  and 3 more"


def test_an_internal_error_is_not_retried(fake, client, waits):
    fake.responses = [problem(500, "internal")]
    with pytest.raises(ServiceError) as caught:
        client.focal_loss(**BATCH)
    assert not isinstance(caught.value, (InvalidRequestError, ServiceUnavailableError))
    assert len(fake.requests) == 1


@pytest.mark.parametrize("content_type", ["text/html", "application/problem+json"])
def test_the_body_of_a_proxys_error_is_reported(fake, client, content_type):
    fake.responses = [(403, {"Content-Type": content_type, "Content-Length": "9"}, b"<p>no</p>")]
    with pytest.raises(InvalidRequestError, match="403 Forbidden: <p>no</p>") as caught:
        client.focal_loss(**BATCH)
    assert caught.value.problem.code is None


@pytest.mark.parametrize(
    "response",
    [
        success(content_type="text/html"),
        success(response=None),
        success(response={"loss": 1}),
        (200, {"Content-Type": "application/vnd.safetensors", "Content-Length": "4"}, b"oops"),
    ],
)
def test_unexpected_responses(fake, client, response):
    fake.responses = [response]
    with pytest.raises(UnexpectedResponseError):
        client.focal_loss(**BATCH)


def test_connections_are_reused(fake, client):
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
def test_an_invalid_url_is_rejected_immediately(url):
    with pytest.raises(ValueError, match="expected a URL like"):
        FocalLossClient(url)


def test_parsing_of_retry_after():
    assert parse_retry_after("3") == 3
    assert parse_retry_after(formatdate(time.time() + 100, usegmt=True)) == pytest.approx(100, abs=5)
    assert parse_retry_after(formatdate(0, usegmt=True)) == 0
    assert parse_retry_after("soon") is None
    assert parse_retry_after(None) is None


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "malformed_body", InvalidRequestError),
        (401, "unauthorized", InvalidRequestError),
        (413, "body_too_large", InvalidRequestError),
        (422, "invalid_request", InvalidRequestError),
        (500, "internal", ServiceError),
        (504, "deadline_exceeded", ServiceError),
    ],
)
def test_each_other_status_has_its_class_and_is_not_retried(fake, client, waits, status, code, kind):
    fake.responses = [problem(status, code, "1")]
    with pytest.raises(ServiceError) as caught:
        client.focal_loss(**BATCH)
    assert type(caught.value) is kind
    assert (waits, len(fake.requests)) == ([], 1)
