"""Scenarios of updates: each changes what it names, nothing else, and counts once."""

from __future__ import annotations

from storepact.engines.story import Story
from storepact.engines.story_steps import Headers
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    create,
    delete,
    patch,
    read,
)

_TO_ANYTHING: Headers = (("Accept", "*/*"),)


def rename(story: Story) -> None:
    """A rename changes the name, and nothing else."""
    check_list(story, headers=_TO_ANYTHING)
    integration = create(story, name="ordinary", on=True, tags=["kept", "as", "it", "is"])
    read(story, integration)
    patch(story, integration, change("/name", "renamed"))
    read(story, integration)
    read(story, integration, does="read {resource} once more")
    check_list(story, headers=_TO_ANYTHING)
    patch(story, integration, change("/name", "ordinary"), does="give {resource} its first name again")
    check_list(story, headers=_TO_ANYTHING)
    read(story, integration)


def switch_on_and_off(story: Story) -> None:
    """Switched on it is on, switched off it is off, for both kinds of store."""
    for kind in KINDS:
        integration = create(story, kind, on=False, tags=["a", "b"])
        for value in (True, False, True):
            patch(story, integration, change("/on", value))
            read(story, integration)
        check_list(story)
        delete(story, integration)


def replace_and_append_tags(story: Story) -> None:
    """Tags keep the order in which they were given, and an appended one comes last."""
    integration = create(story, tags=[], on=True)
    patch(story, integration, change("/tags", ["Delta", "beta", "Alpha"]))
    read(story, integration)
    patch(story, integration, change("/tags/-", "aa", "add"))
    read(story, integration)
    patch(story, integration, change("/tags/-", "Zz", "add"))
    read(story, integration)
    patch(story, integration, change("/tags", []))
    read(story, integration)
    patch(story, integration, change("/tags/-", "alone", "add"))
    read(story, integration)


def patch_without_effect(story: Story) -> None:
    """A patch that sets what is there already changes nothing."""
    integration = create(story, name="as it is", on=True, tags=["a", "b"])
    patch(story, integration, change("/name", "as it is"))
    read(story, integration)
    patch(story, integration, change("/tags", ["a", "b"]), change("/on", True))
    read(story, integration)
    patch(story, integration, change("/name", "another"))
    read(story, integration)


def count_versions(story: Story) -> None:
    """The version counts every update that has an effect, one by one, also beyond the first few."""
    for kind, count in zip(KINDS, (12, 5), strict=True):
        integration = create(story, kind)
        for number in range(count):
            operation = (
                change("/on", number % 2 == 0) if number % 3 else change("/name", f"version {number + 2}")
            )
            patch(story, integration, operation, does=f"update {{resource}} for the {number + 1}. time")
            if number in (0, 4, count - 1):
                read(story, integration)
            if number == 4:
                check_list(story)
        patch(story, integration, change("/name", "once more"), change("/version", count + 1, "test"))
        read(story, integration)
        check_list(story)
        delete(story, integration)


def patch_with_comment(story: Story) -> None:
    """A patch with a comment is done, all of it."""
    integration = create(story, tags=["a"])
    patch(
        story,
        integration,
        change("/name", "commented"),
        change("/on", True),
        comment="switched on by the runbook",
    )
    read(story, integration)
    patch(
        story,
        integration,
        change("/version", 2, "test"),
        change("/tags", ["b"]),
        comment="with a precondition, in a hundred characters ".ljust(100, "-"),
    )
    patch(
        story,
        integration,
        change("/version", 2, "test"),
        change("/tags", ["c"]),
        comment="with one that is old, at length ".ljust(2_000, "-"),
    )
    read(story, integration)
