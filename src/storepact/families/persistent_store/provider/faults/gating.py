"""Faults of the gates: tokens, roles and the version header."""

from __future__ import annotations

from collections.abc import Callable

from storepact.families.persistent_store.provider.faults.layers import (
    LayerFactory,
    RequestEdit,
    address_of,
    body_of,
    change_requests,
    config_of,
    fault,
    open_gate,
    patch_of,
    with_header,
)
from storepact.families.persistent_store.provider.headers import VERSION, VERSION_HEADER
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.mock.faults import Layer

_C = "gating"
_VERSION = VERSION_HEADER.lower()


class _UncheckedRole(Layer):
    """Sends on with a writer's token what a condition is true of, whatever its token may do."""

    def __init__(self, provider: StoreProvider, is_unchecked: Callable[[MockRequest], bool]) -> None:
        self._tokens, self._is_unchecked = provider.tokens, is_unchecked

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        token = self._tokens.find(request.token)
        is_ours = token.reads_only if token is not None else not request.token
        if is_ours and self._is_unchecked(request):
            writers = (value for value, token in self._tokens.items() if token.condition == "writer")
            return inner(with_header(request, "authorization", next(writers)))
        return inner(request)


def _open_environment(provider: StoreProvider) -> Layer:
    return _UncheckedRole(
        provider,
        lambda request: address_of(request).role == "get" and "/production/" in request.path,
    )


def _let_reader_create_unswitched(provider: StoreProvider) -> Layer:
    return _UncheckedRole(
        provider,
        lambda request: (
            bool(request.token)
            and address_of(request).role == "create"
            and "on" not in (body_of(request) or {"on": None})
        ),
    )


def _let_reader_delete(when: Callable[[Integration], bool]) -> LayerFactory:
    """Let a reader delete integrations that meet a condition."""

    def make_layer(provider: StoreProvider) -> Layer:
        def is_unchecked(request: MockRequest) -> bool:
            address = address_of(request)
            stored = provider.storage.get(address.id) if address.role == "delete" else None
            return bool(request.token) and stored is not None and when(stored)

        return _UncheckedRole(provider, is_unchecked)

    return make_layer


def _trust_browsers(provider: StoreProvider) -> Layer:
    return _UncheckedRole(
        provider, lambda request: bool(request.token) and request.header("origin") is not None
    )


def _let_reader_create_large(provider: StoreProvider) -> Layer:
    return _UncheckedRole(
        provider,
        lambda request: (
            bool(request.token) and address_of(request).role == "create" and len(request.body) > 400
        ),
    )


def _let_reader_create_without_password(provider: StoreProvider) -> Layer:
    def is_unchecked(request: MockRequest) -> bool:
        config = config_of(body_of(request))
        is_create = bool(request.token) and address_of(request).role == "create"
        return is_create and "host" in config and "password" not in config

    return _UncheckedRole(provider, is_unchecked)


class _ReaderVerb(Layer):
    """Lets a reader send patches of one operation, with one verb, on one member alone."""

    def __init__(self, provider: StoreProvider, verb: str, member: str) -> None:
        self._tokens, self._verb, self._member = provider.tokens, verb, member

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        token = self._tokens.find(request.token)
        operations = patch_of(body_of(request)) if address_of(request).role == "update" else []
        verbs = [
            item.get("op")
            for item in operations
            if isinstance(item, dict) and str(item.get("path")).split("/")[1:2] == [self._member]
        ]
        if token is not None and token.reads_only and verbs == [self._verb] and len(operations) == 1:
            writers = (value for value, token in self._tokens.items() if token.condition == "writer")
            return inner(with_header(request, "authorization", next(writers)))
        return inner(request)


class _UnguardedTunnel(Layer):
    """Lets a reader delete by way of a tunnel."""

    def __init__(self, provider: StoreProvider) -> None:
        self._tokens = provider.tokens

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        token = self._tokens.find(request.token)
        tunnelled = request.header("x-http-method-override") == "DELETE"
        if tunnelled and token is not None and token.reads_only:
            writers = (value for value, token in self._tokens.items() if token.condition == "writer")
            writer = next(writers, None)
            if writer is not None:
                return inner(with_header(request, "authorization", writer))
        return inner(request)


def _use_last_version(request: MockRequest) -> MockRequest:
    versions = [value for name, value in request.headers if name == _VERSION]
    return with_header(request, _VERSION, versions[-1]) if versions else request


def _accept_any_version(request: MockRequest) -> MockRequest:
    return request if request.header(_VERSION) is None else with_header(request, _VERSION, VERSION)


def _is_earlier(version: str) -> bool:
    return version.isdigit() and version < "2024"


def _is_later(version: str) -> bool:
    return version.isdigit() and version > "2025"


def _accept_versions(matches: Callable[[str], bool]) -> RequestEdit:
    """Take a version that matches for beta."""

    def apply(request: MockRequest) -> MockRequest:
        version = request.header(_VERSION)
        is_taken = version is not None and matches(version)
        return with_header(request, _VERSION, VERSION) if is_taken else request

    return apply


class _UnversionedReader(Layer):
    """Takes a list by a token that only reads for one with the version header."""

    def __init__(self, provider: StoreProvider) -> None:
        self._tokens = provider.tokens

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        token = self._tokens.find(request.token)
        is_ours = token is not None and token.reads_only and address_of(request).role == "list"
        return inner(with_header(request, _VERSION, VERSION) if is_ours else request)


FAULTS = (
    fault(
        "no-token-lists", _C, "SP203", "the list needs no token",
        open_gate("token-known", ("list",), "reader"),
    ),
    fault(
        "no-token-deletes", _C, "SP203", "a delete needs no token",
        open_gate("token-known", ("delete",), "writer"),
    ),
    fault("no-token-gets", _C, "SP203", "a get needs no token", open_gate("token-known", ("get",), "reader")),
    fault(
        "no-token-creates", _C, "SP203", "a create needs no token",
        open_gate("token-known", ("create",), "writer"),
    ),
    fault(
        "no-token-in-production", _C, "SP203", "a get in production needs no token",
        _open_environment,
    ),
    fault(
        "reader-updates-tags", _C, "SP204", "a read-only token may change the tags",
        lambda provider: _ReaderVerb(provider, "replace", "tags"),
    ),
    fault(
        "reader-adds-tags", _C, "SP204", "a read-only token may add a tag",
        lambda provider: _ReaderVerb(provider, "add", "tags"),
    ),
    fault(
        "reader-copies", _C, "SP204", "a read-only token may copy within config",
        lambda provider: _ReaderVerb(provider, "copy", "config"),
    ),
    fault(
        "reader-creates-without-password", _C, "SP204", "a read-only token may create without a password",
        _let_reader_create_without_password,
    ),
    fault("reader-tunnels", _C, "SP204", "a tunnelled delete needs no write permission", _UnguardedTunnel),
    fault("reader-creates", _C, "SP204", "a read-only token may create", open_gate("may-write", ("create",))),
    fault("reader-updates", _C, "SP204", "a read-only token may update", open_gate("may-write", ("update",))),
    fault(
        "reader-creates-unswitched", _C, "SP204", "a read-only token may create what is off by default",
        _let_reader_create_unswitched,
    ),
    fault(
        "reader-deletes-updated", _C, "SP204", "a read-only token may delete what was updated",
        _let_reader_delete(lambda integration: integration.version > 1),
    ),
    fault(
        "reader-deletes-untagged", _C, "SP204", "a read-only token may delete what has no tags",
        _let_reader_delete(lambda integration: not integration.tags),
    ),
    fault("reader-in-browser", _C, "SP204", "a read-only token may write from a browser", _trust_browsers),
    fault(
        "reader-creates-large", _C, "SP204", "a read-only token may create from a body of over 400 bytes",
        _let_reader_create_large,
    ),
    fault("reader-deletes", _C, "SP204", "a read-only token may delete", open_gate("may-write", ("delete",))),
    fault(
        "no-beta-gate-on-create", _C, "SP205", "a create needs no beta header",
        open_gate("version-beta", ("create",)),
    ),
    fault(
        "no-beta-gate-for-readers", _C, "SP205", "a read-only token lists without the beta header",
        _UnversionedReader,
    ),
    fault(
        "no-beta-gate-on-get", _C, "SP205", "a get needs no beta header",
        open_gate("version-beta", ("get",)),
    ),
    fault(
        "no-beta-gate-on-delete", _C, "SP205", "a delete needs no beta header",
        open_gate("version-beta", ("delete",)),
    ),
    fault(
        "any-version-updates", _C, "SP205", "an update accepts any version",
        change_requests(("update",), _accept_any_version),
    ),
    fault(
        "versions-by-their-beginning", _C, "SP205", "a get accepts any version that begins with beta",
        change_requests(("get",), _accept_versions(lambda version: version.startswith(VERSION))),
    ),
    fault(
        "versions-by-their-end", _C, "SP205", "a create accepts any version that ends with beta",
        change_requests(("create",), _accept_versions(lambda version: version.endswith(VERSION))),
    ),
    fault(
        "empty-version-accepted", _C, "SP205", "the list accepts an empty version header",
        change_requests(("list",), _accept_versions(lambda version: not version.strip())),
    ),
    fault(
        "earlier-versions-accepted", _C, "SP205", "an update accepts a version before 2024",
        change_requests(("update",), _accept_versions(_is_earlier)),
    ),
    fault(
        "later-versions-accepted", _C, "SP205", "a create accepts a version after 2024",
        change_requests(("create",), _accept_versions(_is_later)),
    ),
    fault(
        "last-version-counts", _C, "SP205", "the last of two version headers counts",
        change_requests(("list", "get"), _use_last_version),
    ),
)  # fmt: skip
