"""Scenarios of reads: every token and every operation shows the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store.api import KINDS, environment_of, project_of
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    create,
    delete,
    list_all,
    patch,
    read,
    try_create,
)
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing
from storepact.model.flaw import FlawKind
from storepact.model.outcome import Reason
from storepact.model.story import Divergence

#: How many listed integrations are compared.
_MOST = 5

_COMPARED = ("_id", "name", "on", "tags", "version", "integrationKey", "projectKey", "environmentKey")

_WITH_READER = "list all integrations, with the reader token"


def read_with_reader_token(story: Story) -> None:
    """A token that may only read sees what a writer sees."""
    integration = create(story, on=True, tags=["a", "b"])
    read(story, integration, auth=Auth.READER)
    patch(story, integration, change("/name", "renamed"))
    read(story, integration, auth=Auth.READER)
    read(story, integration)
    check_list(story, auth=Auth.READER, does=_WITH_READER)
    second = try_create(story, "dynamodb", tags=["c"])
    if second is not None:
        read(story, second, auth=Auth.READER)
        check_list(story, auth=Auth.READER, does=_WITH_READER)
    delete(story, integration)
    read(story, integration, auth=Auth.READER)
    check_list(story, auth=Auth.READER, does=_WITH_READER)


def compare_list_and_get(story: Story) -> None:
    """A get shows an integration as the list does."""
    items = _listed_in_scope(story, list_all(story).response.json)
    if not items and not story.can_write:
        message = "the target is read-only and lists nothing in this environment"
        raise PrerequisiteMissing(Reason.NOTHING_TO_READ, message)
    for item in items[:_MOST]:
        kind = item.get("integrationKey")
        if kind not in KINDS:
            continue
        integration = Resource("it", item["_id"], kind, story.scope)
        does = f"read the {kind} integration that the list shows first"
        body = read(story, integration, does=does).response.json
        if not isinstance(body, Mapping) or body.get("version") != item.get("version"):
            continue  # its owner has changed or deleted it in between
        for member in _COMPARED:
            if member in body and member in item and body[member] != item[member]:
                _report_disagreement(story, member, item[member], body[member])


def _listed_in_scope(story: Story, body: Any) -> list[Mapping[str, Any]]:
    """The integrations of the story's scope in the body of a list."""
    items = body.get("items") if isinstance(body, Mapping) else None
    scope = (project_of(story.scope), environment_of(story.scope))
    return [
        item
        for item in items or ()
        if isinstance(item, Mapping)
        and isinstance(item.get("_id"), str)
        and (item.get("projectKey"), item.get("environmentKey")) == scope
    ]


def _report_disagreement(story: Story, member: str, listed: Any, actual: Any) -> None:
    story.report_divergence(
        Divergence(
            "list_shows_what_lives",
            f"/{member}",
            f"/{member} is {actual!r} here, and {listed!r} in the list just before",
            str(listed)[:120],
            str(actual)[:120],
            "disagrees",
            FlawKind.CONTRADICTION,
        )
    )
