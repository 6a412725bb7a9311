"""Serves an app by uvicorn, with the fastest parts that it has, until standard input ends."""

import socket
import sys
import threading

import uvicorn

from line import say, versions


def listen(app, *packages):
    """Says the port, and the versions of `packages`."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", log_level="warning", access_log=False, timeout_keep_alive=600
    )
    server = uvicorn.Server(config)

    def stop_with_input():
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=stop_with_input, daemon=True).start()
    say({"port": listener.getsockname()[1], "versions": versions(*packages)})
    server.run(sockets=[listener])
