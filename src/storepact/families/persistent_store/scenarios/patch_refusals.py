"""Scenarios of patches that are refused: all or nothing, tests that fail, fixed members, absent places."""

from __future__ import annotations

from collections.abc import Mapping

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.edge_values import OMIT, UNUSUAL_OPTIONS
from storepact.families.persistent_store.scenarios.steps import (
    change,
    create,
    delete,
    operations_at,
    patch,
    prepare_patch,
    read,
    try_create,
)
from storepact.model.tree import Json

#: Verbs whose refused operations are sent in the wrapper.
_WRAPPED = ("add", "copy")


def refuse_patch_as_a_whole(story: Story) -> None:
    """A patch that fails in the middle leaves nothing of its beginning."""
    integration = create(story, on=False, tags=["a"])
    read(story, integration)
    rename = change("/name", "half done")
    failing: tuple[tuple[str, list[Json]], ...] = (
        ("whose second operation has a wrong type", [change("/on", "yes")]),
        ("whose second operation has no value", [{"op": "replace", "path": "/tags"}]),
        ("whose second operation RFC 6902 does not have", [{"op": "rename", "path": "/name", "value": "x"}]),
        ("whose second operation has no path", [{"op": "replace", "value": "x"}]),
        ("whose last `test` does not hold", [change("/on", True), change("/version", 77, "test")]),
        ("that takes away a tag that is not there", [{"op": "remove", "path": "/tags/7"}]),
        ("whose config lacks what it needs", [change("/config", {"port": "1"})]),
        ("whose third operation is no object", [change("/on", True), 5]),
    )
    for number, (error, rest) in enumerate(failing):
        comment = f"a patch {error}" if number % 2 else None
        does = f"send {{resource}} a patch {error}"
        step = prepare_patch(integration, rename, *rest, does=does, comment=comment)
        if story.may_send(step):
            story.send(step)
            read(story, integration)
    patch(story, integration, change("/name", "done"), change("/on", True))
    read(story, integration)


def refuse_if_any_test_fails(story: Story) -> None:
    """Every `test` of a patch counts, wherever it stands: one that does not hold refuses the patch."""
    integration = create(story, name="of three tests", on=False)
    read(story, integration)
    holds, fails = change("/version", 1, "test"), change("/version", 2, "test")
    rename = change("/name", "in spite of a test")
    for number, (order, operations) in enumerate(
        (
            ("first", [fails, holds, holds, rename]),
            ("second", [holds, fails, holds, rename]),
            ("last", [holds, holds, fails, rename]),
            ("last, after a change", [holds, rename, change("/on", True), fails]),
            ("second, between changes", [holds, rename, fails, change("/on", True)]),
            ("second, of another member", [holds, change("/name", "of two tests", "test"), rename]),
            (
                "only, of a name that was replaced before it,",
                [rename, change("/name", "of three tests", "test")],
            ),
            (
                "only, of the name that it is given behind it,",
                [change("/name", "behind its test", "test"), change("/name", "behind its test")],
            ),
            (
                "only, of the tags that it is given behind it,",
                [change("/tags", ["later"], "test"), change("/tags", ["later"])],
            ),
            ("only, of a switch that is off,", [change("/on", None, "test"), rename]),
            (
                "only, of a switch that was replaced before it,",
                [change("/on", True), change("/on", False, "test")],
            ),
        )
    ):
        does = f"send {{resource}} a patch whose {order} test fails"
        patch(story, integration, *operations, does=does, comment=order if number % 3 == 1 else None)
        if number % 2:
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
            # what a wrapped patch is made of is read like any other
            comment = "wrapped" if operation["op"] in _WRAPPED else None
            patch(story, integration, operation, comment=comment)
    patch(story, integration, {"op": "move", "from": "/_id", "path": "/name"})
    patch(story, integration, change("/_links/self/href", "/storepact"))
    patch(story, integration, change("/_links/storepact", {"href": "/storepact"}, "add"))
    patch(story, integration, change("/_status/available", True))
    patch(story, integration, change("/name", "beside it"), change("/_id", "storepact-other-id"))
    read(story, integration)


def refuse_places_that_do_not_exist(story: Story) -> None:
    """What does not exist cannot be replaced, removed, tested, moved or copied (RFC 6902, D37)."""
    integration = create(story, name="as it is", on=True, tags=["a", "b"])
    read(story, integration)
    paths = ("/storepact", "/config/storepact", "/tags/2", "/tags/-", "/tags/-1")
    everywhere = [operation for path in paths for _, operation in operations_at(path, "b")]
    elsewhere = [
        change("/tags/7", "x", "add"),
        change("/tags/01", "x"),
        change("/tags/+1", "x"),
        change("/tags/1.0", "x"),
        change("/config~1port", "6391"),
        change("/config~01port", "6391"),
        change("/n%61me", "x"),
        change("#/name", "x"),
        change("name", "x"),
        change(" /name", "x"),
        change("/name ", "x"),
        change("/Name", "x"),
        change("/name/", "x"),
        change("/on/", False),
        change("//name", "x"),
        {"op": "remove", "path": "/tags/"},
        change("/name/", "as it is", "test"),
        change("/storepact/deep", "x", "add"),
        change("/name/deep", "x", "add"),
        change("/tags/0/deep", "x", "add"),
        change("/on/deep", True, "test"),
        change("/tags/length", 0),
        change("/tags/length", 2, "test"),
        change("/config/constructor", "x"),
        *(operation for _, operation in operations_at("/constructor", "x")),
        change("/__proto__", {}, "test"),
        change("/toString", "x"),
        {"op": "copy", "from": "/name", "path": "/tags/7"},
        {"op": "move", "from": "/tags/0", "path": "/tags/2"},
        {"op": "move", "from": "/tags", "path": "/tags/0"},
    ]
    for number, operation in enumerate((*story.sample(everywhere), *story.sample(elsewhere))):
        _try_patch(story, integration, operation, comment=f"wrapped {number}" if number % 3 == 1 else None)
    patch(story, integration, change("/name", "beside it"), change("/storepact", "x"))
    patch(story, integration, change("/storepact", None, "test"), change("/name", "in spite of the test"))
    read(story, integration)


def _try_patch(
    story: Story, integration: Resource, operation: Mapping[str, Json], comment: str | None
) -> None:
    """Send a patch of one operation, if the run may: what is not sent is not verified."""
    step = prepare_patch(integration, operation, comment=comment)
    if story.may_send(step):
        story.send(step)


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
            for verb, operation in operations_at(f"/config/{name}", value):
                if verb == "replace" or name in ("username", "externalId"):
                    patch(story, integration, operation)
        read(story, integration)
        for name, value in absent.items():
            patch(story, integration, change(f"/config/{name}", value, "add"))
            read(story, integration)
        delete(story, integration)
