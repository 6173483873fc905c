"""Pinned journeys: the steps of stories with every detail that was drawn, played without hypothesis."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import msgspec

from storepact.engines.corpus.files import document_digest, read_entries, read_json, render_file
from storepact.engines.corpus.values import content_id
from storepact.engines.family import JourneyRule
from storepact.engines.seeded_journey import send_journey
from storepact.engines.story import Story, StoryEnded
from storepact.engines.story_steps import Entry
from storepact.model.errors import CorpusUnusable, PrerequisiteMissing
from storepact.model.finding import Finding
from storepact.openapi.document import Document
from storepact.openapi.source import SourceText

T = TypeVar("T")

#: The file of a corpus' journeys.
JOURNEYS_FILE = "journeys.json"


class PinnedStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step: a rule of the family, what was drawn for it, and the requests that it led to."""

    rule: str
    draws: tuple[int, ...]
    """Of a choice its index, of a flag 0 or 1, of a number itself."""
    sends: tuple[str, ...]
    """For the reader: resources by their letters; ids, marks and secrets are those of a run."""


class PinnedJourney(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One story of a journey."""

    id: str
    """The digest of all that follows but `only`."""
    journey: int
    seed: int
    """The seed of the run that led to it."""
    only: tuple[str, ...] = ()
    """What it reaches and no other pinned journey does."""
    steps: tuple[PinnedStep, ...]


@dataclass
class PlayedStep:
    """One step of a story that was played: its rule, what was drawn, and what it sent, in words."""

    rule: str
    draws: list[int]
    texts: list[str]
    statuses: list[int] = field(default_factory=list)
    """Those of the responses."""


def transitions(steps: Sequence[PlayedStep]) -> Iterator[tuple[str, ...]]:
    """Yield what a story reaches: each rule with its statuses, and which rule follows which."""
    for step in steps:
        yield ("step", step.rule, *map(str, step.statuses))
    for before, after in pairwise(steps):
        yield ("transition", before.rule, after.rule)


class PinnedDraw:
    """Details as they were drawn before. Implements `family.Draw`.

    A provider may offer less to choose from than the one that a journey was recorded on, as long as the
    documents allow it: an index counts from the start again, and what is missing is the simplest.
    """

    def __init__(self, draws: Sequence[int]) -> None:
        self._draws = iter(draws)

    def choice(self, values: Sequence[T]) -> T:
        """The value at the index that was drawn."""
        return values[next(self._draws, 0) % len(values)] if len(values) > 1 else values[0]

    def flag(self) -> bool:
        """What was drawn; False if nothing was."""
        return bool(next(self._draws, 0))

    def number(self, low: int, high: int) -> int:
        """What was drawn, within both ends."""
        return min(max(next(self._draws, low), low), high)


def pin_journey(number: int, seed: int, steps: Iterable[PlayedStep]) -> PinnedJourney:
    """The pinned form of a story that was played."""
    pinned = tuple(PinnedStep(step.rule, tuple(step.draws), tuple(step.texts)) for step in steps)
    entry = PinnedJourney(id="", journey=number, seed=seed, steps=pinned)
    return msgspec.structs.replace(entry, id=content_id(entry))


def render_journeys(document: Document, entries: Sequence[PinnedJourney]) -> str:
    """The text of the file of journeys."""
    return render_file({"digest": document_digest(document)}, "journeys", entries)


def read_journeys(path: Path, rules: Sequence[JourneyRule]) -> tuple[PinnedJourney, ...]:
    """The journeys of a file.

    Raises:
        CorpusUnusable: it is damaged, was changed by hand, or names a rule that does not exist.

    """
    entries = read_entries(path, read_json(path), "journeys", PinnedJourney)
    for index, entry in enumerate(entries):
        problem = misfit(entry, rules)
        if problem:
            line = SourceText(path).line(f"/journeys/{index}")
            raise CorpusUnusable(path, f"journey {entry.id}: {problem}", line=line)
    return entries


def misfit(entry: PinnedJourney, rules: Sequence[JourneyRule]) -> str:
    """Why a journey cannot be played; empty if it can."""
    names = {rule.name for rule in rules}
    unknown = (step.rule for step in entry.steps if step.rule not in names)
    return next((f"there is no rule {name!r} for a step" for name in unknown), "")


def send_pinned_steps(
    story: Story,
    rules: Sequence[JourneyRule],
    finish: Callable[[Story], None],
    steps: Iterable[PinnedStep],
    played: list[PlayedStep] | None = None,
) -> None:
    """Send the steps of a pinned journey that are possible, and the last steps of every journey.

    What each of them sent is added to `played`.

    Raises:
        StoryEnded: no later response can be predicted.
        PrerequisiteMissing: the run lacks what a step needs.

    """
    by_name = {rule.name: rule for rule in rules}
    for step in steps:
        rule, before = by_name[step.rule], len(story.entries)
        try:
            if rule.possible(story):
                rule.apply(story, PinnedDraw(step.draws))
        finally:
            if played is not None:
                entries = story.entries[before:]
                texts = [entry.step.text for entry in entries]
                statuses = [entry.exchange.response.status for entry in entries]
                played.append(PlayedStep(step.rule, list(step.draws), texts, statuses))
        if story.findings:
            return
    finish(story)


class PinnedJourneys:
    """Plays pinned stories of one journey, then fresh ones, until as many as `rounds` had findings."""

    def __init__(
        self,
        rules: Sequence[JourneyRule],
        finish: Callable[[Story], None],
        begin: Callable[[frozenset[str]], Story],
        repeat: Callable[[Callable[[], Story]], Story],
        *,
        rounds: int = 1,
    ) -> None:
        """`begin` makes a story that ignores fingerprints; `repeat` plays one again that lost an answer."""
        self._rules, self._finish, self._begin, self._repeat = rules, finish, begin, repeat
        self._rounds = rounds
        self._findings: dict[str, Finding] = {}
        self.paths: dict[str, tuple[Entry, ...]] = {}
        """The entries up to each finding, by its fingerprint."""
        self.stories = 0

    def run(self, entries: Iterable[PinnedJourney], fresh_seeds: Iterable[int], steps: int) -> list[Finding]:
        """The findings, simple ones first; a fresh story has at most so many steps.

        Raises:
            StorepactError: the target does not respond any more.

        """
        sends: list[Callable[[Story], None]] = [
            partial(send_pinned_steps, rules=self._rules, finish=self._finish, steps=entry.steps)
            for entry in entries
        ]
        sends += [
            partial(send_journey, rules=self._rules, finish=self._finish, seed=seed, steps=steps)
            for seed in fresh_seeds
        ]
        rounds = 0
        for send in sends:
            story = self._repeat(partial(self._play, send))
            self.stories += bool(story.entries)
            for finding in story.findings:
                self._findings[finding.fingerprint] = finding
                self.paths[finding.fingerprint] = story.paths[finding.fingerprint]
            rounds += bool(story.findings)
            if rounds == self._rounds:
                break
        return sorted(self._findings.values(), key=lambda finding: finding.weight)

    def _play(self, send: Callable[[Story], None]) -> Story:
        with (
            self._begin(frozenset(self._findings)) as story,
            contextlib.suppress(StoryEnded, PrerequisiteMissing),
        ):
            send(story)
        return story
