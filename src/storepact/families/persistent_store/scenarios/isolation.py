"""Scenarios of isolation: nothing of one place or kind is seen or changed through another."""

from __future__ import annotations

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store.api import KINDS, environment_of, project_of
from storepact.families.persistent_store.scenarios.steps import (
    FROM_ELSEWHERE,
    change,
    check_list,
    create,
    delete,
    other_kind,
    patch,
    read,
    reading_token,
    try_create,
)
from storepact.model.api import Scope
from storepact.model.case import Auth


def use_two_environments(story: Story) -> None:
    """Nothing of one environment is seen or changed through another of its project."""
    _use_two_scopes(story)


def use_two_projects(story: Story) -> None:
    """Nothing of one project is seen or changed through another, wherever their environments have one key."""
    _use_two_scopes(story)


def _use_two_scopes(story: Story) -> None:
    second_scope = story.second_scope
    first = create(story, name="here", tags=["here"])
    second = create(story, scope=second_scope, name="there", tags=["there"])
    read(story, first)
    read(story, second)
    check_list(story, auth=reading_token(story))
    read(story, first, scope=second_scope, does=f"read {{resource}} under {second_scope}")
    read(story, second, scope=story.scope, does="read {resource} here")
    _rename_under(story, first, second_scope, "from there")
    read(story, first)
    if story.has_token(Auth.READER):
        _use_reader_token(story, first, second)
    delete(story, first, scope=second_scope, does=f"delete {{resource}} under {second_scope}")
    read(story, first)
    _read_under_cut_keys(story, first)
    for scope in _mixed_scopes(story):
        read(story, first, scope=scope, does=f"read {{resource}} under {scope}")
        _rename_under(story, first, scope, "from half way")
        delete(story, first, scope=scope, does=f"delete {{resource}} under {scope}")
        read(story, first)
    patch(story, second, change("/name", "changed there"))
    read(story, first)
    read(story, second)
    check_list(story, does="list all integrations from a browser, in gzip", headers=FROM_ELSEWHERE)
    patch(story, first, change("/on", True))
    read(story, second)
    delete(story, first)
    read(story, second)
    check_list(story)
    _delete_all(story, second, try_create(story, other_kind(second.kind), scope=second_scope))


def _use_reader_token(story: Story, first: Resource, second: Resource) -> None:
    """A token that may only read may write in neither scope, and finds nothing of one in the other."""
    does = f"read {{resource}} under {second.scope} with the reader token"
    read(story, first, scope=second.scope, auth=Auth.READER, does=does)
    rename = change("/name", "by the reader")
    patch(story, second, rename, auth=Auth.READER, does="rename {resource} with the reader token")
    delete(story, second, auth=Auth.READER, does="delete {resource} with the reader token")
    read(story, second)


def _read_under_cut_keys(story: Story, integration: Resource) -> None:
    """Keys of projects and environments are read whole: without the last character they name no place."""
    project, environment = project_of(story.scope), environment_of(story.scope)
    for scope in (Scope((project, environment[:-1])), Scope((project[:-1], environment))):
        if all(scope.keys) and scope not in story.scopes:
            read(story, integration, scope=scope, does=f"read {{resource}} under {scope}")


def _rename_under(story: Story, integration: Resource, scope: Scope, name: str) -> None:
    patch(story, integration, change("/name", name), scope=scope, does=f"rename {{resource}} under {scope}")


def _delete_all(story: Story, *integrations: Resource | None) -> None:
    for integration in integrations:
        if integration is not None:
            read(story, integration)
            delete(story, integration)
            read(story, integration)
    check_list(story)


def _mixed_scopes(story: Story) -> list[Scope]:
    """Scopes that share only the project, or only the environment, with that of the story."""
    first, second = story.scope, story.second_scope
    mixed = [
        Scope((project_of(first), environment_of(second))),
        Scope((project_of(second), environment_of(first))),
    ]
    return [scope for scope in mixed if scope not in (first, second)]


def use_other_kind(story: Story) -> None:
    """Nothing of one kind of store is seen or changed under the other."""
    for kind in KINDS:
        integration, path_kind = create(story, kind), other_kind(kind)
        read(story, integration, kind=path_kind, does=f"read {{resource}} under {path_kind}")
        rename = change("/name", "of the other kind")
        patch(story, integration, rename, kind=path_kind, does=f"rename {{resource}} under {path_kind}")
        read(story, integration)
        delete(story, integration, kind=path_kind, does=f"delete {{resource}} under {path_kind}")
        read(story, integration)
        delete(story, integration)
