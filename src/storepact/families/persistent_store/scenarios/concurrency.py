"""Scenarios of simultaneous requests: each is done as a whole or refused, and none is lost."""

from __future__ import annotations

from storepact.engines.story import Story
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    create,
    create_sibling,
    delete,
    one_per_environment,
    prepare_create,
    prepare_delete,
    prepare_patch,
    read,
    version_of,
)
from storepact.model.errors import PrerequisiteMissing
from storepact.model.outcome import Reason


def write_one_version_concurrently(story: Story) -> None:
    """Of several writers at the same moment who all test for one version exactly one succeeds."""
    integration = create(story)
    for number in range(4):
        test = change("/version", version_of(story, integration), "test")
        names = [f"round {number}, writer {writer}" for writer in range(4)]
        story.run_concurrently([prepare_patch(integration, test, change("/name", name)) for name in names])
        read(story, integration)


def update_members_concurrently(story: Story) -> None:
    """Updates of different members at the same moment are all kept, or refused as conflicts."""
    integration = create(story, on=False, tags=["before"])
    for number in range(4):
        changes = (
            change("/name", f"round {number}"),
            change("/on", number % 2 == 0),
            change("/tags", [f"round-{number}"]),
        )
        story.run_concurrently([prepare_patch(integration, operation) for operation in changes])
        read(story, integration)
    check_list(story)


def create_concurrently(story: Story) -> None:
    """Integrations that are created at the same moment are several, each with an id of its own."""
    first = create(story)
    try:
        create_sibling(story, first)
    except PrerequisiteMissing:
        raise one_per_environment() from None
    alike = [
        integration
        for integration in story.resources
        if (integration.kind, integration.scope) == (first.kind, first.scope)
    ]
    if len(alike) < 2:
        message = "the provider allows one integration of a kind in an environment, as it may (D19)"
        raise PrerequisiteMissing(Reason.NOT_OFFERED, message)
    for _ in range(2):
        story.run_concurrently([prepare_create(story, name=f"at once {number}") for number in range(3)])
        check_list(story)
    for integration in list(story.resources):
        read(story, integration)


def delete_concurrently(story: Story) -> None:
    """Of several deletes at the same moment one succeeds, and the integration is gone."""
    for _ in range(2):
        integration = create(story)
        story.run_concurrently([prepare_delete(integration) for _ in range(3)])
        if integration.id not in story.world.deleted:
            delete(story, integration)
        read(story, integration)
        check_list(story)
