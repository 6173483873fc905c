"""Find out why a store cannot be reached: name, port, TLS, protocol, one after the other."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from storepact.model.errors import Undetermined, UsageError
from storepact.model.files import check_no_named_pipe
from storepact.model.values import lean_value

#: The longest first answer that is looked at, in bytes.
_HEAD = 256
_TLS_ALERT = b"\x15\x03"

#: What OpenSSL calls a certificate for another host or address, and one that is not valid at this time.
_OTHER_NAME, _WRONG_TIME = (62, 64), (9, 10)


class StoreUnreachable(Undetermined):
    """A store cannot be read; the message is one sentence with the repair."""


@lean_value(frozen=True)
class Endpoint:
    """Where a Redis server listens."""

    host: str
    port: int
    tls: bool
    ca_file: Path | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """A context that verifies certificates.

    Raises:
        UsageError: the file holds no certificates.

    """
    try:
        check_no_named_pipe(ca_file)
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError):
        raise UsageError(f"{ca_file} holds no certificates in PEM: give the file of the authority") from None


def probe_redis(endpoint: Endpoint, timeout: float) -> bool:
    """Connect and send one PING; returns whether the server requires a password.

    Raises:
        StoreUnreachable: there is no Redis server that answers.

    """
    with _connect(endpoint, timeout) as plain:
        if endpoint.tls:
            with _handshake(endpoint, plain, timeout) as encrypted:
                head = _ping(endpoint, encrypted)
        else:
            head = _ping(endpoint, plain)
    _judge_head(endpoint, head)
    return not head.startswith(b"+PONG")


def _connect(endpoint: Endpoint, timeout: float) -> socket.socket:
    try:
        return socket.create_connection((endpoint.host, endpoint.port), timeout)
    except (socket.gaierror, UnicodeError):  # a name too long for DNS is the latter
        problem = f"the host {endpoint.host} is unknown: correct the name, or the DNS of this network"
    except TimeoutError:
        problem = (
            f"{endpoint} did not accept a connection within {timeout:g} s: open the firewall, or "
            "run this where "
            "the store can be reached"
        )
    except ConnectionRefusedError:
        problem = f"nothing listens at {endpoint}: start the server, or correct the port"
    except OSError as error:
        problem = (
            f"{endpoint} cannot be reached ({error.strerror or type(error).__name__}): check the network"
        )
    raise StoreUnreachable(problem)


def _handshake(endpoint: Endpoint, plain: socket.socket, timeout: float) -> ssl.SSLSocket:
    try:
        return tls_context(endpoint.ca_file).wrap_socket(plain, server_hostname=endpoint.host)
    except ssl.SSLCertVerificationError as error:
        problem = _describe_certificate(endpoint, error)
    except (ssl.SSLError, ConnectionError, TimeoutError):
        if _speaks_plainly(endpoint, timeout):
            problem = (
                f"{endpoint} does not speak TLS: write redis:// instead of rediss://, or use its TLS port"
            )
        else:
            problem = f"{endpoint} does not speak TLS, nor Redis without it: correct the port"
    raise StoreUnreachable(problem)


def _describe_certificate(endpoint: Endpoint, error: ssl.SSLCertVerificationError) -> str:
    place = f"the certificate of {endpoint}"
    if error.verify_code in _OTHER_NAME:
        return f"{place} is for another name: write the host name that it is for, or issue it for this one"
    if error.verify_code in _WRONG_TIME:
        return f"{place} has expired, or is not valid yet: renew it, or set the clock of this machine"
    return f"{place} is not trusted ({error.verify_message}): give its authority with --ca-file"


def _speaks_plainly(endpoint: Endpoint, timeout: float) -> bool:
    """Whether a server that does not speak TLS answers as Redis does without it."""
    try:
        with _connect(endpoint, timeout) as plain:
            return _ping(endpoint, plain)[:1] in (b"+", b"-")
    except StoreUnreachable:
        return False


def _ping(endpoint: Endpoint, connection: socket.socket) -> bytes:
    try:
        connection.sendall(b"PING\r\n")
        return connection.recv(_HEAD)
    except TimeoutError:
        raise StoreUnreachable(
            f"{endpoint} accepts connections and does not answer: check the server, or whether "
            "the port is Redis"
        ) from None
    except OSError:
        return b""


def _judge_head(endpoint: Endpoint, head: bytes) -> None:
    """Judge the first bytes of a server: an error of Redis begins with its code."""
    if head.startswith((b"+PONG", b"-NOAUTH", b"-NOPERM")):
        return
    problems = {
        b"-DENIED": f"{endpoint} is in protected mode: set a password on it, or bind it to this network",
        b"-LOADING": f"{endpoint} is still loading its data: wait, and run this again",
        b"-ERR max number of clients": f"{endpoint} has as many clients as it allows: "
        "raise maxclients, or close connections",
        b"-MASTERDOWN": f"{endpoint} is a replica without its primary: use the address of the primary",
        b"HTTP/": f"{endpoint} is an HTTP server, not Redis: correct the port",
        _TLS_ALERT: f"{endpoint} speaks TLS: write rediss:// instead of redis://",
        b"": f"{endpoint} closed the connection at the first command: it may speak TLS (rediss://), or allow "
        "only some addresses",
    }
    for start, problem in problems.items():
        if start and head.startswith(start):
            raise StoreUnreachable(problem)
    if not head and endpoint.tls:
        raise StoreUnreachable(
            f"{endpoint} closed the TLS connection at the first command: it requires a client certificate, "
            "which integrations do not have; set tls-auth-clients to no"
        )
    if not head:
        raise StoreUnreachable(problems[b""])
    if head[:1] not in b"+-":
        raise StoreUnreachable(f"{endpoint} answers, but not as Redis does: correct the port")
