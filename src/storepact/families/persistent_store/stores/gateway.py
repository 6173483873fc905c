"""A gateway in front of a Redis server: it records commands, asks for a password, speaks TLS, can be closed.

The suite `store` lets the target write through it: what arrives shows how a patch is written, and the store
can disappear and come back under the same address.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from storepact.model.values import lean_value

#: The longest bulk string of a command, in bytes, and the most words.
_LONGEST, _MOST_WORDS = 1_000_000, 10_000


@lean_value(frozen=True)
class Command:
    """A command that arrived; `connection` tells connections apart. Passwords are not recorded."""

    connection: int
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The command in capitals."""
        return self.words[0].upper()


@dataclass
class RedisGateway:
    """A listener on a port of loopback that passes everything on to a server on another port."""

    server_port: int
    password: str = field(default="", repr=False)
    """What clients have to authenticate with; empty for nothing."""
    tls: ssl.SSLContext | None = None
    port: int = 0
    commands: list[Command] = field(default_factory=list)
    """What arrived, in order."""
    _listener: socket.socket | None = None
    _connections: set[socket.socket] = field(default_factory=set)
    _count: int = 0

    def open(self) -> None:
        """Listen, on the same port as before."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self._listener, self.port = listener, listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def close(self) -> None:
        """Stop listening, and cut every connection."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut()

    def cut(self) -> None:
        """Cut every connection."""
        for connection in [*self._connections]:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self._count += 1
            threading.Thread(target=self._serve, args=(client, self._count), daemon=True).start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError, ssl.SSLError, ValueError), contextlib.ExitStack() as stack:
            plain.settimeout(60)
            client = plain if self.tls is None else self.tls.wrap_socket(plain, server_side=True)
            stack.enter_context(client)
            server = stack.enter_context(socket.create_connection(("127.0.0.1", self.server_port), 10))
            server.settimeout(None)
            self._connections |= {client, server}
            stack.callback(self._connections.difference_update, (client, server))
            pump = threading.Thread(target=_pump, args=(server, client), daemon=True)
            pump.start()
            self._pass_on(client, server, number)
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            pump.join(5)
        plain.close()

    def _pass_on(self, client: socket.socket, server: socket.socket, number: int) -> None:
        """Pass commands on until the client ends; authentication is answered here."""
        is_allowed = not self.password
        stream = client.makefile("rb")
        for words, raw in _commands(stream):
            name = words[0].upper()
            if name == "AUTH" or (name == "HELLO" and "AUTH" in map(str.upper, words)):
                is_allowed = not self.password or words[-1] == self.password
                client.sendall(b"+OK\r\n" if is_allowed else b"-WRONGPASS invalid username-password pair\r\n")
            elif not is_allowed:
                client.sendall(b"-NOAUTH Authentication required.\r\n")
            else:
                self.commands.append(Command(number, words))
                server.sendall(raw)


def _pump(server: socket.socket, client: socket.socket) -> None:
    """Pass responses back until the server ends."""
    with contextlib.suppress(OSError, ValueError):
        while data := server.recv(65_536):
            client.sendall(data)
        client.shutdown(socket.SHUT_RDWR)


def _commands(stream: BinaryIO) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Yield each command, as words and as it was sent.

    Raises:
        ValueError: what was sent is no command of Redis.

    """
    while head := stream.readline(64):
        if head[:1] != b"*" or not 0 < int(head[1:]) <= _MOST_WORDS:
            raise ValueError("not an array of bulk strings")
        raw, words = [head], []
        for _ in range(int(head[1:])):
            line = stream.readline(64)
            if line[:1] != b"$" or not 0 <= int(line[1:]) <= _LONGEST:
                raise ValueError("not a bulk string")
            content = stream.read(int(line[1:]) + 2)
            raw += [line, content]
            words.append(content[:-2].decode("utf-8", "backslashreplace"))
        yield tuple(words), b"".join(raw)
