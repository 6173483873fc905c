"""Scenarios of JSON Patch (RFC 6902): parts, removals, tests, order, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from storepact.engines.story import Resource, Story
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.edge_values import OMIT, UNUSUAL_OPTIONS
from storepact.families.persistent_store.scenarios.steps import (
    change,
    create,
    delete,
    ordinary_config,
    patch,
    prepare_patch,
    read,
    try_create,
    version_of,
)
from storepact.model.tree import Json


def refuse_patch_as_a_whole(story: Story) -> None:
    """A patch that fails in the middle leaves nothing of its beginning."""
    integration = create(story, on=False, tags=["a"])
    read(story, integration)
    rename = change("/name", "half done")
    for error, rest in (
        ("whose second operation has a wrong type", [change("/on", "yes")]),
        ("whose second operation has no value", [{"op": "replace", "path": "/tags"}]),
        ("whose second operation RFC 6902 does not have", [{"op": "rename", "path": "/name", "value": "x"}]),
        ("whose second operation has no path", [{"op": "replace", "value": "x"}]),
        ("whose last `test` does not hold", [change("/on", True), change("/version", 77, "test")]),
        ("that takes away a tag that is not there", [{"op": "remove", "path": "/tags/7"}]),
        ("whose config lacks what it needs", [change("/config", {"port": "1"})]),
        ("whose third operation is no object", [change("/on", True), 5]),
    ):
        step = prepare_patch(integration, rename, *rest, does=f"send {{resource}} a patch {error}")
        if story.may_send(step):
            story.send(step)
            read(story, integration)
    patch(story, integration, change("/name", "done"), change("/on", True))
    read(story, integration)


def apply_operations_in_order(story: Story) -> None:
    """The operations of a patch are done in the order in which they are given, each of them."""
    integration = create(story, tags=["x"])
    patch(story, integration, change("/name", "first"), change("/name", "second"), change("/on", True))
    read(story, integration)
    patch(story, integration, change("/tags", ["a", "b"]), change("/tags/-", "c", "add"))
    read(story, integration)
    patch(
        story,
        integration,
        change("/tags/-", "lost", "add"),
        change("/tags", ["kept"]),
        change("/name", "third"),
    )
    read(story, integration)
    patch(
        story,
        integration,
        change("/name", "fourth"),
        change("/name", "fourth", "test"),
        change("/tags", ["d", "e"]),
        change("/on", False),
    )
    read(story, integration)
    patch(
        story,
        integration,
        change("/name", "added", "add"),
        change("/on", True, "add"),
        change("/tags", ["added"], "add"),
    )
    read(story, integration)
    patch(
        story,
        integration,
        {**change("/name", "with more members"), "storepactUnknown": 1},
        {**change("/on", False), "storepactUnknown": {"member": None}},
        does="send {resource} a patch whose operations have a member that RFC 6902 does not know",
    )
    read(story, integration)
    five = [
        change("/name", "fifth"),
        change("/on", True),
        change("/tags", ["f"]),
        change("/config", ordinary_config(story, "redis")),
    ]
    patch(story, integration, *five)
    read(story, integration)
    _apply_many_operations(story, integration)


def _apply_many_operations(story: Story, integration: Resource) -> None:
    """A patch of twelve operations is done to its end (up to twenty are ordinary, D13)."""
    many = [change("/name", f"name {number}") for number in range(11)]
    patch(story, integration, *many, change("/on", False))
    read(story, integration)


def write_with_preconditions(story: Story) -> None:
    """With a `test` on /version the first writer succeeds, and the second is refused without a trace."""
    integration = create(story)
    read(story, integration)
    patch(story, integration, change("/version", 1, "test"), change("/name", "by the first writer"))
    patch(story, integration, change("/version", 1, "test"), change("/name", "by the second, too late"))
    read(story, integration)
    patch(story, integration, change("/name", "too late again"), change("/version", 1, "test"))
    read(story, integration)
    patch(story, integration, change("/version", 2, "test"), change("/on", True), change("/tags", ["second"]))
    read(story, integration)
    patch(story, integration, change("/version", 4, "test"), change("/name", "from the future"))
    patch(story, integration, change("/version", 0, "test"), change("/name", "from before the beginning"))
    read(story, integration)


def refuse_if_any_test_fails(story: Story) -> None:
    """Every `test` of a patch counts, wherever it stands: one that does not hold refuses the patch."""
    integration = create(story, name="of three tests", on=False)
    read(story, integration)
    holds, fails = change("/version", 1, "test"), change("/version", 2, "test")
    rename = change("/name", "in spite of a test")
    for order, operations in (
        ("first", [fails, holds, holds, rename]),
        ("second", [holds, fails, holds, rename]),
        ("last", [holds, holds, fails, rename]),
        ("last, after a change", [holds, rename, change("/on", True), fails]),
        ("second, between changes", [holds, rename, fails, change("/on", True)]),
        ("second, of another member", [holds, change("/name", "of two tests", "test"), rename]),
        ("only, of a name that was replaced before it,", [rename, change("/name", "of three tests", "test")]),
        (
            "only, of a switch that was replaced before it,",
            [change("/on", True), change("/on", False, "test")],
        ),
    ):
        patch(story, integration, *operations, does=f"send {{resource}} a patch whose {order} test fails")
        read(story, integration)
    patch(
        story,
        integration,
        holds,
        holds,
        change("/name", "passed"),
        does="rename {resource} if two tests hold",
    )
    read(story, integration)


def compare_tests_strictly(story: Story) -> None:
    """A `test` compares type and value, as RFC 6902 says; one that does not hold refuses the whole patch."""
    integration = create(story, name="Exactly this", on=True, tags=["a", "b"])
    for path, value in (
        ("/version", "1"),
        ("/version", True),
        ("/version", 1.5),
        ("/on", 1),
        ("/on", "true"),
        ("/on", False),
        ("/name", "exactly this"),
        ("/name", "Exactly"),
        ("/name", ""),
        ("/name", None),
        ("/tags", []),
        ("/version", 0),
        ("/tags", ["b", "a"]),
        ("/tags", ["a"]),
        ("/tags/0", "b"),
        ("/tags/7", "b"),
        ("/config/host", "other.example.com"),
        ("/config", {}),
        ("/config", {"port": "6380"}),
    ):
        patch(story, integration, change(path, value, "test"), change("/name", "in spite of the test"))
        read(story, integration)
    patch(
        story,
        integration,
        change("/name", "Exactly this", "test"),
        change("/name", "passed"),
        does="rename {resource} if its name fits",
    )
    read(story, integration)
    version = float(version_of(story, integration))
    patch(
        story,
        integration,
        change("/version", version, "test"),
        change("/name", "a decimal passed"),
        does=f"rename {{resource}} if its version is {version}, which is the same number",
    )
    read(story, integration)


def patch_parts(story: Story) -> None:
    """Patches of parts (one tag, one member of config) are done as RFC 6902 says, or refused."""
    integration = create(story, tags=["a", "b", "c"], config={"port": "6380"})
    for does, operation in (
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
        patch(story, integration, operation, does=f"{does} of {{resource}}")
        read(story, integration)


def remove_members(story: Story) -> None:
    """A member that is removed is as if it had never been given, or the removal is refused."""
    for member in ("/tags", "/on", "/name"):
        integration = create(story, on=True, tags=["a", "b"])
        read(story, integration)
        patch(story, integration, {"op": "remove", "path": member})
        read(story, integration)
        patch(story, integration, change("/name", "named anew"), change("/on", True), change("/tags", ["c"]))
        read(story, integration)
        delete(story, integration)


def _operations_at(path: str, value: Json) -> Iterator[tuple[str, dict[str, Any]]]:
    """One operation of each verb that changes what is at a path, or needs that something is there."""
    yield "replace", change(path, value)
    yield "remove", {"op": "remove", "path": path}
    yield "test", change(path, value, "test")
    yield "move", {"op": "move", "from": path, "path": "/name"}
    yield "copy", {"op": "copy", "from": path, "path": "/name"}


def refuse_edits_of_fixed_members(story: Story) -> None:
    """Members whose names begin with `_` are not editable, by whichever verb (D36)."""
    integration = create(story, name="as it is", on=True, tags=["a"])
    read(story, integration)
    for path, value in (
        ("/_id", "storepact-other-id"),
        ("/_status", {"storepact": 1}),
        ("/_links", {"storepact": 1}),
        ("/_access", {"storepact": 1}),
    ):
        for operation in (
            change(path, value),
            change(path, value, "add"),
            {"op": "remove", "path": path},
            {"op": "copy", "from": "/name", "path": path},
            {"op": "move", "from": "/tags/0", "path": path},
        ):
            patch(story, integration, operation)
    patch(story, integration, {"op": "move", "from": "/_id", "path": "/name"})
    patch(story, integration, change("/_links/self/href", "/storepact"))
    patch(story, integration, change("/_status/available", True))
    patch(story, integration, change("/name", "beside it"), change("/_id", "storepact-other-id"))
    read(story, integration)


def refuse_places_that_do_not_exist(story: Story) -> None:
    """What does not exist cannot be replaced, removed, tested, moved or copied (RFC 6902, D37)."""
    integration = create(story, name="as it is", on=True, tags=["a", "b"])
    read(story, integration)
    for path in ("/storepact", "/config/storepact", "/tags/2", "/tags/-", "/tags/-1"):
        for _, operation in _operations_at(path, "b"):
            patch(story, integration, operation)
    for operation in (
        change("/tags/7", "x", "add"),
        change("/tags/01", "x"),
        change("/tags/+1", "x"),
        change("/tags/1.0", "x"),
        change("/config~1port", "6391"),
        change("/config~01port", "6391"),
        change("/n%61me", "x"),
        change("#/name", "x"),
        change("name", "x"),
        change("/Name", "x"),
        change("/name/", "x"),
        change("/on/", False),
        change("//name", "x"),
        {"op": "remove", "path": "/tags/"},
        change("/name/", "as it is", "test"),
        change("/storepact/deep", "x", "add"),
        change("/name/deep", "x", "add"),
        {"op": "copy", "from": "/name", "path": "/tags/7"},
        {"op": "move", "from": "/tags/0", "path": "/tags/2"},
        {"op": "move", "from": "/tags", "path": "/tags/0"},
    ):
        patch(story, integration, operation)
    patch(story, integration, change("/name", "beside it"), change("/storepact", "x"))
    patch(story, integration, change("/storepact", None, "test"), change("/name", "in spite of the test"))
    read(story, integration)


def refuse_optional_members_that_are_absent(story: Story) -> None:
    """A member of config that a get does not show can be added; it is not there to be replaced (D37)."""
    for kind in KINDS:
        integration = try_create(
            story, kind, config=dict.fromkeys([*UNUSUAL_OPTIONS[kind], "password"], OMIT)
        )
        if integration is None:
            continue
        body = read(story, integration).response.json
        config = body.get("config") if isinstance(body, Mapping) else None
        options = config if isinstance(config, Mapping) else UNUSUAL_OPTIONS[kind]
        absent = {name: value for name, value in UNUSUAL_OPTIONS[kind].items() if name not in options}
        for name, value in absent.items():
            for verb, operation in _operations_at(f"/config/{name}", value):
                if verb == "replace" or name in ("username", "externalId"):
                    patch(story, integration, operation)
        read(story, integration)
        for name, value in absent.items():
            patch(story, integration, change(f"/config/{name}", value, "add"))
            read(story, integration)
        delete(story, integration)


def patch_members_that_the_provider_sets(story: Story) -> None:
    """A patch that sets a version, a key or an unknown member is refused, or done without that (D37)."""
    integration = create(story, on=True, tags=["a"])
    read(story, integration)
    for number, operation in enumerate(
        (
            change("/version", 7),
            change("/version", 7, "add"),
            {"op": "remove", "path": "/version"},
            change("/projectKey", "storepact-elsewhere"),
            change("/environmentKey", "storepact-elsewhere"),
            change("/integrationKey", "storepact-elsewhere"),
            {"op": "remove", "path": "/projectKey"},
            change("/storepact", "x", "add"),
            change("/config/storepact", "x", "add"),
            {"op": "copy", "from": "/name", "path": "/storepact"},
        )
    ):
        patch(story, integration, operation, change("/name", f"beside it {number}"))
        read(story, integration)
