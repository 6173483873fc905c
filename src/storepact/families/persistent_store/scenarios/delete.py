"""Scenarios of deletes: what was deleted is gone, and leaves nothing to what comes after it."""

from __future__ import annotations

from dataclasses import replace

from storepact.engines.story import Story
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    create,
    delete,
    ordinary_config,
    patch,
    prepare_create,
    read,
    send_create,
)


def delete_and_use_again(story: Story) -> None:
    """What was deleted is gone: read, patched and deleted again it is not found, and no list shows it."""
    for kind in KINDS:
        integration = create(story, kind)
        if kind == KINDS[1]:  # what was updated can be deleted as well
            patch(story, integration, change("/name", "to be deleted"))
            patch(story, integration, change("/tags", ["a", "b"]))
        delete(story, integration)
        read(story, integration)
        patch(story, integration, change("/name", "risen"))
        delete(story, integration, does="delete {resource} a second time")
        read(story, integration, does="read {resource} again")
        check_list(story)


def create_after_delete(story: Story) -> None:
    """One that is created after another was deleted has nothing of it: neither its id nor its version.

    It may have the same name and store: what is deleted is in the way of nothing.
    """
    config = ordinary_config(story, KINDS[0])
    step = prepare_create(story, name="the same name", tags=["old"], on=True, config=config)
    integration = send_create(story, step)
    patch(story, integration, change("/tags", ["older"]))
    patch(story, integration, change("/on", False))
    delete(story, integration)
    second = send_create(story, replace(step, does="create it anew, by an equal request", mark=""))
    read(story, second)
    read(story, integration)
    check_list(story)
    patch(story, second, change("/name", "another name"))
    read(story, second)
