"""Scenarios and journeys: playing a story on a target, and shortening the stories of its findings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from storepact.engines.corpus.corpus import Corpus
from storepact.engines.corpus.journeys import PinnedJourney, PinnedJourneys, PlayedStep, send_pinned_steps
from storepact.engines.family import Family, Scenario
from storepact.engines.options import EngineOptions
from storepact.engines.run_log import RunLog
from storepact.engines.scopes import missing_scope, scope_apart
from storepact.engines.seeded_journey import send_journey
from storepact.engines.shorten import shorten_story
from storepact.engines.shrink_budget import Grant
from storepact.engines.shrink_queue import ShrinkQueue
from storepact.engines.story import Story, StoryEnded
from storepact.engines.story_steps import Entry
from storepact.engines.workspace import Workspace
from storepact.model.api import Scope
from storepact.model.case import Auth
from storepact.model.errors import NothingTested, PrerequisiteMissing
from storepact.model.finding import Finding
from storepact.model.outcome import Reason

if TYPE_CHECKING:
    from storepact.engines.journey import Journeys

#: A finding ends the stories of a journey: what comes after it is found in another round.
_ROUNDS = 2

#: Findings, and the entries up to each, by its fingerprint.
_Played = tuple[list[Finding], dict[str, tuple[Entry, ...]]]


class StoryRun:
    """Plays scenarios and journeys on one target."""

    def __init__(
        self,
        family: Family,
        workspace: Workspace,
        options: EngineOptions,
        log: RunLog,
        queue: ShrinkQueue,
        corpus: Corpus | None = None,
    ) -> None:
        """Journeys of the `corpus` stand for generated ones."""
        self._family, self._workspace, self._options = family, workspace, options
        self._log, self._queue = log, queue
        self._corpus = corpus

    def run_scenario(self, scenario: Scenario) -> list[Finding]:
        """Play a scenario; returns its findings, and offers them to be shown by shorter stories.

        Raises:
            PrerequisiteMissing: the run lacks what the scenario needs, or the provider does not offer it.
            NothingTested: the scenario sent nothing.

        """
        story = self.play(scenario)
        begin = partial(
            self._begin, scenario.suite, self._scopes_of(scenario), silent=True, name=scenario.name
        )
        self._offer(begin, story.findings, story.paths, scenario.name)
        return [*story.findings, *story.stale, *story.beside]

    def play(self, scenario: Scenario) -> Story:
        """Play a scenario and return the story with every exchange and finding.

        Raises:
            PrerequisiteMissing, NothingTested: as `run_scenario`.

        """
        self._require(scenario.needs)
        return self._workspace.repeat_lost_requests(lambda: self._play(scenario))

    def _play(self, scenario: Scenario) -> Story:
        with self._begin(scenario.suite, self._scopes_of(scenario), name=scenario.name) as story:
            with contextlib.suppress(StoryEnded):
                scenario.run(story)
            self._log.recorder.stores.update(story.stores)
            for step, missing in story.unsent:
                self._log.record_unverified_step(f"{scenario.suite}: {scenario.name}", step.text, missing)
            if not story.entries:
                raise NothingTested(f"the scenario {scenario.name} sent no request")
            requests = [entry.to_sent_request() for entry in story.entries]
            self._log.record_story(f"{scenario.suite}: {scenario.name}", requests)
            return story

    def run_journey(self, number: int) -> list[Finding]:
        """Play the pinned stories of a journey, or those of a state machine; returns the findings.

        They are offered to be shown by shorter stories.

        Raises:
            PrerequisiteMissing: the target is read-only.
            NothingTested: no story was made.
            CorpusUnusable: the file of journeys cannot be used.

        """
        self._require(frozenset({"writes"}))
        begin = partial(self._begin, "lifecycle", self._scopes, silent=True)
        pinned = self._corpus and self._corpus.journeys(number, self._family.journey_rules)
        findings, paths = self._generate(number, begin) if not pinned else self._repeat(pinned, number, begin)
        self._log.record_all(findings)
        self._offer(begin, findings, paths, f"journey {number}")
        return findings

    def record_journey(self, number: int) -> list[list[PlayedStep]]:
        """Play a journey as a state machine makes it; returns the steps of each story.

        Raises:
            NothingTested: no story was made.

        """
        journeys = self._machine(partial(self._begin, "lifecycle", self._scopes, silent=True), number)[0]
        return journeys.played

    def replay_journey(self, entry: PinnedJourney) -> list[PlayedStep]:
        """Play one pinned journey; returns what its steps sent, and the statuses of the responses."""
        played: list[PlayedStep] = []
        with (
            self._begin("lifecycle", self._scopes) as story,
            contextlib.suppress(StoryEnded, PrerequisiteMissing),
        ):
            family = self._family
            send_pinned_steps(story, family.journey_rules, family.teardown, entry.steps, played)
        return played

    @property
    def _rounds(self) -> int:
        return _ROUNDS if self._shortens else 1

    def _generate(self, number: int, begin: Callable[..., Story]) -> _Played:
        journeys, findings = self._machine(begin, number)
        return findings, journeys.paths

    def _machine(self, begin: Callable[..., Story], number: int) -> tuple[Journeys, list[Finding]]:
        from storepact.engines.journey import Journeys  # it imports hypothesis

        family, profile = self._family, self._options.profile
        journeys = Journeys(
            family.journey_rules,
            family.teardown,
            begin,
            rounds=self._rounds,
            observe=partial(self._log.observe_journey, number),
        )
        seed = self._options.seed_for(f"journey {number}")
        findings = journeys.run(seed, profile.journeys, profile.steps)
        if not journeys.stories:
            raise NothingTested("no journey was made")
        return journeys, findings

    def _repeat(self, pinned: Sequence[PinnedJourney], number: int, begin: Callable[..., Story]) -> _Played:
        family, profile = self._family, self._options.profile
        repeat = self._workspace.repeat_lost_requests
        journeys = PinnedJourneys(family.journey_rules, family.teardown, begin, repeat, rounds=self._rounds)
        seeds = [self._options.seed_for(f"fresh journey {number}.{index}") for index in range(profile.fresh)]
        findings = journeys.run(pinned, seeds, profile.steps)
        if not journeys.stories:
            raise NothingTested("no journey was made")
        return findings, journeys.paths

    def play_journeys(self, number: int, stories: int) -> Iterator[Story]:
        """Play the first stories of a journey that the seed alone decides; yields each with its exchanges.

        Raises:
            PrerequisiteMissing: the target is read-only.

        """
        self._require(frozenset({"writes"}))
        for index in range(stories):
            seed = self._options.seed_for(f"journey {number} story {index}")
            yield self._workspace.repeat_lost_requests(partial(self._play_journey, seed))

    def _play_journey(self, seed: int) -> Story:
        family, steps = self._family, self._options.profile.steps
        with (
            self._begin("lifecycle", self._scopes) as story,
            contextlib.suppress(StoryEnded, PrerequisiteMissing),
        ):
            send_journey(story, family.journey_rules, family.teardown, seed=seed, steps=steps)
        return story

    @property
    def _shortens(self) -> bool:
        """Whether shorter stories are tried; not where each of them would lengthen every list."""
        return self._options.shrink and not self._workspace.inventory.keeps_deleted_resources

    def _offer(
        self,
        begin: Callable[[], Story],
        findings: Sequence[Finding],
        paths: Mapping[str, Sequence[Entry]],
        test: str,
    ) -> None:
        """Offer findings to be shown by shorter stories than those of these entries."""
        for finding in findings if self._shortens else ():
            path = paths[finding.fingerprint]
            self._queue.add(finding, test, partial(self._shorten, begin, path, finding))

    def _shorten(
        self, begin: Callable[[], Story], path: Sequence[Entry], finding: Finding, grant: Grant
    ) -> Finding:
        return shorten_story(begin, path, finding, grant) if self._shortens else finding

    @property
    def _scopes(self) -> tuple[Scope, ...]:
        """Where stories may work: the scope of the run, then the others."""
        return tuple(dict.fromkeys((self._workspace.scope, *self._options.isolation_scopes)))

    def _scopes_of(self, scenario: Scenario) -> tuple[Scope, ...]:
        """Where a scenario works: the second scope is the one that it has to be apart from, if any.

        Raises:
            PrerequisiteMissing: the run has no such scope.

        """
        own, *others = self._scopes
        if not scenario.apart:
            return (own, *others)
        api = self._workspace.family.api
        level = api.scope_parameters.index(scenario.apart)
        second = scope_apart(own, others, level)
        if second is None:
            raise PrerequisiteMissing(Reason.NO_SECOND_SCOPE, missing_scope(api, level))
        return (own, second, *(scope for scope in others if scope != second))

    def _begin(
        self,
        suite: str,
        scopes: tuple[Scope, ...],
        reported: frozenset[str] = frozenset(),
        *,
        silent: bool = False,
        name: str = "",
    ) -> Story:
        report = _ignore if silent else self._log.record
        story = Story(self._workspace, suite, scopes, report, reported, name, self._log.record)
        story.reports = self._options.reports
        return story

    def _require(self, needs: frozenset[str]) -> None:
        """Make sure that the run has what a story needs.

        Raises:
            PrerequisiteMissing: something of it is missing.

        """
        if needs - {"reads"} and not self._options.writable:
            raise PrerequisiteMissing(Reason.READ_ONLY)
        if "stores" in needs and not self._workspace.target.credentials.has(Auth.CONTROL):
            raise PrerequisiteMissing(Reason.NO_STORE)
        if "stores" in needs and not self._options.allow_enable:
            raise PrerequisiteMissing(Reason.ENABLE_NOT_ALLOWED)
        if "reader" in needs and not self._workspace.target.credentials.has(Auth.READER):
            raise PrerequisiteMissing(Reason.NO_READER_TOKEN)


def _ignore(finding: Finding) -> None:
    """Record nothing: the caller does."""
