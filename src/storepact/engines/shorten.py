"""Shorten the story of a finding by leaving out steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from storepact.engines.story import Entry, Resource, Story, StoryEnded
from storepact.model.errors import StorepactError
from storepact.model.finding import Finding

#: How many shorter stories are tried for one finding.
_ATTEMPTS = 40


def shorten_story(begin: Callable[[], Story], path: Sequence[Entry], finding: Finding) -> Finding:
    """The same finding after a story from which as many steps as possible are left out.

    `begin` makes a new story, `path` are the entries up to the finding. A story with simultaneous
    requests stays as it is, and so does a finding that only the scenario's own code makes.
    """
    if any(entry.step.simultaneous for entry in path):
        return finding
    attempts, best, entries = _ATTEMPTS, finding, list(path)
    size = len(entries) // 2
    while size and attempts > 0:
        index = 0
        while index < len(entries) - 1 and attempts > 0:
            fewer = [*entries[:index], *entries[min(index + size, len(entries) - 1) :]]
            attempts -= 1
            shorter = _replay(begin, fewer, finding.fingerprint)
            if shorter is None:
                index += size
            else:
                best, entries = shorter
        size //= 2
    return best


def _replay(
    begin: Callable[[], Story], path: Sequence[Entry], fingerprint: str
) -> tuple[Finding, list[Entry]] | None:
    """Send these steps again, to the resources that the provider creates now.

    Returns the finding and the entries up to it; None if it does not occur.
    """
    with begin() as story:
        resources: dict[str, Resource] = {}
        with contextlib.suppress(StoryEnded, StorepactError):
            for entry in path:
                _repeat(story, entry, resources)
        finding = next((finding for finding in story.findings if finding.fingerprint == fingerprint), None)
        return None if finding is None else (finding, list(story.paths[fingerprint]))


def replay_lost(begin: Callable[[], Story], lost: Story) -> Story:
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
    if step.path is not None or (step.id is not None and step.id not in resources):
        return
    count = len(story.resources)
    try:
        story.send(replace(step, resource=resources.get(step.id or "")))
    finally:
        if entry.created is not None and len(story.resources) > count:
            resources[entry.created.id] = story.resources[-1]
