"""Scenarios of tokens and the version header: a request without the right ones changes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from storepact.engines.story import Story
from storepact.engines.story_steps import Headers, Resource
from storepact.families.persistent_store.edge_values import OMIT
from storepact.families.persistent_store.scenarios.steps import (
    FROM_ELSEWHERE,
    ORIGIN,
    VERSION_HEADER,
    change,
    check_list,
    create,
    delete,
    list_all,
    ordinary_config,
    patch,
    prepare_create,
    prepare_delete,
    prepare_patch,
    read,
    reading_token,
    send_through_post,
    try_create,
)
from storepact.model.api import Scope
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.outcome import Reason
from storepact.model.story import Divergence
from storepact.model.tree import Json

_NO_VERSION: Headers = ((VERSION_HEADER, None),)
_OTHER_VERSION: Headers = ((VERSION_HEADER, "20240415"),)

_Way = tuple[str, Auth, Headers]
"""How a request is sent, the token, headers."""

_WITHOUT_TOKEN: _Way = ("without a token", Auth.NONE, ())
_NEVER_ISSUED: _Way = ("with a token that nobody issued", Auth.GARBAGE, ())
_RECASED: _Way = ("with the token in other letter case", Auth.RECASED, ())
_WITHOUT_VERSION: _Way = ("without the version header", Auth.WRITER, _NO_VERSION)

#: Requests that must be refused.
DENIED: tuple[_Way, ...] = (
    _WITHOUT_TOKEN,
    _NEVER_ISSUED,
    ("with an empty token", Auth.EMPTY, ()),
    ("with an SDK key", Auth.SDK_KEY, ()),
    ("with a bearer token that nobody issued", Auth.BEARER, ()),
    ("with the token without its separators", Auth.UNSEPARATED, ()),
    _RECASED,
    _WITHOUT_VERSION,
    ("with another version", Auth.WRITER, _OTHER_VERSION),
    ("with another version, then beta", Auth.WRITER, (*_OTHER_VERSION, (VERSION_HEADER, "beta"))),
)

#: Those of them that are tried with a secret in the body.
DENIED_WITH_SECRETS = (_WITHOUT_TOKEN, _NEVER_ISSUED, _RECASED, _WITHOUT_VERSION)

_READER: tuple[_Way, ...] = (("with the reader token", Auth.READER, ()),)

#: What an ordinary request lacks: whatever it changes about reading a request, it gives no permission.
_READER_FROM_BROWSER: tuple[_Way, ...] = (
    ("with the reader token, from a browser", Auth.READER, (("Origin", ORIGIN),)),
)
_LARGE_MEMBERS: Mapping[str, Json] = {
    "name": " ".join(["large"] * 10),
    "tags": [f"{number}{'x' * 31}" for number in range(5)],
    "storepactUnknown": "x" * 1_000,
    "config": {"password": OMIT},
}

_WRITING = re.compile(r"update|delete|create|write|edit|patch|modify|remove|manage", re.IGNORECASE)
_UPDATING = re.compile(r"update|patch|edit", re.IGNORECASE)


def send_without_access(story: Story) -> None:
    """A request without a valid token and version changes nothing, and its response shows nothing."""
    integration = create(story, tags=["a"])
    resources = [integration, *_create_elsewhere(story, "dynamodb", story.scopes[:2][-1])]
    for way, auth, headers in (_WITHOUT_TOKEN, _WITHOUT_VERSION):
        accepted = reading_token(story)
        token = accepted if auth is Auth.WRITER else auth  # every token needs the version header
        # a response that is kept for some moments is no answer to a request without access
        for resource in resources:
            before, sent = (Auth.WRITER, auth) if resource is integration else (accepted, token)
            read(story, resource, auth=before)
            read(story, resource, does=f"read {{resource}} {way}", auth=sent, headers=headers)
        list_all(story, auth=accepted, headers=FROM_ELSEWHERE)
        does = f"list all integrations {way}, from a browser"
        list_all(story, does=does, auth=token, headers=(*FROM_ELSEWHERE, *headers))
    read(story, integration)
    _attempt_each(story, resources, [way for way in DENIED if story.has_token(way[1])])


def write_with_reader_token(story: Story) -> None:
    """A token that may only read changes nothing."""
    integration = create(story, "dynamodb", tags=["a"])
    read(story, integration)
    _attempt_each(story, [integration], _READER)
    config = change("/config", ordinary_config(story, integration.kind))
    texts = [change("/name", "forced")], [change("/version", 1, "test"), change("/name", "forced")]
    _attempt_members(story, integration, texts, change("/tags", ["forced"]), config, change("/on", True))
    for resource in _create_elsewhere(story, "redis", story.scopes[-1]):
        _attempt_each(story, [resource], _READER_FROM_BROWSER, _LARGE_MEMBERS)
        part = change("/config/host", "forced.example.com")
        copy: Json = {"op": "copy", "from": "/config/host", "path": "/config/username"}
        texts = [copy], [{"op": "remove", "path": "/config/username"}]
        tag = change("/tags/-", "forced", "add")
        _attempt_members(story, resource, texts, tag, part, change("/on", False))


def _create_elsewhere(story: Story, kind: str, scope: Scope) -> list[Resource]:
    """An integration in another place and state; none if refused.

    It has neither name nor tags, is switched on, and was updated.
    """
    integration = try_create(story, kind, scope=scope, name=OMIT, on=True)
    if integration is None:
        return []
    patch(story, integration, change("/tags", []))
    return [integration]


def _attempt_members(
    story: Story,
    integration: Resource,
    texts: tuple[list[Json], list[Json]],
    tags: Json,
    config: Json,
    switch: Json,
) -> None:
    """Try to change each member by itself with the reader token: roles may allow one and not another.

    `texts` are two patches of a text, `tags`, `config` and `switch` the operations that change these.
    """
    for does, operations, comment in (
        ("a text", texts[0], None),
        ("the name, with a comment", [change("/name", "forced")], "with a comment"),
        ("a text, in another way", texts[1], None),
        ("the tags", [tags], None),
        ("the config", [config], None),
        ("the switch", [switch], None),
    ):
        does = f"change {does} of {{resource}} with the reader token"
        patch(story, integration, *operations, does=does, comment=comment, auth=Auth.READER)
    read(story, integration)


def _attempt_each(
    story: Story,
    resources: Sequence[Resource],
    ways: Sequence[_Way],
    members: Mapping[str, Json] | None = None,
) -> None:
    """Try to change, delete and create in each of these ways, and read what must be unchanged.

    What is created has these `members`. Each way is tried on one of the resources and where it is, so that
    all of them have their turn.
    """
    changes = (change("/name", "forced"), change("/on", True))
    for number, (way, auth, headers) in enumerate(ways):
        resource = resources[number % len(resources)]
        patch(story, resource, *changes, does=f"patch {{resource}} {way}", auth=auth, headers=headers)
        delete(story, resource, does=f"delete {{resource}} {way}", auth=auth, headers=headers)
        read(story, resource)
        mark = story.new_mark()
        switch = OMIT if resource is resources[0] else False
        step = prepare_create(
            story,
            resource.kind,
            does=f"create {way}",
            scope=resource.scope,
            auth=auth,
            headers=headers,
            **{"name": mark, "tags": [mark], "on": switch, **(members or {})},
        )
        story.send(step)
    check_list(story)


def tunnel_through_post(story: Story) -> None:
    """A verb that is tunnelled through POST is allowed where the verb itself is, and nowhere else."""
    integration = create(story)
    path = read(story, integration).request.path
    for verb in ("DELETE", "PATCH"):
        headers = (("X-HTTP-Method-Override", verb),)
        story.follow(f"read {integration.name} with a header that names {verb}", path, headers=headers)
        read(story, integration)
    rename = change("/name", "tunnelled")
    ways = [("without a token", Auth.NONE), ("with a token that nobody issued", Auth.GARBAGE)]
    if story.has_token(Auth.READER):
        ways.insert(0, ("with the reader token", Auth.READER))
    for way, auth in ways:
        send_through_post(
            story, prepare_patch(integration, rename, does=f"patch {{resource}} {way}", auth=auth)
        )
        send_through_post(story, prepare_delete(integration, does=f"delete {{resource}} {way}", auth=auth))
        read(story, integration)
    does = "delete {resource} without the version header"
    send_through_post(story, prepare_delete(integration, does=does, headers=_NO_VERSION))
    read(story, integration)
    tunnelled = send_through_post(story, prepare_patch(integration, rename, does="rename {resource}"))
    read(story, integration)
    deletion = send_through_post(story, prepare_delete(integration))
    if {tunnelled.response.status < 300, deletion.response.status < 300} == {True, False}:
        refused = deletion if tunnelled.response.status < 300 else tunnelled
        story.report_refusal(refused, "the other verb is tunnelled (D26)")
    read(story, integration)
    if tunnelled.response.status >= 400:
        raise PrerequisiteMissing(Reason.NOT_OFFERED, "the provider tunnels no verbs through POST")


def compare_access_with_responses(story: Story) -> None:
    """`_access` fits the token: what it allows is accepted, what it denies is refused."""
    integration = create(story)
    writer = _access_of(read(story, integration))
    reader = _access_of(read(story, integration, auth=Auth.READER))
    if not writer and not reader:
        message = "the responses have no _access, which is optional (D22)"
        raise PrerequisiteMissing(Reason.NOT_OFFERED, message)
    by_reader = change("/name", "by the reader")
    refused = patch(
        story, integration, by_reader, auth=Auth.READER, does="patch {resource} with the reader token"
    )
    read(story, integration, auth=Auth.READER)
    if refused.response.status in (401, 403):
        for action in sorted(filter(_WRITING.search, reader.get("allowed", ()))):
            message = f"_access allows the reader token to {action}, which is refused"
            _report(story, "/_access/allowed", message, "no writing action", action, action)
    accepted = patch(story, integration, change("/name", "by the writer"))
    read(story, integration)
    if accepted.response.status < 300:
        for action in sorted(filter(_UPDATING.search, writer.get("denied", ()))):
            message = f"_access denies the writer token to {action}, which is accepted"
            _report(story, "/_access/denied", message, "not denied", action, action)
    both = sorted(set(reader.get("allowed", ())) & set(reader.get("denied", ())))
    if both:
        message = f"the same action is allowed and denied: {both[0]}"
        _report(story, "/_access", message, "one of both", both[0], "both", FlawKind.CONTRADICTION)


def _report(
    story: Story,
    member: str,
    message: str,
    expected: str,
    actual: str,
    detail: str,
    flaw: FlawKind = FlawKind.VALUE,
) -> None:
    divergence = Divergence("access_tells_the_truth", member, message, expected, actual, detail, flaw)
    story.report_divergence(divergence)


def _access_of(exchange: Exchange) -> dict[str, list[str]]:
    """The actions of `_access` in a response, by `allowed` and `denied`; empty if it has none."""
    body = exchange.response.json
    access = body.get("_access") if isinstance(body, Mapping) else None
    if not isinstance(access, Mapping):
        return {}
    return {
        name: [str(entry.get("action")) for entry in entries if isinstance(entry, Mapping)]
        for name, entries in access.items()
        if isinstance(entries, list)
    }
