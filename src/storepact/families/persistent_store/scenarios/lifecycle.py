"""Scenarios: the stories that people tell of an integration, each with its claim. The oracle compares every answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from storepact.engines.family import Scenario
from storepact.engines.story import Resource, Story
from storepact.families.persistent_store import edge_values
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.scenarios.steps import (
    OMIT,
    WRITES,
    another,
    body,
    change,
    create,
    creation,
    delete,
    listed,
    patch,
    read,
    tried,
)
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.outcome import Reason
from storepact.model.story import Divergence
from storepact.transport.redaction import Redacted

_MANY = 26
"""More than a page of any usual size would hold; the list is not paginated."""


def config_as_read(exchange: Exchange) -> dict[str, Any]:
    """The config of an answer, ready to be written back: secrets as they were shown.

    Raises:
        MeansMissing: the answer shows none.

    """
    answer = exchange.response.json
    config = answer.get("config") if isinstance(answer, Mapping) else None
    if not isinstance(config, Mapping):
        raise PrerequisiteMissing(Reason.NOT_OFFERED, "the answer shows no config that could be written back")
    forms = {place.rpartition("/")[2]: form for place, form in exchange.forms if form}
    return {name: Redacted(forms[name]) if name in forms else value for name, value in config.items()}


def _created_and_read(story: Story) -> None:
    """What was created is read and listed as it was given: Redis with all members."""
    one = create(story, on=True, name="Orders, primary region", tags=["orders", "frankfurt", "b", "a"])
    read(story, one)
    listed(story)
    read(story, one)


def _dynamodb_created_and_read(story: Story) -> None:
    """What was created is read and listed as it was given: DynamoDB with all members."""
    one = create(story, "dynamodb", on=True, name="Orders, second region", tags=["zeta", "alpha"])
    read(story, one)
    listed(story)
    patch(story, one, change("/config", {**_config(story, "dynamodb"), "region": "eu-north-1"}))
    read(story, one)


def _config(story: Story, kind: str) -> dict[str, Any]:
    return dict(body(story, kind, story.mark())["config"])


def _little_given(story: Story) -> None:
    """A create without optional members is off, and has documented defaults or none."""
    for kind in KINDS:
        optional = ("port", "username", "password", "tlsEnabled") if kind == "redis" else ()
        one = create(story, kind, config=dict.fromkeys(optional, OMIT), name=OMIT, tags=OMIT, on=OMIT)
        read(story, one)
        patch(story, one, change("/on", True))
        read(story, one)
        delete(story, one)


def _renamed(story: Story) -> None:
    """A rename changes the name, and nothing else."""
    one = create(story, on=True, tags=["kept", "as", "it", "is"])
    read(story, one)
    patch(story, one, change("/name", "renamed"))
    read(story, one)
    read(story, one, words="read A once more")
    listed(story)
    patch(story, one, change("/name", "renamed again"))
    listed(story)
    read(story, one)


def _switched(story: Story) -> None:
    """Switched on it is on, switched off it is off, for both kinds of store."""
    for kind in KINDS:
        one = create(story, kind, on=False, tags=["a", "b"])
        for value in (True, False, True):
            patch(story, one, change("/on", value))
            read(story, one)
        listed(story)
        delete(story, one)


def _password_rotated(story: Story) -> None:
    """A new password is taken, and neither the old nor the new one is ever shown."""
    one = create(story)
    config = config_as_read(read(story, one))
    patch(
        story,
        one,
        change("/config", {**config, "password": story.secret()}),
        words=f"rotate the password of {one.name}",
    )
    read(story, one)
    patch(
        story,
        one,
        change("/config/password", story.secret()),
        words=f"rotate it again, by /config/password of {one.name}",
    )
    read(story, one)
    listed(story)
    patch(story, one, change("/name", "after the rotation"))
    read(story, one)


def _port_moved(story: Story) -> None:
    """A config that is replaced is replaced whole: what the new one lacks is gone."""
    one = create(story, config={"port": "6380", "username": "writer", "tlsEnabled": True})
    read(story, one)
    patch(
        story,
        one,
        change("/config", {"host": "moved.example.com", "port": "6390"}),
        words=f"move {one.name}, without username",
    )
    read(story, one)
    patch(
        story,
        one,
        change("/config", {"host": "moved.example.com", "username": "third", "tlsEnabled": True}, "add"),
    )
    read(story, one)
    listed(story)


def _retagged(story: Story) -> None:
    """Tags keep the order in which they were given, and an appended one comes last."""
    one = create(story, tags=["m", "z", "a"])
    patch(story, one, change("/tags", ["Delta", "beta", "Alpha"]))
    read(story, one)
    patch(story, one, change("/tags/-", "aa", "add"))
    read(story, one)
    patch(story, one, change("/tags/-", "Zz", "add"))
    read(story, one)
    patch(story, one, change("/tags", []))
    read(story, one)
    patch(story, one, change("/tags/-", "alone", "add"))
    read(story, one)


def _parts_patched(story: Story) -> None:
    """Patches of parts (one tag, one member of config) are done as RFC 6902 says, or refused."""
    one = create(story, tags=["a", "b", "c"], config={"port": "6380"})
    for words, operation in (
        ("put a tag before all others", change("/tags/0", "first", "add")),
        ("put a tag between others", change("/tags/2", "third", "add")),
        ("replace the second tag", change("/tags/1", "second")),
        ("take the first tag away", {"op": "remove", "path": "/tags/0"}),
        ("replace the port alone", change("/config/port", "6391")),
        ("take the username away", {"op": "remove", "path": "/config/username"}),
        ("replace the host alone", change("/config/host", "part.example.com")),
        ("move the last tag to the front", {"op": "move", "from": "/tags/2", "path": "/tags/0"}),
        ("copy a tag to the end", {"op": "copy", "from": "/tags/0", "path": "/tags/-"}),
        ("copy the name into the tags", {"op": "copy", "from": "/name", "path": "/tags/0"}),
    ):
        patch(story, one, operation, words=f"{words} of {one.name}")
        read(story, one)


def _members_removed(story: Story) -> None:
    """A member that is removed is as if it had never been given, or the removal is refused."""
    for member in ("/tags", "/on", "/name"):
        one = create(story, on=True, tags=["a", "b"])
        read(story, one)
        patch(story, one, {"op": "remove", "path": member})
        read(story, one)
        patch(story, one, change("/name", "named anew"), change("/on", True), change("/tags", ["c"]))
        read(story, one)
        delete(story, one)


def _written_back(story: Story) -> None:
    """A config that is read and written back leaves the secret as it was, in part and whole."""
    one = create(story, config={"port": "6380"})
    config = config_as_read(read(story, one))
    patch(story, one, change("/config", config), words=f"write the config of {one.name} back as it was read")
    read(story, one)
    patch(
        story,
        one,
        change("/config", {**config, "port": "6381"}),
        words=f"write it back with another port for {one.name}",
    )
    config = config_as_read(read(story, one))
    patch(story, one, change("/name", "renamed in between"))
    read(story, one)
    patch(
        story,
        one,
        change("/config", {**config, "tlsEnabled": False}),
        words=f"write it back to {one.name} without TLS",
    )
    read(story, one)
    patch(story, one, change("/tags", ["tagged"]), change("/on", True))
    read(story, one)
    listed(story)


def _two_writers(story: Story) -> None:
    """With a `test` on /version the writer that comes first wins, and the other one is refused without a trace."""
    one = create(story)
    read(story, one)
    patch(story, one, change("/version", 1, "test"), change("/name", "by the first writer"))
    patch(story, one, change("/version", 1, "test"), change("/name", "by the second, too late"))
    read(story, one)
    patch(story, one, change("/name", "too late again"), change("/version", 1, "test"))
    read(story, one)
    patch(story, one, change("/version", 2, "test"), change("/on", True), change("/tags", ["second"]))
    read(story, one)
    patch(story, one, change("/version", 4, "test"), change("/name", "from the future"))
    patch(story, one, change("/version", 0, "test"), change("/name", "from before the beginning"))
    read(story, one)


def _tests_are_strict(story: Story) -> None:
    """A `test` compares type and value, as RFC 6902 says; one that does not hold refuses the whole patch."""
    one = create(story, name="Exactly this", on=True, tags=["a", "b"])
    for path, value in (
        ("/version", "1"),
        ("/on", 1),
        ("/on", "true"),
        ("/on", False),
        ("/name", "exactly this"),
        ("/name", "Exactly"),
        ("/tags", ["b", "a"]),
        ("/tags", ["a"]),
        ("/tags/0", "b"),
        ("/tags/7", "b"),
        ("/config/host", "other.example.com"),
    ):
        patch(story, one, change(path, value, "test"), change("/name", "in spite of the test"))
        read(story, one)
    patch(
        story,
        one,
        change("/name", "Exactly this", "test"),
        change("/name", "passed"),
        words=f"rename {one.name} if its name fits",
    )
    read(story, one)


def _not_given_by_clients(story: Story) -> None:
    """What is the provider's to set is not taken from the body of a create, which may be refused for it."""
    one = tried(story, version=7, words="create a redis integration that says it is at version 7")
    if one is not None:
        read(story, one)
        patch(story, one, change("/name", "counted"))
        read(story, one)


def _all_or_nothing(story: Story) -> None:
    """A patch that fails in the middle leaves nothing of its beginning."""
    one = create(story, on=False, tags=["a"])
    read(story, one)
    rename = change("/name", "half done")
    for words, rest in (
        ("whose second operation has a wrong type", [change("/on", "yes")]),
        ("whose second operation has no value", [{"op": "replace", "path": "/tags"}]),
        ("whose second operation RFC 6902 does not have", [{"op": "rename", "path": "/name", "value": "x"}]),
        ("whose second operation has no path", [{"op": "replace", "value": "x"}]),
        ("whose last `test` does not hold", [change("/on", True), change("/version", 77, "test")]),
        ("that takes away a tag that is not there", [{"op": "remove", "path": "/tags/7"}]),
        ("whose config lacks what it needs", [change("/config", {"port": "1"})]),
        ("whose third operation is no object", [change("/on", True), 5]),
    ):
        patch(story, one, rename, *rest, words=f"send {one.name} a patch {words}")
        read(story, one)
    patch(story, one, change("/name", "done"), change("/on", True))
    read(story, one)


def _commented(story: Story) -> None:
    """A patch with a comment is done, all of it."""
    one = create(story, tags=["a"])
    patch(story, one, change("/name", "commented"), change("/on", True), comment="switched on by the runbook")
    read(story, one)
    patch(story, one, change("/version", 2, "test"), change("/tags", ["b"]), comment="with a precondition")
    patch(story, one, change("/version", 2, "test"), change("/tags", ["c"]), comment="with one that is old")
    read(story, one)


def _in_order(story: Story) -> None:
    """The operations of a patch are done in the order in which they are given, each of them."""
    one = create(story, tags=["x"])
    patch(story, one, change("/name", "first"), change("/name", "second"), change("/on", True))
    read(story, one)
    patch(story, one, change("/tags", ["a", "b"]), change("/tags/-", "c", "add"))
    read(story, one)
    patch(story, one, change("/tags/-", "lost", "add"), change("/tags", ["kept"]), change("/name", "third"))
    read(story, one)
    patch(
        story,
        one,
        change("/name", "fourth"),
        change("/name", "fourth", "test"),
        change("/tags", ["d", "e"]),
        change("/on", False),
    )
    read(story, one)
    patch(
        story,
        one,
        change("/name", "added", "add"),
        change("/on", True, "add"),
        change("/tags", ["added"], "add"),
    )
    read(story, one)
    five = [
        change("/name", "fifth"),
        change("/on", True),
        change("/tags", ["f"]),
        change("/config", _config(story, "redis")),
    ]
    patch(story, one, *five)
    read(story, one)


def _deleted(story: Story) -> None:
    """What was deleted is gone: read, patched and deleted again it is not found, and no list shows it."""
    for kind in KINDS:
        one = create(story, kind)
        delete(story, one)
        read(story, one)
        patch(story, one, change("/name", "risen"))
        delete(story, one, words=f"delete {one.name} a second time")
        read(story, one, words=f"read {one.name} again")
        listed(story)


def _created_anew(story: Story) -> None:
    """One that is created after another was deleted has nothing of it: neither its id nor its version."""
    one = create(story, name="the same name", tags=["old"], on=True)
    patch(story, one, change("/tags", ["older"]))
    patch(story, one, change("/on", False))
    delete(story, one)
    second = create(story, name="the same name")
    read(story, second)
    read(story, one)
    listed(story)
    patch(story, second, change("/name", "another name"))
    read(story, second)


def _siblings(story: Story) -> None:
    """Two integrations of one name are two: what is done to one shows on no other."""
    one = create(story, name="twin", tags=["one"], on=True)
    two = another(story, one, name="twin", tags=["two"])
    read(story, one)
    read(story, two)
    patch(story, one, change("/name", "no twin any more"))
    read(story, two)
    patch(story, two, change("/tags", ["second"]), change("/on", True))
    read(story, one)
    listed(story)
    bare = tried(
        story,
        "redis",
        name="bare",
        config=dict.fromkeys(("port", "username", "password", "tlsEnabled"), OMIT),
        tags=OMIT,
    )
    if bare is not None:
        read(story, bare)
    three = another(story, one, name="third") if one.kind == two.kind and one.scope == two.scope else two
    read(story, one)
    delete(story, one)
    read(story, two)
    read(story, three)
    listed(story)
    patch(story, two, change("/name", "left over"))
    read(story, three)
    read(story, one)


def _both_kinds(story: Story) -> None:
    """A Redis and a DynamoDB integration live side by side, and keep apart."""
    one = create(story, "redis", name="the same", on=True)
    two = tried(story, "dynamodb", name="the same")
    if two is None:
        raise PrerequisiteMissing(
            Reason.NOT_OFFERED, "the provider allows one integration in an environment, as it may (D19)"
        )
    read(story, one)
    patch(story, two, change("/on", True))
    read(story, one)
    read(story, two)
    delete(story, one)
    read(story, two)
    listed(story)


def _many(story: Story) -> None:
    """The list is whole, however many there are."""
    people = [create(story, name=f"number {number}", on=number % 2 == 0) for number in range(3)]
    listed(story)
    while len(people) < _MANY:
        people.append(
            create(
                story,
                ("redis", "dynamodb")[len(people) % 2],
                name=f"number {len(people)}",
                on=len(people) % 3 == 0,
            )
        )
        if len(people) in (4, 11):
            listed(story)
            read(story, people[-1])
    listed(story)
    patch(story, people[0], change("/name", "the first"))
    delete(story, people[1])
    delete(story, people[-1])
    listed(story)
    read(story, people[0])


def _refused_create(story: Story) -> None:
    """A create that is refused leaves nothing behind."""
    ordinary = _config(story, "redis")
    for words, kind, config in (
        ("without a host", "redis", {name: value for name, value in ordinary.items() if name != "host"}),
        ("with a number for the host", "redis", {**ordinary, "host": 5}),
        ("with text for tlsEnabled", "redis", {**ordinary, "tlsEnabled": "yes"}),
        (
            "without a region",
            "dynamodb",
            {n: v for n, v in _config(story, "dynamodb").items() if n != "region"},
        ),
        ("with the config of the other kind", "dynamodb", ordinary),
    ):
        step = creation(story, kind, words=f"try to create a {kind} integration {words}")
        mark = step.mark
        given = {**step.body, "name": mark, "tags": [mark], "config": config}
        story.ask(replace(step, body=given))
    listed(story)


def _versions(story: Story) -> None:
    """The version counts every update that has an effect, one by one, also beyond the first few."""
    for kind in KINDS:
        one = create(story, kind)
        for number in range(12):
            operation = (
                change("/on", number % 2 == 0) if number % 3 else change("/name", f"version {number + 2}")
            )
            patch(story, one, operation, words=f"update {one.name} for the {number + 1}. time")
            if number in (0, 4, 11):
                read(story, one)
        patch(story, one, change("/name", "once more"), change("/version", 13, "test"))
        read(story, one)
        listed(story)
        delete(story, one)


def _idle_patch(story: Story) -> None:
    """A patch that sets what is there already changes nothing."""
    one = create(story, name="as it is", on=True, tags=["a", "b"])
    patch(story, one, change("/name", "as it is"))
    read(story, one)
    patch(story, one, change("/tags", ["a", "b"]), change("/on", True))
    read(story, one)
    patch(story, one, change("/name", "another"))
    read(story, one)


def _kept(story: Story, kind: str, config: dict[str, Any] | None = None, **members: Any) -> None:
    """Create one with unusual contents, and if that is accepted, read it."""
    one = tried(story, kind, config=config, **members)
    if one is not None:
        read(story, one)
        delete(story, one)


def _names(story: Story) -> None:
    """A name that is accepted is kept, character for character, from a create and from an update."""
    for name in edge_values.NAMES:
        _kept(story, "redis", name=name)
    one = create(story)
    for name in edge_values.NAMES:
        patch(
            story, one, change("/name", name), words=f"give {one.name} a name {edge_values.described(name)}"
        )
        read(story, one)
    listed(story)


def _tags(story: Story) -> None:
    """Tags that are accepted are kept as they were given: how many, in which order, each character."""
    for tags in edge_values.TAGS:
        _kept(story, "redis", tags=list(tags))
    one = create(story, "dynamodb")
    for tags in edge_values.TAGS:
        patch(story, one, change("/tags", list(tags)), words=f"give {one.name} {len(tags)} tags")
        read(story, one)
    listed(story)


def _redis_configs(story: Story) -> None:
    """Every member of a Redis config that is accepted is kept, whatever else stands beside it."""
    for config in edge_values.REDIS:
        _kept(
            story,
            "redis",
            config={name: OMIT if value is edge_values.ABSENT else value for name, value in config.items()},
        )


def _dynamodb_configs(story: Story) -> None:
    """Every region, table and role that is accepted is kept, on or off."""
    for index, config in enumerate(edge_values.DYNAMODB):
        given = {name: OMIT if value is edge_values.ABSENT else value for name, value in config.items()}
        _kept(story, "dynamodb", config=given, on=index % 2 == 0)


def _configs_updated(story: Story) -> None:
    """A config that an update gives is kept like one that a create gives."""
    for kind, configs in (("redis", edge_values.REDIS), ("dynamodb", edge_values.DYNAMODB)):
        one = create(story, kind, on=True)
        for config in configs:
            ordinary = _config(story, kind)
            given = {
                name: value
                for name, value in {**ordinary, **config}.items()
                if value is not edge_values.ABSENT
            }
            patch(story, one, change("/config", given), words=f"give {one.name} another config")
            read(story, one)


def _reader_sees_the_same(story: Story) -> None:
    """A token that may only read sees what a writer sees."""
    one = create(story, on=True, tags=["a", "b"])
    read(story, one, auth=Auth.READER)
    patch(story, one, change("/name", "renamed"))
    read(story, one, auth=Auth.READER)
    read(story, one)
    listed(story, auth=Auth.READER, words="list all integrations, with the reader token")
    delete(story, one)
    read(story, one, auth=Auth.READER)
    listed(story, auth=Auth.READER, words="list all integrations, with the reader token")


def _list_and_get_agree(story: Story) -> None:
    """What the list shows of an integration, a get shows, too."""
    shown = listed(story).response.json
    items = shown.get("items") if isinstance(shown, Mapping) else None
    found = [item for item in items or () if isinstance(item, Mapping) and isinstance(item.get("_id"), str)]
    mine = [
        each
        for each in found
        if (each.get("projectKey"), each.get("environmentKey"))
        == (story.scope.project, story.scope.environment)
    ]
    if not mine and not story.workspace.target.writable:
        raise PrerequisiteMissing(
            Reason.NOTHING_TO_READ, "the target is read-only and lists nothing in this environment"
        )
    for item in mine[:5]:
        if item.get("integrationKey") not in KINDS:
            continue
        one = Resource("it", item["_id"], item["integrationKey"], story.scope)
        answer = read(story, one, words=f"read the {one.kind} integration that the list shows first")
        got = answer.response.json
        if not isinstance(got, Mapping) or got.get("version") != item.get("version"):
            continue  # somebody else has changed or deleted it in between
        for member in (
            "_id",
            "name",
            "on",
            "tags",
            "version",
            "integrationKey",
            "projectKey",
            "environmentKey",
        ):
            if member in got and member in item and got[member] != item[member]:
                _disagree(story, member, item[member], got[member])


def _disagree(story: Story, member: str, first: Any, second: Any) -> None:
    message = f"/{member} is {second!r} here, and {first!r} in the list just before"
    story.report_divergence(
        Divergence(
            "list_shows_what_lives",
            f"/{member}",
            message,
            str(first)[:120],
            str(second)[:120],
            "disagrees",
            FlawKind.CONTRADICTION,
        )
    )


def _scenario(tell: Callable[[Story], None], *needs: str) -> Scenario:
    name = tell.__name__.strip("_").replace("_", "-")
    return Scenario(
        "lifecycle", name, (tell.__doc__ or "").strip(), tell, frozenset(needs) if needs else WRITES
    )


#: In the order in which they catch most for least.
SCENARIOS: tuple[Scenario, ...] = (
    _scenario(_created_and_read),
    _scenario(_renamed),
    _scenario(_deleted),
    _scenario(_little_given),
    _scenario(_all_or_nothing),
    _scenario(_two_writers),
    _scenario(_written_back),
    _scenario(_siblings),
    _scenario(_dynamodb_created_and_read),
    _scenario(_port_moved),
    _scenario(_retagged),
    _scenario(_in_order),
    _scenario(_commented),
    _scenario(_switched),
    _scenario(_password_rotated),
    _scenario(_refused_create),
    _scenario(_both_kinds),
    _scenario(_created_anew),
    _scenario(_tests_are_strict),
    _scenario(_parts_patched),
    _scenario(_members_removed),
    _scenario(_not_given_by_clients),
    _scenario(_idle_patch),
    _scenario(_versions),
    _scenario(_reader_sees_the_same, "writes", "reader"),
    _scenario(_many),
    _scenario(_redis_configs),
    _scenario(_dynamodb_configs),
    _scenario(_names),
    _scenario(_tags),
    _scenario(_configs_updated),
    _scenario(_list_and_get_agree, "reads"),
)
