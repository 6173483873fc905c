"""The cleanup of a live target: what runs have left there is found by their marks and deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storepact.engines.deletions import Leftover
from storepact.engines.leftovers import MarkedResource, delete_marked_resources, find_marked_resources
from storepact.engines.preflight import NoLog
from storepact.engines.workspace import Workspace
from storepact.model.api import Scope
from storepact.model.counts import many
from storepact.model.values import lean_value
from storepact.openapi.load import load_document
from storepact.run.engine_options import engine_options
from storepact.run.settings import Settings
from storepact.run.settings_rules import check_means
from storepact.run.target import resolve_live_target


@lean_value(frozen=True)
class Cleanup:
    """The resources of a target that carry the mark of a run. Use `delete` for those that are to go."""

    workspace: Workspace
    resources: tuple[MarkedResource, ...]
    """The oldest run first."""
    spared: int
    """How many are of runs younger than the given age, or at other places."""

    def describe(self, now: datetime) -> Iterator[str]:
        """A line for each resource, after their number."""
        number = len(self.resources)
        spared = f"; {self.spared} more of younger runs or elsewhere" if self.spared else ""
        yield f"{many(number, 'resource')} of storepact runs at {self.base_url}{spared}"
        for resource in self.resources:
            yield f"  {resource}: {resource.mark}, {describe_age(resource, now)}"

    def delete(self) -> Iterator[Leftover]:
        """Delete them one by one; yields what could not be deleted.

        Raises:
            Undetermined: the target does not answer any more; what is left was yielded before.

        """
        for _, leftover in delete_marked_resources(self.workspace, self.resources):
            if leftover is not None:
                yield leftover

    @property
    def base_url(self) -> str:
        """The target's URL."""
        return self.workspace.target.base_url


def find_leftovers(workspace: Workspace, settings: Settings, older_than: timedelta, now: datetime) -> Cleanup:
    """What runs that began before a span of time have left, in the project and environment of the settings.

    Raises:
        NotThisApi: the target does not list what it holds.

    """
    marked = find_marked_resources(workspace)
    chosen = tuple(
        resource
        for resource in marked
        if resource.mark.age(now) >= older_than and _is_within(resource.scope, settings)
    )
    return Cleanup(workspace, chosen, len(marked) - len(chosen))


def _is_within(scope: Scope, settings: Settings) -> bool:
    chosen = (settings.project, settings.environment)
    return all(key in (None, own) for key, own in zip(chosen, scope.keys, strict=False))


def open_for_cleanup(settings: Settings, environment: Mapping[str, str]) -> Workspace:
    """A workspace on the target of the settings that may delete.

    Raises:
        UsageError: the target cannot be reached as the settings say, or is the embedded mock.
        TokenMissing: there is no token for it.

    """
    check_means(settings)
    # it judges nothing: as long as there are answers, it goes on
    settings = replace(settings, allow_writes=True, allow_production=True, max_network_errors=100.0)
    target = resolve_live_target(settings, environment)
    document = load_document(settings.document_path)
    options = replace(engine_options(settings, target.base_url), journal=None)
    return Workspace(options, settings.api, target.credentials, document, options.scopes[0], NoLog())


def describe_age(resource: MarkedResource, now: datetime) -> str:
    """When the run of a resource began, in words."""
    minutes = int(resource.mark.age(now).total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    age = f"{days} d" if days else f"{hours} h" if hours else f"{max(0, minutes)} min"
    return f"{resource.mark.started:%Y-%m-%d %H:%M:%S} UTC, {age} ago"


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
