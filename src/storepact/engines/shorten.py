"""Shorten the story of a finding by leaving out steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from storepact.engines.shrink_budget import Grant
from storepact.engines.story import Story, StoryEnded
from storepact.engines.story_steps import Entry, Resource
from storepact.model.curl import repeat_lines
from storepact.model.errors import ResponseLost, StorepactError
from storepact.model.finding import Finding

#: So often a shortened story is sent again, to learn how often it has to be.
_MOST_REPETITIONS = 8


def shorten_story(
    begin: Callable[[], Story], path: Sequence[Entry], finding: Finding, grant: Grant
) -> Finding:
    """The same finding after a story from which as many steps are left out as the grant leads to.

    `begin` makes a new story, `path` are the entries up to the finding. A story with simultaneous
    requests stays as it is, and so does a finding that only the scenario's own code makes. Where the finding
    occurs only at some of the repetitions of the shorter story, its lines are a loop of as many as it takes.
    """
    if any(entry.step.simultaneous for entry in path):
        return finding
    likely, entries = _replay_likely_path(begin, path, finding, grant)
    count = 0 if likely is finding else _count_repetitions(begin, entries, likely, grant)
    if count > 1:  # which steps it needs cannot be tried by leaving some out once
        return _with_loop(likely, count)
    shortest, fewer = _leave_out_steps(begin, entries, likely, grant)
    if len(fewer) < len(entries) or count == 0:
        count = _count_repetitions(begin, fewer, shortest, grant)
    return _with_loop(shortest, count) if count > 1 else shortest


def _with_loop(finding: Finding, count: int) -> Finding:
    """The finding with lines that repeat its story so often."""
    return finding.with_(curl=repeat_lines(finding.curl, count), repetitions=count)


def _replay_likely_path(
    begin: Callable[[], Story], path: Sequence[Entry], finding: Finding, grant: Grant
) -> tuple[Finding, list[Entry]]:
    """The finding after the first of the likely paths that shows it; as it is if none does."""
    for few in _likely_paths(path):
        shorter = _replay(begin, few, finding.fingerprint) if grant.take(len(few)) else None
        if shorter is not None:
            return shorter
    return finding, list(path)


def _count_repetitions(
    begin: Callable[[], Story], entries: Sequence[Entry], finding: Finding, grant: Grant
) -> int:
    """How often a story has to be sent until its finding occurs again; 0 if it is not known."""
    for count in range(1, _MOST_REPETITIONS + 1):
        if not grant.take(len(entries)):
            return 0
        if _replay(begin, entries, finding.fingerprint) is not None:
            return count
    return 0


def _likely_paths(path: Sequence[Entry]) -> list[list[Entry]]:
    """Short stories that often suffice, the shortest first: of the last step and of its resource only."""
    last, before = path[-1], path[:-1]
    identifier = last.step.id or _id_in_path(last, before)
    own = [entry for entry in before if _concerns(entry, identifier)] if identifier else list(before[-2:])
    writes = [entry for entry in own if entry.step.role != "get"]
    candidates = (
        [last],
        [*own[:1], last],
        [*writes[:1], *writes[1:][-1:], last],
        [*writes, last],
        [*own, last],
    )
    distinct = {tuple(map(id, few)): few for few in candidates if len(few) < len(path)}
    needed = 1 if identifier else 0
    return [few for few in distinct.values() if len(few) > needed]


def _id_in_path(entry: Entry, before: Sequence[Entry]) -> str:
    """The id of the resource whose id, also an incomplete one, is in the path of a step; empty for none."""
    created = [earlier.created.id for earlier in before if earlier.created is not None]
    path = entry.step.path or ""
    return next((former for former in reversed(created) if former[:-1] and former[:-1] in path), "")


def _concerns(entry: Entry, identifier: str) -> bool:
    """Whether a step creates this resource, or is sent to it."""
    return identifier in (entry.step.id, entry.created.id if entry.created else None)


def _leave_out_steps(
    begin: Callable[[], Story], entries: list[Entry], finding: Finding, grant: Grant
) -> tuple[Finding, list[Entry]]:
    """The finding without the steps that it does not need, and those left; larger parts go first."""
    best, size = finding, len(entries) // 2
    while size:
        index = 0
        while index < len(entries) - 1:
            fewer = [*entries[:index], *entries[min(index + size, len(entries) - 1) :]]
            if not grant.take(len(fewer)):
                return best, entries
            shorter = _replay(begin, fewer, finding.fingerprint)
            if shorter is None:
                index += size
            else:
                best, entries = shorter
        size //= 2
    return best, entries


def _replay(
    begin: Callable[[], Story], path: Sequence[Entry], fingerprint: str
) -> tuple[Finding, list[Entry]] | None:
    """Send these steps again, to the resources that the provider creates now.

    Returns the finding and the entries up to it; None if it does not occur.
    """
    with contextlib.suppress(ResponseLost), begin() as story:  # what a story leaves is deleted later
        resources: dict[str, Resource] = {}
        with contextlib.suppress(StoryEnded, StorepactError):
            for entry in path:
                _repeat(story, entry, resources)
        finding = next((finding for finding in story.findings if finding.fingerprint == fingerprint), None)
        return None if finding is None else (finding, list(story.paths[fingerprint]))
    return None


def replay_lost_requests(begin: Callable[[], Story], lost: Story) -> Story:
    """Send a story again whose last step has lost its answer, up to that step."""
    with begin() as story:
        resources: dict[str, Resource] = {}
        with contextlib.suppress(StoryEnded):
            for entry in lost.entries:
                _repeat(story, entry, resources)
            step = lost.last_step
            if step is not None and (step.id is None or step.id in resources):
                story.send(replace(step, resource=resources.get(step.id or "")))
        return story


def _repeat(story: Story, entry: Entry, resources: dict[str, Resource]) -> None:
    """Send one step again. `resources` are the new resources by the ids of the old ones."""
    step = entry.step
    if step.path is not None:
        story.send_to_path(replace(step, path=_renew_id(step.path, resources)))
        return
    if step.id is not None and step.id not in resources:
        return
    count = len(story.resources)
    try:
        story.send(replace(step, resource=resources.get(step.id or "")))
    finally:
        if entry.created is not None and len(story.resources) > count:
            resources[entry.created.id] = story.resources[-1]


def _renew_id(path: str, resources: Mapping[str, Resource]) -> str:
    """A path with the id of a new resource for that of an old one, also where the id is incomplete."""
    for former, resource in resources.items():
        for cut in (None, -1):
            if former[:cut] and former[:cut] in path:
                return path.replace(former[:cut], resource.id[:cut])
    return path
