"""A proxy in front of PostgreSQL that loses the answer to a COMMIT: the one moment at which nobody knows."""

from __future__ import annotations

import socket
import threading
from selectors import EVENT_READ, DefaultSelector
from typing import Any

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"  # as a client sends it in one message
DONE = b"C\x00\x00\x00\x0bCOMMIT\x00"  # as the server says that it is done
SIZE = 65536


class Cutter:
    """Passes everything on; once armed, hangs up on the next client whose COMMIT the server has answered."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._armed = threading.Event()
        self.cut = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self) -> None:
        self._armed.set()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._upstream)
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with client, server, DefaultSelector() as selector:
            other: dict[Any, socket.socket] = {client: server, server: client}
            for one in other:
                selector.register(one, EVENT_READ)
            while True:
                for key, _events in selector.select():
                    data = key.fileobj.recv(SIZE)  # type: ignore[union-attr]  # a socket
                    if not data:
                        return
                    other[key.fileobj].sendall(data)
                    if key.fileobj is client and COMMIT in data and self._armed.is_set():
                        self._armed.clear()
                        self._lose_answer(server)
                        return

    def _lose_answer(self, server: socket.socket) -> None:
        said = b""
        while DONE not in said:
            said += server.recv(SIZE)
        self.cut += 1
