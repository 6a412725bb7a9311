"""A proxy that keeps what clients send, byte by byte."""

import socket
import threading
from pathlib import Path

FIXTURES = Path(__file__).parents[1] / "fixtures" / "clients"


class Recorder:
    """Clients are called one at a time, so all that comes is of the client whose turn it is."""

    def __init__(self, service: str):
        self._service = service
        self._file = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def turn(self, client: str) -> None:
        if self._file:
            self._file.close()
        FIXTURES.mkdir(exist_ok=True)
        self._file = (FIXTURES / f"{client}.http").open("wb", buffering=0)

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            host, port = self._service.split(":")
            service = socket.create_connection((host, int(port)))
            threading.Thread(target=self._forward, args=(client, service, True), daemon=True).start()
            threading.Thread(target=self._forward, args=(service, client, False), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, record: bool) -> None:
        try:
            while data := source.recv(65536):
                if record:
                    self._file.write(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            target.close()
