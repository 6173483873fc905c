"""Scenarios of JSON Patch (RFC 6902): parts, removals, tests, order, all or nothing."""

from __future__ import annotations

from dataclasses import replace

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store.scenarios.steps import (
    change,
    config_as_read,
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

#: After so many refused patches the integration is read; what they do to it stays until then.
_REFUSALS_BETWEEN_READS = 3

#: Tests that do not hold for the integration of `compare_tests_strictly`: path and value.
_FAILING_TESTS: tuple[tuple[str, Json], ...] = (
    ("/version", "1"),
    ("/version", True),
    ("/version", 1.5),
    ("/on", 1),
    ("/on", "true"),
    ("/name", "exactly this"),
    ("/name", "Exactly this "),
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
    ("/_id", "storepact-other-id"),
    ("/integrationKey", "dynamodb"),
    ("/projectKey", "storepact-other-project"),
    ("/environmentKey", "storepact-other-environment"),
    ("/_links/self/href", "/storepact"),
    ("/_links", {}),
    ("/_status", "storepact"),
    ("", {}),
)


def apply_operations_in_order(story: Story) -> None:
    """The operations of a patch are done in the order in which they are given, each of them."""
    integration = create(story, tags=["x"])
    patch(story, integration, change("/name", "first"), change("/name", "second"), change("/on", True))
    read(story, integration)
    patch(story, integration, {**change("/name", "of a value"), "from": "/tags/0"})
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
    _apply_operations_of_other_forms(story, integration)
    five = [
        change("/name", "fifth"),
        change("/on", True),
        change("/tags", ["f"]),
        change("/config", ordinary_config(story, "redis")),
    ]
    patch(story, integration, *five)
    read(story, integration)
    _apply_many_operations(story, integration)


def _apply_operations_of_other_forms(story: Story, integration: Resource) -> None:
    """`add` replaces a member that is there, and members that RFC 6902 does not know are left aside."""
    patch(
        story,
        integration,
        change("/tags", ["added"], "add"),
        change("/name", "added", "add"),
        change("/config", ordinary_config(story, "redis"), "add"),
        change("/on", True, "add"),
    )
    read(story, integration)
    patch(
        story,
        integration,
        {**change("/on", False), "storepactUnknown": {"member": None}},
        {**change("/config", ordinary_config(story, "redis")), "storepactUnknown": []},
        {**change("/name", "with more members"), "storepactUnknown": 1},
        {**change("/tags", ["with", "more"]), "storepactUnknown": ""},
        does="send {resource} a patch whose operations have a member that RFC 6902 does not know",
    )
    read(story, integration)


def _apply_many_operations(story: Story, integration: Resource) -> None:
    """A patch of twelve operations is done to its end (up to twenty are ordinary, D13)."""
    many = [change("/name", f"name {number}") for number in range(8)]
    last = [change("/config", ordinary_config(story, "redis")), change("/tags", ["many"])]
    patch(story, integration, *many, *last, change("/on", False), change("/name", "the last name"))
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


def compare_tests_strictly(story: Story) -> None:
    """A `test` compares type and value, as RFC 6902 says; one that does not hold refuses the whole patch."""
    integration = create(story, name="Exactly this", on=True, tags=["a", "b"])
    for number, (path, value) in enumerate(_FAILING_TESTS):
        patch(story, integration, change(path, value, "test"), change("/name", "in spite of the test"))
        if number % 4 == 0:  # what a later test lets through stays until the next read
            read(story, integration)
    host = config_as_read(read(story, integration))["host"]
    patch(
        story, integration, change("/config", {"host": host}, "test"), change("/name", "in spite of the test")
    )
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
    step = prepare_patch(
        integration,
        change("/version", version, "test"),
        change("/name", "a decimal passed"),
        does=f"rename {{resource}} if its version is {version}, which is the same number",
    )
    story.send(replace(step, respelled=True))
    read(story, integration)
    _test_composed_name(story, integration)
    # it holds where a run may not switch on, and changes what the other tests are about
    patch(story, integration, change("/on", False, "test"), change("/name", "in spite of the test"))
    read(story, integration)


def _test_composed_name(story: Story, integration: Resource) -> None:
    """Strings are equal if their code points are: a composed character is not the decomposed one."""
    patch(story, integration, change("/name", "cafe\u0301"))
    composed = change("/name", "caf\u00e9", "test")
    patch(story, integration, composed, change("/name", "in spite of the test"))
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
    _copy_between_changes(story, integration)
    _repeat_operations(story, integration)
    _patch_parts_of_dynamodb(story)


def _repeat_operations(story: Story, integration: Resource) -> None:
    """An operation that stands in a patch twice is done twice."""
    patch(story, integration, change("/tags", ["a", "b", "c", "d"]))
    removal = {"op": "remove", "path": "/tags/0"}
    patch(story, integration, removal, removal, does="take the first tag of {resource} away twice")
    read(story, integration)


def _patch_parts_of_dynamodb(story: Story) -> None:
    """Each member of a DynamoDB config is patched by itself, or that is refused."""
    integration = try_create(story, "dynamodb")
    if integration is None:
        return
    for name, value in (
        ("tableName", f"{story.new_mark()}-part"),
        ("region", "eu-west-2"),
        ("roleArn", "arn:aws:iam::123456789012:role/part"),
        ("externalId", "7d9f2a52-2bd5-4a2a-9c62-0d1b8f4e6a10"),
    ):
        patch(
            story, integration, change(f"/config/{name}", value), does=f"replace {name} alone of {{resource}}"
        )
        read(story, integration)


def _copy_between_changes(story: Story, integration: Resource) -> None:
    """A copy reads what the operations before it have made, and nothing of those behind it."""
    for does, operations in (
        (
            "rename {resource}, and copy the new name to its tags",
            [change("/name", "copied"), {"op": "copy", "from": "/name", "path": "/tags/-"}],
        ),
        (
            "copy a tag of {resource} to the username, and replace the tags",
            [{"op": "copy", "from": "/tags/0", "path": "/config/username"}, change("/tags", ["later"])],
        ),
    ):
        patch(story, integration, *operations, does=does)
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
        exchange = patch(story, integration, operation, change("/name", f"beside it {number}"))
        if exchange.response.status < 300 or number % _REFUSALS_BETWEEN_READS == 1:
            read(story, integration)
