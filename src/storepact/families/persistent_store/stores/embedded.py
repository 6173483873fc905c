"""The stores that the suite `store` starts: fakeredis or a redis-server behind a gateway, and moto."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from storepact.families.persistent_store.stores.gateway import RedisGateway
from storepact.families.persistent_store.stores.layout import DynamoDBNames
from storepact.model.errors import SetupFailed
from storepact.model.tree import Json
from storepact.model.values import lean_value

#: The variable with the path of a redis-server to use in place of fakeredis.
SERVER_VARIABLE = "STOREPACT_REDIS_SERVER"

#: Seconds within which a server has to listen.
_START = 30.0

#: The region and the credentials of the embedded DynamoDB, which takes any.
REGION = "us-east-1"
_METADATA = DynamoDBNames().metadata
CREDENTIALS = {"aws_access_key_id": "storepact", "aws_secret_access_key": "storepact"}


@lean_value(frozen=True)
class EmbeddedRedis:
    """A Redis server without a password, and the gateway that the target uses."""

    gateway: RedisGateway
    server_port: int
    program: str
    """Which server it is, with its version."""
    ca_file: Path | None = None

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """A client of the server itself, past the gateway."""
        import redis

        with redis.Redis(port=self.server_port, socket_timeout=30, decode_responses=True) as client:
            yield client

    def read(self, key: str) -> str | None:
        """The string under a key."""
        with self._client() as client:
            value: str | None = client.get(key)
            return value

    def write(self, key: str, value: str) -> None:
        """Set a string, as another user of the server does."""
        with self._client() as client:
            client.set(key, value)

    def names(self) -> frozenset[str]:
        """The names of all keys."""
        with self._client() as client:
            return frozenset(client.scan_iter())


@lean_value(frozen=True)
class EmbeddedDynamoDB:
    """A DynamoDB on loopback."""

    url: str
    program: str
    requests: list[tuple[str, Mapping[str, Json]]] = field(default_factory=list)
    """The operations that arrived, with their bodies."""

    def _client(self) -> Any:
        """A client of it."""
        import boto3

        return boto3.client("dynamodb", region_name=REGION, endpoint_url=self.url, **CREDENTIALS)

    def read_version(self, table: str) -> str | None:
        """The version of the last patch in a table."""
        key = {name: {"S": _METADATA} for name in ("namespace", "key")}
        with contextlib.closing(self._client()) as client:
            item: Any = client.get_item(TableName=table, Key=key).get("Item", {})
        version = item.get("lastVersion", {}).get("S")
        return None if version is None else str(version)

    def create_table(self, name: str) -> None:
        """Create a table as writer and SDKs need it."""
        with contextlib.closing(self._client()) as client:
            client.create_table(
                TableName=name,
                KeySchema=[
                    {"AttributeName": "namespace", "KeyType": "HASH"},
                    {"AttributeName": "key", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": key, "AttributeType": "S"} for key in ("namespace", "key")
                ],
                BillingMode="PAY_PER_REQUEST",
            )


@contextmanager
def embedded_redis(*, password: str = "", tls: bool = False) -> Iterator[EmbeddedRedis]:
    """A Redis server and its gateway on free ports of loopback, empty.

    Raises:
        SetupFailed: the server that the variable names cannot be started.

    """
    program = os.environ.get(SERVER_VARIABLE)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="storepact-")))
        server = _installed_server(program, folder) if program else _fake_server()
        port, name = stack.enter_context(server)
        context, ca_file = _certificates(folder) if tls else (None, None)
        gateway = RedisGateway(port, password, context)
        gateway.open()
        stack.callback(gateway.close)
        yield EmbeddedRedis(gateway, port, name, ca_file)


@contextmanager
def _fake_server() -> Iterator[tuple[int, str]]:
    from fakeredis import TcpFakeServer

    server = TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1], f"fakeredis {version('fakeredis')}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _installed_server(program: str, folder: Path) -> Iterator[tuple[int, str]]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    try:
        process = subprocess.Popen([program, *options], cwd=folder, stdout=subprocess.DEVNULL)
    except OSError as error:
        raise SetupFailed(f"{SERVER_VARIABLE}: {program} cannot be started ({error.strerror})") from None
    try:
        _wait_for(process, port)
        yield port, _name_of(port)
    finally:
        process.kill()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _START
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise SetupFailed(f"{SERVER_VARIABLE}: the server does not listen")


def _name_of(port: int) -> str:
    import redis

    with redis.Redis(port=port, socket_timeout=10) as client:
        info: Any = client.info("server")
    return f"redis-server {info.get('redis_version', '')}".strip()


def _certificates(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A context of a server with a new certificate for 127.0.0.1, and the file of its authority."""
    import trustme

    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    ca_file = folder / "authority.pem"
    authority.cert_pem.write_to_path(ca_file)
    return context, ca_file


@contextmanager
def embedded_dynamodb() -> Iterator[EmbeddedDynamoDB]:
    """Moto's DynamoDB on a free port of loopback; tables of earlier ones in this process are still there."""
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    requests: list[tuple[str, Mapping[str, Json]]] = []
    application = _record(DomainDispatcherApplication(create_backend_app), requests)
    server = make_server(
        "127.0.0.1", 0, application, threaded=True, request_handler=_quiet(MotoRequestHandler)
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        yield EmbeddedDynamoDB(url, f"moto {version('moto')}", requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def _record(application: _Application, requests: list[tuple[str, Mapping[str, Json]]]) -> _Application:
    """The application, with each operation and its body noted."""

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        import io

        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        operation = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
        with contextlib.suppress(ValueError):
            requests.append((operation, json.loads(body)))
        return application(environ, start_response)

    return serve


def _quiet(handler: Any) -> Any:
    """The handler without its log."""
    return type("QuietHandler", (handler,), {"log_request": lambda self, *details: None})


def new_table() -> str:
    """The name of a table that no other run has."""
    return f"storepact-{secrets.token_hex(6)}"
