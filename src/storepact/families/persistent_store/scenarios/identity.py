"""Ids in another letter case (D39), and keys that resemble those of an integration."""

from __future__ import annotations

import re

from storepact.engines.story import Story
from storepact.engines.story_steps import Headers, Resource
from storepact.families.persistent_store.api import environment_of, project_of
from storepact.families.persistent_store.bodies import resource_id
from storepact.families.persistent_store.scenarios.steps import change, create, read
from storepact.model.api import Scope
from storepact.model.case import NOTHING
from storepact.model.curl import in_other_case_of
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.outcome import Reason
from storepact.model.story import Divergence
from storepact.model.tree import Json
from storepact.transport.credentials import GARBAGE_TOKEN

_DOES = "by its id in other letter case"
_NAME = "renamed by an id in other letter case"

#: Delimiters of queries and fields, and a character that is none in UTF-8. Those of paths are never sent, as
#: they may lead to another one.
_SPECIAL = "%3F%23%3B%25%26%C3%28"

#: A character of a path, which is in ASCII, or an escape.
_CHARACTERS = re.compile(r"%[0-9A-Fa-f]{2}|.")

_REQUESTS = {"get": "GET", "update": "PATCH", "delete": "DELETE"}


def use_id_in_other_case(story: Story) -> None:
    """An id in another letter case is the same for all operations, or nothing is done by it."""
    integration = create(story, name="an id with letters")
    path = read(story, integration).request.path
    alias = in_other_case_of(integration.id)
    if alias == integration.id or not path.endswith(integration.id):
        message = "the provider's ids have no letters that another case could replace"
        raise PrerequisiteMissing(Reason.NOT_OFFERED, message)
    aim = path.removesuffix(integration.id) + alias
    reading = _send(story, "get", aim)
    if not _succeeds(reading):
        for role, body in (("update", [change("/name", _NAME)]), ("delete", NOTHING)):
            exchange = _send(story, role, aim, body)
            if _succeeds(exchange):
                _report(story, exchange, f"an id in other letter case is not found by get, but by {role}")
        read(story, integration)
        return
    identifier = resource_id(reading.response.json) or ""
    if identifier.lower() != integration.id.lower():
        return  # that of another integration
    if identifier != integration.id:
        _report(story, reading, "an id in other letter case shows the integration under another id")
    _use(story, integration, path, aim)


def _use(story: Story, integration: Resource, path: str, aim: str) -> None:
    """Change and delete an integration by an id in other letter case, and read it by its own."""
    for role, body in (("update", [change("/name", _NAME)]), ("delete", NOTHING)):
        exchange = _send(story, role, aim, body)
        if not _succeeds(exchange):
            _report(story, exchange, f"an id in other letter case is found by get, but not by {role}")
        after = story.follow(f"read {integration.name} by its own id", path)
        name = after.response.json.get("name") if isinstance(after.response.json, dict) else None
        is_there = _succeeds(after)
        if (name != _NAME) if role == "update" else is_there:
            message = f"{role} by an id in other letter case is answered as done, but was not"
            _report(story, after, message)


def _send(story: Story, role: str, path: str, body: Json = NOTHING) -> Exchange:
    return story.follow(f"{role} {_DOES}", path, method=_REQUESTS[role], role=role, body=body)


def _succeeds(exchange: Exchange) -> bool:
    return 200 <= exchange.response.status < 300


def _report(story: Story, exchange: Exchange, message: str) -> None:
    status = str(exchange.response.status)
    expected = "the same for every operation"
    divergence = Divergence(
        "identity_is_its_own", "/_id", message, expected, status, "letter case", FlawKind.STATUS
    )
    story.report_divergence(divergence, exchange)


def read_under_similar_keys(story: Story) -> None:
    """Keys are read whole: what begins or ends with a key, or is a part of one, is another key (D11)."""
    alias = story.new_mark()
    integration = create(story, name=alias, tags=[alias], config={"username": alias})
    path = read(story, integration).request.path
    project, environment = project_of(story.scope), environment_of(story.scope)
    for keys in (
        (f"{project} ", environment),
        (f"storepact-{project}", environment),
        (project, f"{environment} "),
        (project, f"{environment}-storepact"),
        (project, f"storepact-{environment}"),
        (environment, project),
    ):
        scope = Scope(keys)
        if scope not in story.scopes:
            read(story, integration, scope=scope, does=f"read {{resource}} under {scope}")
    _read_in_other_spellings(story, integration, path)
    for kind in (f"{integration.kind} ", f"storepact-{integration.kind}", integration.kind[:-1]):
        read(story, integration, kind=kind, does=f"read {{resource}} under the kind {kind}")
    _read_by_other_members(story, integration, path, alias)


def _read_by_other_members(story: Story, integration: Resource, path: str, alias: str) -> None:
    """An id is the only thing by which an integration is found; `alias` is its name, tag and username."""
    does = f"read {integration.name} by its name, which is its tag and username, too"
    exchange = story.follow(does, f"{path.rpartition('/')[0]}/{alias}")
    if _succeeds(exchange):
        message = "the integration is found by its name, tag or username, too"
        status = str(exchange.response.status)
        divergence = Divergence(
            "identity_is_its_own", "/_id", message, "404", status, "not the id", FlawKind.STATUS
        )
        story.report_divergence(divergence, exchange)


def _read_in_other_spellings(story: Story, integration: Resource, path: str) -> None:
    """Percent-encoded letters are letters (RFC 3986 6.2.2.2), and encoded delimiters a part of a key."""
    base, *segments = path.rsplit("/", 4)
    encoded = "/".join([base, *(_encode_ends(segment) for segment in segments)])
    does = f"read {integration.name} by a path whose letters and digits are percent-encoded in part"
    exchange = story.follow(does, encoded)
    if not _succeeds(exchange):
        message = "a path with percent-encoded letters is the same path, and is not found"
        divergence = Divergence(
            "identity_is_its_own", "/_id", message, "200", str(exchange.response.status), "", FlawKind.STATUS
        )
        story.report_divergence(divergence, exchange)
    elsewhere = "/".join([base, f"{segments[0]}{_SPECIAL}", *segments[1:]])
    story.follow("read under a key with percent-encoded delimiters", elsewhere)
    two_tokens: Headers = (("Authorization", GARBAGE_TOKEN),)
    story.follow(f"read {integration.name} with two tokens", path, headers=two_tokens)


def _encode_ends(segment: str) -> str:
    """A segment whose first and last characters are percent-encoded, where they are letters or digits."""
    characters = _CHARACTERS.findall(segment)
    for index in {0, len(characters) - 1}:
        if characters[index].isalnum():  # none of an escape
            characters[index] = f"%{ord(characters[index]):02X}"
    return "".join(characters)
