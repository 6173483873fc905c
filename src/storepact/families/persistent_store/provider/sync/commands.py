"""The commands below `/__mock__/`: memberships, and how stores are reached."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from storepact.families.persistent_store.provider.gates import PROJECTS
from storepact.families.persistent_store.provider.sync.synchronizer import Synchronizer
from storepact.families.persistent_store.provider.sync.writer import Patch, StoreAccess
from storepact.mock.exchange import MockRefusal, MockResponse

_Command = TypeVar("_Command", bound=msgspec.Struct)


class Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of contexts that a segment has from now on, or no more."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class ChangeSegment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Body of `segments`: a change of one segment."""

    project_key: str
    environment_key: str
    segment_key: str
    generation: int = 1
    included: Keys = Keys()
    excluded: Keys = Keys()


class ReachStores(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Body of `stores`: the URL of DynamoDB, and a file of certificates to trust."""

    dynamodb_endpoint: str | None = None
    ca_file: str | None = None


def run_command(synchronizer: Synchronizer, command: str, body: bytes) -> MockResponse:
    """Run a command.

    Raises:
        MockRefusal: there is no such command, or its body cannot be used.

    """
    match command:
        case "segments":
            return _change_segment(synchronizer, _decode(body, ChangeSegment))
        case "stores":
            return _reach_stores(synchronizer, _decode(body, ReachStores))
    raise MockRefusal(404, "not_found", "there are the commands segments and stores")


def _change_segment(synchronizer: Synchronizer, change: ChangeSegment) -> MockResponse:
    project, environment = change.project_key, change.environment_key
    if environment not in PROJECTS.get(project, ()):
        raise MockRefusal(404, "not_found", "there is no such project or environment")
    if not change.segment_key or any(map(str.isspace, change.segment_key)) or change.generation < 1:
        raise MockRefusal(400, "invalid_request", "segmentKey has no blanks, generation is 1 or more")
    for keys in (change.included, change.excluded):
        if not all((*keys.add, *keys.remove)):
            raise MockRefusal(400, "invalid_request", "the key of a context is not empty")
        if not set(keys.add).isdisjoint(keys.remove):
            raise MockRefusal(400, "invalid_request", "a context is added or removed, not both")
    patch = Patch(
        f"{change.segment_key}.g{change.generation}",
        change.included.add,
        change.included.remove,
        change.excluded.add,
        change.excluded.remove,
    )
    version = synchronizer.add((project, environment), patch)
    return MockResponse(201, {"segmentRef": patch.reference, "version": version})


def _reach_stores(synchronizer: Synchronizer, command: ReachStores) -> MockResponse:
    before, url = synchronizer.access, command.dynamodb_endpoint
    if url is not None and not _is_http_url(url):
        raise MockRefusal(400, "invalid_request", "dynamodbEndpoint is a URL such as http://127.0.0.1:8000")
    ca_file = None if command.ca_file is None else Path(command.ca_file)
    if ca_file is not None and not _holds_certificates(ca_file):
        raise MockRefusal(400, "invalid_request", "caFile is a file with certificates in PEM")
    synchronizer.restart(StoreAccess(url, ca_file, before.only_loopback, before.timeout))
    return MockResponse(204)


def _is_http_url(text: str) -> bool:
    """Whether a text is a URL of a server that speaks HTTP."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port, or brackets of IPv6
        return False


def _holds_certificates(path: Path) -> bool:
    try:
        ssl.create_default_context(cafile=path)
    except OSError:  # no file, or no certificates
        return False
    return True


def _decode(body: bytes, kind: type[_Command]) -> _Command:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise MockRefusal(400, "invalid_request", f"the command cannot be read: {error}") from None
