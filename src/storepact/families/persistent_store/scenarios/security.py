"""Protections: stories about tokens, secrets, limits, other people's environments and requests at the same moment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from storepact.engines.family import Scenario, Scope
from storepact.engines.story import Headers, Resource, Step, Story
from storepact.families.persistent_store.api import BASE, KINDS
from storepact.families.persistent_store.scenarios.lifecycle import config_as_read
from storepact.families.persistent_store.scenarios.steps import (
    OMIT,
    another,
    body,
    change,
    create,
    creation,
    delete,
    deletion,
    listed,
    patch,
    patching,
    read,
    tried,
    tunnelled,
    version_of,
)
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing, RequestUnsendable
from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.outcome import Reason
from storepact.model.story import Divergence

_VERSION = "LD-API-Version"
_WRITES = re.compile(r"update|delete|create|write|edit|patch|modify|remove|manage", re.IGNORECASE)

#: Ways in which a request is not let in: words, token, headers.
_DOORS: tuple[tuple[str, Auth, Headers], ...] = (
    ("without a token", Auth.NONE, ()),
    ("with a token that nobody issued", Auth.GARBAGE, ()),
    ("with an empty token", Auth.EMPTY, ()),
    ("with an SDK key", Auth.SDK_KEY, ()),
    ("with a bearer token that nobody issued", Auth.BEARER, ()),
    ("with the token and one character more", Auth.LONGER, ()),
    ("without the version header", Auth.WRITER, ((_VERSION, None),)),
    ("with another version", Auth.WRITER, ((_VERSION, "20240415"),)),
    ("with another version, then beta", Auth.WRITER, ((_VERSION, "20240415"), (_VERSION, "beta"))),
)


def _not_let_in(story: Story) -> None:
    """Whoever is not let in changes nothing, and learns nothing."""
    one = create(story, tags=["a"])
    read(story, one)
    _knocked(story, one, _DOORS)


def _reader_changes_nothing(story: Story) -> None:
    """A token that may only read changes nothing, even though it is told so."""
    one = create(story, "dynamodb", tags=["a"])
    read(story, one)
    _knocked(story, one, (("with the reader token", Auth.READER, ()),))
    two = create(story, "redis")
    _knocked(story, two, (("with the reader token", Auth.READER, ()),))


def _knocked(story: Story, one: Resource, doors: tuple[tuple[str, Auth, Headers], ...]) -> None:
    for words, auth, headers in doors:
        how: dict[str, Any] = {"auth": auth, "headers": headers}
        patch(
            story,
            one,
            change("/name", "forced"),
            change("/on", True),
            words=f"patch {one.name} {words}",
            **how,
        )
        read(story, one)
        delete(story, one, words=f"delete {one.name} {words}", **how)
        read(story, one)
        mark = story.mark()
        story.ask(creation(story, one.kind, words=f"create {words}", name=mark, tags=[mark], **how))
    listed(story)


def _secrets_sent_rightly(story: Story) -> None:
    """A password that was sent is shown by no answer, whoever asks, however it was sent, and however long ago."""
    one = create(story, name=OMIT)
    read(story, one)
    listed(story)
    patch(story, one, change("/name", "renamed"))
    config = config_as_read(read(story, one))
    patch(
        story,
        one,
        change("/config", {**config, "password": story.secret()}),
        words=f"rotate the password of {one.name}",
    )
    read(story, one)
    patch(story, one, change("/config/password", story.secret()), words=f"set /config/password of {one.name}")
    patch(
        story, one, change("/config", {**config, "password": story.secret()}, "add"), comment="with a comment"
    )
    read(story, one)
    bare = tried(story, name="without a password", config={"password": OMIT, "username": OMIT})
    two = tried(story, name="another one")
    for person in (one, bare, two):
        if person is not None:
            read(story, person)
    listed(story)
    delete(story, one)
    read(story, one)
    listed(story)


def _reader_sees_no_secret(story: Story) -> None:
    """A token that may only read sees no password either."""
    one = create(story)
    read(story, one, auth=Auth.READER)
    listed(story, words="list all integrations, with the reader token", auth=Auth.READER)
    patch(
        story,
        one,
        change("/config/password", story.secret()),
        words=f"patch {one.name} with the reader token",
        auth=Auth.READER,
    )
    read(story, one, auth=Auth.READER)


def _secrets_sent_wrongly(story: Story) -> None:
    """A request that is refused does not show in its answer what was secret about it."""
    one = create(story)
    ordinary = body(story, "redis", story.mark())["config"]
    for words, config in (
        ("a host that is missing", {name: value for name, value in ordinary.items() if name != "host"}),
        ("a host that is a number", {**ordinary, "host": 5}),
        ("text for tlsEnabled", {**ordinary, "tlsEnabled": "yes"}),
        ("a member that does not exist", {**ordinary, "nobodyKnows": 1}),
        ("an empty host", {**ordinary, "host": ""}),
    ):
        fresh = {**config, "password": story.secret()}
        step = creation(story, words=f"create with {words}, and a password")
        story.ask(replace(step, body={**step.body, "config": fresh}))
        fresh = {**config, "password": story.secret()}
        patch(story, one, change("/config", fresh), words=f"patch {one.name} with {words}, and a password")
    patch(
        story,
        one,
        change("/config/password", [story.secret()]),
        words=f"set the password of {one.name} to an array",
    )
    patch(
        story,
        one,
        change("/config/password", story.secret(), "test"),
        words=f"test the password of {one.name}",
    )
    patch(
        story,
        one,
        change("/config/nobodyKnows/password", story.secret(), "add"),
        words=f"patch {one.name} where nothing is",
    )
    for words, raw in _raw_bodies(story):
        step = creation(story, words=f"create with {words}")
        story.ask(replace(step, body=raw))
    step = creation(story, "dynamodb", words="create a DynamoDB integration from the config of Redis")
    story.ask(replace(step, body={**step.body, "config": {**ordinary, "password": story.secret()}}))
    step = creation(
        story, words="create with the wrong content type", headers=(("Content-Type", "text/plain"),)
    )
    story.ask(step)
    for words, auth, headers in _DOORS[:2] + _DOORS[6:8]:
        story.ask(creation(story, words=f"create {words}", auth=auth, headers=headers))
    read(story, one)


def _raw_bodies(story: Story) -> Iterator[tuple[str, bytes]]:
    whole = json.dumps(body(story, "redis", story.mark())).encode()
    yield "a body that is cut off", whole[:-1]
    yield "a body in an array", b"[" + whole + b"]"
    yield "a body as text", json.dumps(whole.decode()).encode()


def _environments_apart(story: Story) -> None:
    """Nothing of one environment is seen or changed through another."""
    one = create(story, name="here", tags=["here"])
    two = create(story, scope=story.second_scope, name="there", tags=["there"])
    place = f"{story.second_scope.project}/{story.second_scope.environment}"
    read(story, one)
    read(story, two)
    listed(story)
    read(story, one, scope=story.second_scope, words=f"read {one.name} under {place}")
    read(story, two, scope=story.scope, words=f"read {two.name} here")
    patch(
        story,
        one,
        change("/name", "from there"),
        scope=story.second_scope,
        words=f"rename {one.name} under {place}",
    )
    read(story, one)
    delete(story, one, scope=story.second_scope, words=f"delete {one.name} under {place}")
    read(story, one)
    for there in _half_way(story):
        place = f"{there.project}/{there.environment}"
        read(story, one, scope=there, words=f"read {one.name} under {place}")
        patch(
            story,
            one,
            change("/name", "from half way"),
            scope=there,
            words=f"rename {one.name} under {place}",
        )
        delete(story, one, scope=there, words=f"delete {one.name} under {place}")
        read(story, one)
    patch(story, two, change("/name", "changed there"))
    read(story, one)
    read(story, two)
    listed(story)
    patch(story, one, change("/on", True))
    read(story, two)
    delete(story, one)
    read(story, two)
    listed(story)
    other = KINDS[1 - KINDS.index(two.kind)]
    third = tried(story, other, scope=story.second_scope)
    for person in (two, *((third,) if third else ())):
        read(story, person)
        delete(story, person)
        read(story, person)
    listed(story)


def _half_way(story: Story) -> list[Scope]:
    """Places that share only the project, or only the environment, with where the story works."""
    here, there = story.scope, story.second_scope
    mixed = [Scope(here.project, there.environment), Scope(there.project, here.environment)]
    return [each for each in mixed if each not in (here, there)]


def _kinds_apart(story: Story) -> None:
    """Nothing of one kind of store is seen or changed under the other."""
    for kind in KINDS:
        one = create(story, kind)
        other = KINDS[1 - KINDS.index(kind)]
        read(story, one, kind=other, words=f"read {one.name} under {other}")
        patch(
            story,
            one,
            change("/name", "of the other kind"),
            kind=other,
            words=f"rename {one.name} under {other}",
        )
        read(story, one)
        delete(story, one, kind=other, words=f"delete {one.name} under {other}")
        read(story, one)
        delete(story, one)


def _links(story: Story) -> None:
    """The links of every answer lead where they say: to itself, to what it is part of, on the same host."""
    for kind in KINDS:
        one = create(story, kind)
        created = story.entries[-1].exchange.response
        _followed(story, one, created.json, "the create")
        _located(story, one, created.header("Location"))
        _resolved(story, one, created.json)
        _followed(story, one, read(story, one).response.json, "the get")
        _followed(story, one, patch(story, one, change("/name", "linked")).response.json, "the patch")
        answer = listed(story).response.json
        for item in _items(answer):
            if item.get("_id") == one.id:
                _followed(story, one, item, "the list")
        _list_links(story, answer)
        delete(story, one)


def _located(story: Story, one: Resource, location: str | None) -> None:
    path = urlsplit(location).path if location else ""
    own = [*_segments(BASE), one.scope.project, one.scope.environment, one.kind, one.id]
    if path and _segments(path) != own:
        _misled(
            story,
            "",
            f"the header Location of the create does not lead to {one.name}",
            "/".join(own),
            location or "",
        )


def _resolved(story: Story, one: Resource, item: Any) -> None:
    """Follow every link: a provider that serves one of them has no excuse for the others."""
    hrefs = {
        name: href for name, href in _hrefs(item).items() if name in ("parent", "project", "environment")
    }
    seen = {
        name: story.follow(f"follow the {name} link of {one.name}", href).response.status
        for name, href in hrefs.items()
    }
    served = any(200 <= seen.get(name, 0) < 300 for name in ("project", "environment"))
    for name in ("project", "environment"):
        if served and seen.get(name, 200) >= 400:
            message = f"the {name} link of {one.name} leads nowhere: {seen[name]}"
            _misled(
                story,
                f"/_links/{name}/href",
                message,
                "something that is there",
                f"{hrefs[name]}: {seen[name]}",
            )


def _items(answer: Any) -> list[Mapping[str, Any]]:
    items = answer.get("items") if isinstance(answer, Mapping) else None
    return [item for item in items or () if isinstance(item, Mapping)] if isinstance(items, list) else []


def _hrefs(item: Any) -> dict[str, str]:
    links = item.get("_links") if isinstance(item, Mapping) else None
    found = (
        {name: link.get("href") for name, link in links.items() if isinstance(link, Mapping)}
        if isinstance(links, Mapping)
        else {}
    )
    return {name: href for name, href in found.items() if isinstance(href, str) and href.startswith("/")}


def _segments(href: str) -> list[str]:
    return [unquote(part) for part in href.partition("?")[0].split("/") if part]


def _followed(story: Story, one: Resource, item: Any, whose: str) -> None:
    hrefs = _hrefs(item)
    scope, kind = one.scope, one.kind
    own = [*_segments(BASE), scope.project, scope.environment, kind, one.id]
    if "self" in hrefs and _segments(hrefs["self"]) != own:
        _misled(
            story,
            "/_links/self/href",
            f"the self link of {whose} does not lead to {one.name}",
            "/".join(own),
            hrefs["self"],
        )
    if "project" in hrefs and scope.project not in _segments(hrefs["project"]):
        _misled(
            story,
            "/_links/project/href",
            f"the project link of {whose} does not name {scope.project}",
            scope.project,
            hrefs["project"],
        )
    if "environment" in hrefs and scope.environment not in _segments(hrefs["environment"]):
        message = f"the environment link of {whose} does not name {scope.environment}"
        _misled(story, "/_links/environment/href", message, scope.environment, hrefs["environment"])
    if "parent" in hrefs:
        parent = _segments(hrefs["parent"])
        known = [
            own[: len(parent)],
            *(_segments(hrefs[name]) for name in ("project", "environment") if name in hrefs),
        ]
        if parent == own or (
            parent not in known and scope.environment not in parent and scope.project not in parent
        ):
            message = f"the parent link of {whose} leads to nothing that {one.name} is part of"
            _misled(story, "/_links/parent/href", message, "/".join(_segments(BASE)), hrefs["parent"])


def _list_links(story: Story, answer: Any) -> None:
    href = _hrefs(answer).get("self")
    if href is not None and _segments(href) != _segments(BASE):
        _misled(story, "/_links/self/href", "the self link of the list does not lead to the list", BASE, href)


def _misled(story: Story, member: str, message: str, expected: str, actual: str) -> None:
    story.report_divergence(Divergence("links_lead_there", member, message, expected, actual))


def _tunnels(story: Story) -> None:
    """A verb that is tunnelled through POST is let in where the verb itself is, and nowhere else."""
    one = create(story)
    read(story, one)
    rename = change("/name", "tunnelled")
    others = [("without a token", Auth.NONE), ("with a token that nobody issued", Auth.GARBAGE)]
    if story.workspace.target.credentials.has(Auth.READER):
        others.insert(0, ("with the reader token", Auth.READER))
    for words, auth in others:
        tunnelled(story, patching(one, rename, words=f"patch {one.name} {words}", auth=auth))
        read(story, one)
        tunnelled(story, deletion(one, words=f"delete {one.name} {words}", auth=auth))
        read(story, one)
    no_version: Headers = ((_VERSION, None),)
    tunnelled(story, deletion(one, words=f"delete {one.name} without the version header", headers=no_version))
    read(story, one)
    done = tunnelled(story, patching(one, rename, words=f"rename {one.name}")).response.status
    read(story, one)
    tunnelled(story, deletion(one))
    read(story, one)
    if done >= 400:
        raise PrerequisiteMissing(Reason.NOT_OFFERED, "the provider tunnels no verbs through POST")


_ORIGIN = "https://storepact.example.com"


def _origins(story: Story) -> None:
    """A browser's origin is echoed, or any is allowed, in refusals like in successes."""
    origin: Headers = (("Origin", _ORIGIN),)
    shown = story.ask(Step("list all integrations from a browser", "list", story.scope, headers=origin))
    allowed = shown.response.header(_ALLOW_ORIGIN)
    one = create(story, words="create from a browser", headers=origin)
    answers = [
        ("the list", shown),
        ("the create", story.entries[-1].exchange),
        ("the get", read(story, one, headers=origin)),
        ("the patch", patch(story, one, change("/on", True), headers=origin)),
        ("a patch that is refused", patch(story, one, change("/on", "yes"), headers=origin)),
        ("a get without a token", read(story, one, auth=Auth.NONE, headers=origin)),
        ("the delete", delete(story, one, headers=origin)),
        ("a get of what is gone", read(story, one, headers=origin)),
    ]
    for whose, exchange in answers:
        value = exchange.response.header(_ALLOW_ORIGIN)
        if value is None and allowed is not None:
            message = f"{whose} lacks {_ALLOW_ORIGIN}, which other answers have"
            story.report_divergence(
                Divergence(
                    "origin_is_allowed", "", message, f"{_ORIGIN} or *", "absent", "absent", FlawKind.MISSING
                ),
                exchange,
            )
        if value not in (None, "*", _ORIGIN):
            message = f"{_ALLOW_ORIGIN} of {whose} is neither the origin that asked nor *"
            story.report_divergence(
                Divergence("origin_is_allowed", "", message, f"{_ORIGIN} or *", str(value), "other"), exchange
            )
    if allowed is None:
        raise PrerequisiteMissing(Reason.NOT_OFFERED, f"no answer has {_ALLOW_ORIGIN}")


_ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def _access(story: Story) -> None:
    """`_access` fits the token: what it allows is let through, what it denies is refused."""
    one = create(story)
    mine, reader = _access_of(read(story, one)), _access_of(read(story, one, auth=Auth.READER))
    if not mine and not reader:
        raise PrerequisiteMissing(Reason.NOT_OFFERED, "the answers have no _access, which is optional (D22)")
    refused = patch(
        story,
        one,
        change("/name", "by the reader"),
        auth=Auth.READER,
        words=f"patch {one.name} with the reader token",
    )
    read(story, one, auth=Auth.READER)
    if refused.response.status in (401, 403):
        for action in sorted(reader.get("allowed", ())):
            if _WRITES.search(action):
                message = f"the reader token is told that it may {action}, and is refused"
                story.report_divergence(
                    Divergence(
                        "access_tells_the_truth",
                        "/_access/allowed",
                        message,
                        "no writing action",
                        action,
                        action,
                    )
                )
    accepted = patch(story, one, change("/name", "by the writer"))
    read(story, one)
    if accepted.response.status < 300:
        for action in sorted(mine.get("denied", ())):
            if re.search("update|patch|edit", action, re.IGNORECASE):
                message = f"the writer token is told that it may not {action}, and does it"
                story.report_divergence(
                    Divergence(
                        "access_tells_the_truth", "/_access/denied", message, "not denied", action, action
                    )
                )
    both = sorted(set(reader.get("allowed", ())) & set(reader.get("denied", ())))
    if both:
        message = f"one and the same action is allowed and denied: {both[0]}"
        story.report_divergence(
            Divergence(
                "access_tells_the_truth",
                "/_access",
                message,
                "one of both",
                both[0],
                "both",
                FlawKind.CONTRADICTION,
            )
        )


def _access_of(exchange: Exchange) -> dict[str, list[str]]:
    answer = exchange.response.json
    access = answer.get("_access") if isinstance(answer, Mapping) else None
    if not isinstance(access, Mapping):
        return {}
    return {
        name: [str(entry.get("action")) for entry in entries if isinstance(entry, Mapping)]
        for name, entries in access.items()
        if isinstance(entries, list)
    }


def _limits(story: Story) -> None:
    """What a limit leaves never grows within its window, whichever operation is asked."""
    last: dict[tuple[str, str], tuple[str, int]] = {}
    one = create(story)
    for index in range(12):
        match index % 3:
            case 0:
                exchange, route = listed(story), "list"
            case 1:
                exchange, route = read(story, one), "get"
            case _:
                exchange, route = patch(story, one, change("/on", index % 2 == 0)), "update"
        for scope, reset in (("Global", "Reset"), ("Route", "Reset"), ("Auth-Token", "Auth-Token-Reset")):
            left, until = (
                exchange.response.header(f"X-Ratelimit-{name}") or ""
                for name in (f"{scope}-Remaining", reset)
            )
            if not left.isdigit() or not until:
                continue
            key = (scope, route if scope == "Route" else "")
            window, before = last.get(key, ("", 0))
            if window == until and int(left) > before:
                message = f"X-Ratelimit-{scope}-Remaining grew from {before} to {left} within one window"
                story.report_divergence(
                    Divergence(
                        "limits_count_down",
                        "",
                        message,
                        f"at most {before}",
                        left,
                        f"{scope} grows",
                        FlawKind.CONTRADICTION,
                    )
                )
            last[key] = (until, int(left))
    if not last:
        raise PrerequisiteMissing(
            Reason.NOT_OFFERED, "no answer has headers of limits: none seems to be enforced"
        )


def _one_version_one_winner(story: Story) -> None:
    """Of several writers at the same moment who all test for one version exactly one wins."""
    one = create(story)
    for number in range(4):
        test = change("/version", version_of(story, one), "test")
        story.run_concurrently(
            [patching(one, test, change("/name", f"round {number}, writer {each}")) for each in range(4)]
        )
        read(story, one)


def _no_update_lost(story: Story) -> None:
    """Updates of different members at the same moment are all kept, or refused as conflicts."""
    one = create(story, on=False, tags=["before"])
    for number in range(4):
        changes = (
            change("/name", f"round {number}"),
            change("/on", number % 2 == 0),
            change("/tags", [f"round-{number}"]),
        )
        story.run_concurrently([patching(one, each) for each in changes])
        read(story, one)
        listed(story)


def _created_at_once(story: Story) -> None:
    """Integrations that are created at the same moment are several, each with an id of its own."""
    first = create(story)
    try:
        another(story, first)
    except PrerequisiteMissing:
        raise PrerequisiteMissing(
            Reason.NOT_OFFERED, "the provider allows one integration in an environment, as it may (D19)"
        ) from None
    several = [
        person for person in story.resources if (person.kind, person.scope) == (first.kind, first.scope)
    ]
    if len(several) < 2:
        raise PrerequisiteMissing(
            Reason.NOT_OFFERED,
            "the provider allows one integration of a kind in an environment, as it may (D19)",
        )
    for _ in range(2):
        story.run_concurrently([creation(story, name=f"at once {number}") for number in range(3)])
        listed(story)
    for person in list(story.resources):
        read(story, person)


def _deleted_at_once(story: Story) -> None:
    """Of several deletes at the same moment one succeeds, and the integration is gone."""
    for _ in range(2):
        one = create(story)
        story.run_concurrently([deletion(one) for _ in range(3)])
        if one.id not in story.world.deleted:
            delete(story, one)
        read(story, one)
        listed(story)


def _unsendable_is_left_out(tell: Callable[[Story], None]) -> Callable[[Story], None]:
    def told(story: Story) -> None:
        try:
            tell(story)
        except RequestUnsendable as error:
            raise PrerequisiteMissing(Reason.NOT_OFFERED, str(error)) from None

    return told


def _scenario(tell: Callable[[Story], None], *needs: str) -> Scenario:
    name = tell.__name__.strip("_").replace("_", "-")
    return Scenario(
        "protection",
        name,
        (tell.__doc__ or "").strip(),
        _unsendable_is_left_out(tell),
        frozenset({"writes", *needs}),
    )


PROTECTIONS: tuple[Scenario, ...] = (
    _scenario(_secrets_sent_rightly),
    _scenario(_links),
    _scenario(_not_let_in),
    _scenario(_reader_changes_nothing, "reader"),
    _scenario(_secrets_sent_wrongly),
    _scenario(_reader_sees_no_secret, "reader"),
    _scenario(_environments_apart, "second scope"),
    _scenario(_kinds_apart),
    _scenario(_access, "reader"),
    _scenario(_tunnels),
    _scenario(_origins),
    _scenario(_one_version_one_winner),
    _scenario(_no_update_lost),
    _scenario(_created_at_once),
    _scenario(_deleted_at_once),
    _scenario(_limits),
)
