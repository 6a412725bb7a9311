"""What a caller learns if nothing, or something else, listens at the URL, and how soon."""

import socket
import ssl
import threading
import time
import warnings

import numpy as np
import pytest
from fake_service import DISCONNECT, FakeService, success

from focal_loss_client import (
    FocalLossClient,
    FocalLossRetryWarning,
    FocalLossWarning,
    ServiceConnectionError,
    ServiceTimeoutError,
    UnexpectedResponseError,
)

BATCH = {"logits": [1.0, -2.0], "labels": [1, 0]}
# The largest batches are tried in shared memory first.
LARGE = {"logits": np.zeros(200_000, np.float32), "labels": np.zeros(200_000, np.float32)}
HOW_TO_START = r"npm start.*docker run.*URL"


@pytest.fixture
def closed_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def listener():
    """A function that starts a server for raw connections, and returns its port."""
    sockets = []

    def start(respond):
        server = socket.create_server(("127.0.0.1", 0))
        sockets.append(server)

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        respond(connection)
                    except OSError:
                        pass

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

    yield start
    for server in sockets:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@pytest.mark.parametrize("batch", [BATCH, LARGE], ids=["small", "large"])
def test_a_closed_port_is_told_within_3_seconds(closed_port, batch):
    url = f"http://127.0.0.1:{closed_port}"
    start = time.monotonic()
    with FocalLossClient(url) as client, pytest.warns(FocalLossRetryWarning, match="retrying for up to 3 s") as warned:
        with pytest.raises(ServiceConnectionError, match=rf"{url}: nothing listens there.*{HOW_TO_START}") as error:
            client.focal_loss(**batch)
    assert time.monotonic() - start < 3
    assert error.value.unreached
    assert [warning.filename for warning in warned] == [__file__]
    assert url in str(warned[0].message)


def test_a_sweep_likewise(closed_port):
    with FocalLossClient(f"http://127.0.0.1:{closed_port}", max_startup_seconds=0.2) as client:
        with pytest.warns(FocalLossRetryWarning) as warned, pytest.raises(ServiceConnectionError, match=HOW_TO_START):
            client.sweep(**BATCH, gammas=[2])
    assert [warning.filename for warning in warned] == [__file__]


def test_a_service_that_starts_within_max_startup_seconds(closed_port, start_service):
    starter = threading.Timer(0.5, start_service, ["--port", str(closed_port)])
    starter.start()
    with FocalLossClient(f"http://127.0.0.1:{closed_port}", max_startup_seconds=60) as client:
        assert client.focal_loss(**BATCH).counts.samples == 2
    starter.join()


def test_a_service_that_goes_away_is_waited_for():
    """Longer than max_startup_seconds, and nobody is told how to start it."""
    with FakeService() as service:
        status, headers, body = success()
        service.responses = [(status, {**headers, "Connection": "close"}, body)]
        client = FocalLossClient(service.url, max_startup_seconds=0.1, max_retry_seconds=1)
        client.focal_loss(**BATCH)
        url = service.url
    start = time.monotonic()
    with client, pytest.warns(FocalLossRetryWarning, match="for up to 1 s") as warned:
        with pytest.raises(ServiceConnectionError) as error:
            client.focal_loss(**BATCH)
    assert time.monotonic() - start > 0.5
    assert [each.category for each in warned].count(FocalLossRetryWarning) == 1
    assert str(error.value) == f"{url}: nothing listens there (connection refused)"


def test_each_call_that_is_retried_warns_once(fake, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    with FocalLossClient(fake.url) as client, pytest.warns(FocalLossRetryWarning) as warned:
        for _ in range(2):
            fake.requests.clear()
            fake.responses = [DISCONNECT, DISCONNECT, success()]
            client.focal_loss(**BATCH)
    text = f"retrying for up to 60 s: {fake.url}: Remote end closed connection without response"
    messages = [str(warning.message) for warning in warned if warning.category is FocalLossRetryWarning]
    assert messages == [text, text]


def test_mistakes_in_requests_are_another_category():
    assert not issubclass(FocalLossRetryWarning, FocalLossWarning)


def test_calls_that_are_not_retried_do_not_warn(closed_port):
    with FocalLossClient(f"http://127.0.0.1:{closed_port}", max_retry_seconds=0) as client:
        with warnings.catch_warnings(), pytest.raises(ServiceConnectionError, match=HOW_TO_START):
            warnings.simplefilter("error")
            client.focal_loss(**BATCH)


def test_a_name_that_cannot_be_resolved():
    with FocalLossClient("http://no-such-host.invalid:8080", max_startup_seconds=0.1) as client:
        with pytest.raises(ServiceConnectionError, match=rf"invalid:8080: its name cannot be resolved.*{HOW_TO_START}"):
            client.focal_loss(**BATCH)


def test_a_unix_socket_that_is_missing_or_dead(tmp_path):
    path = tmp_path / "focal loss.sock"
    url = f"unix://{path}"
    with FocalLossClient(url, max_startup_seconds=0.1) as client:
        with pytest.raises(ServiceConnectionError, match=rf"{url}: there is no such socket.*{HOW_TO_START}"):
            client.focal_loss(**BATCH)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with FocalLossClient(url, max_startup_seconds=0.1) as client:
        with pytest.raises(ServiceConnectionError, match=rf"{url}: nothing listens there.*{HOW_TO_START}"):
            client.focal_loss(**BATCH)


def test_a_host_that_does_not_respond_to_connections(monkeypatch):
    def connect(*_, **__):
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with FocalLossClient("http://192.0.2.1:8080", max_startup_seconds=0.1) as client:
        with pytest.raises(ServiceTimeoutError, match=rf"no connection within connect_timeout.*{HOW_TO_START}"):
            client.focal_loss(**BATCH)


@pytest.mark.parametrize("batch", [BATCH, LARGE], ids=["small", "large"])
def test_tls_to_a_port_without_it_is_not_retried(fake, batch):
    url = fake.url.replace("http:", "https:")
    start = time.monotonic()
    with FocalLossClient(url) as client, warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ServiceConnectionError, match=r"does not speak TLS: try http://"):
            client.focal_loss(**batch)
    assert time.monotonic() - start < 3


def test_a_certificate_that_is_not_trusted_is_not_retried(listener, tmp_path):
    trustme = pytest.importorskip("trustme")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    port = listener(lambda connection: context.wrap_socket(connection, server_side=True))
    with FocalLossClient(f"https://127.0.0.1:{port}") as client:
        with pytest.raises(ServiceConnectionError, match=r"no connection by TLS: .*CERTIFICATE_VERIFY_FAILED") as error:
            client.focal_loss(**BATCH)
    assert error.value.permanent


@pytest.mark.parametrize(
    ("greeting", "message"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x46", "speaks TLS: try https://"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP: it responded SSH-2.0-OpenSSH_9.2"),
        (b"\xff" * 300 + b"\n", "does not speak HTTP: it responded .{60}$"),
        (b"x" * 70_000, "does not speak HTTP: it responded"),
    ],
)
def test_something_that_does_not_speak_http(listener, greeting, message):
    def respond(connection):
        connection.recv(1 << 16)
        connection.sendall(greeting)

    start = time.monotonic()
    with FocalLossClient(f"http://127.0.0.1:{listener(respond)}") as client:
        with pytest.raises(UnexpectedResponseError, match=message):
            client.focal_loss(**BATCH)
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("batch", [BATCH, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("status", [404, 405, 501])
def test_another_http_server(fake, batch, status):
    fake.responses = [(status, {"Content-Type": "text/html", "Content-Length": "9"}, b"<p>no</p>")]
    with FocalLossClient(fake.url) as client:
        with pytest.raises(
            UnexpectedResponseError, match=f"expected a focal-loss-service, got {status}.*URL.*<p>no</p>"
        ):
            client.focal_loss(**batch)


def test_a_closed_client(fake):
    client = FocalLossClient(fake.url)
    client.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        client.focal_loss(**BATCH)


def test_a_path_that_the_service_does_not_have(service_url):
    with FocalLossClient(service_url + "/prefix") as client:
        with pytest.raises(Exception, match="not_found"):
            client.focal_loss(**BATCH)
