"""Journeys: stories made by a rule-based state machine."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, Protocol, TypeVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import HypothesisException, StopTest
from hypothesis.internal import charmap
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from platformdirs import user_cache_path

from storepact.engines.corpus.journeys import PlayedStep
from storepact.engines.family import JourneyRule
from storepact.engines.seeded_journey import FIRST
from storepact.engines.shorten import replay_lost_requests
from storepact.engines.story import Story, StoryEnded
from storepact.engines.story_steps import Entry
from storepact.model.errors import PrerequisiteMissing, ResponseLost
from storepact.model.finding import Finding

T = TypeVar("T")

#: The first and the last code point of every range that UTF-8 encodes: all but surrogates.
UTF_8 = ((0, 0xD7FF), (0xE000, 0x10FFFF))


def ignore_source_constants() -> None:
    """Let hypothesis draw no constants from loaded modules: the seed alone decides what is generated.

    By default it mixes in numbers and texts of whatever modules outside of site-packages are loaded, which
    depends on the process, the command and the way of installation. It has no setting for that.
    """
    if providers._get_local_constants is not _no_constants:
        providers._get_local_constants = _no_constants
        providers.CONSTANTS_CACHE.cache.clear()


def keep_unicode_table() -> None:
    """Write the table of the characters of UTF-8 where hypothesis keeps it, unless it is there.

    Hypothesis makes it in the first run in a folder, from a list of a million pairs that takes 180 MB. Where
    it cannot be written, or has another name in another release, hypothesis makes its own.
    """
    _leave_the_folder_alone()
    path = charmap.charmap_file("codec-v2-utf-8")
    if path.exists():
        return
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_bytes(gzip.compress(json.dumps([UTF_8, []]).encode(), mtime=0))
        draft.replace(path)


def _leave_the_folder_alone() -> None:
    """Have hypothesis keep its data in the cache folder, where the user's own tests do not keep any here."""
    if not os.environ.get("HYPOTHESIS_STORAGE_DIRECTORY") and not os.path.exists(".hypothesis"):
        set_hypothesis_home_dir(user_cache_path("storepact") / "hypothesis")


def _no_constants() -> Constants:
    return Constants()


class _Diverged(Exception):
    """The journey has findings: hypothesis takes it for a failing example, and makes no more."""


class _HypothesisData(Protocol):
    """What `strategies.data()` hands to a rule."""

    def draw(self, strategy: st.SearchStrategy[T]) -> T:
        """A value of the strategy."""


class _Draw:
    """Details drawn by hypothesis. Implements `family.Draw`."""

    def __init__(self, data: _HypothesisData) -> None:
        self._data = data
        self.draws: list[int] = []
        """What was drawn: of a choice its index."""

    def choice(self, values: Sequence[T]) -> T:
        """One of the values; the first is the simplest."""
        return values[self._note(self._data.draw(_up_to(len(values) - 1)))] if len(values) > 1 else values[0]

    def flag(self) -> bool:
        """False is simpler."""
        return bool(self._note(self._data.draw(_FLAG)))

    def number(self, low: int, high: int) -> int:
        """Both ends included; low is simpler."""
        return self._note(low + self._data.draw(_up_to(high - low)))

    def _note(self, drawn: int) -> int:
        self.draws.append(int(drawn))
        return drawn


_FLAG = st.booleans()
_NUMBERS: dict[int, st.SearchStrategy[int]] = {}


def _up_to(highest: int) -> st.SearchStrategy[int]:
    if highest not in _NUMBERS:
        _NUMBERS[highest] = st.integers(0, highest)
    return _NUMBERS[highest]


class _Machine(RuleBasedStateMachine):
    """One journey. Its rules are members of a subclass, which `_machine_with` makes."""

    def __init__(self, journeys: Journeys, reported: frozenset[str]) -> None:
        """`reported` are the fingerprints that the story ignores."""
        super().__init__()
        self.journeys, self.reported = journeys, reported
        self.story: Story | None = None
        self.steps: list[PlayedStep] = []

    def teardown(self) -> None:
        self.journeys.end(self)


class Journeys:
    """Makes journeys with one seed, until one has findings."""

    def __init__(
        self,
        rules: Sequence[JourneyRule],
        finish: Callable[[Story], None],
        begin: Callable[[frozenset[str]], Story],
        *,
        rounds: int = 1,
        observe: Callable[[list[PlayedStep]], None] = lambda steps: None,
    ) -> None:
        """`finish` are the last steps of every journey; `begin` makes a story that ignores fingerprints.

        A finding ends a round; the next one ignores it. `observe` gets the steps of each story at its end.
        """
        self._observe = observe
        self._rules, self._finish, self._begin, self._rounds = rules, finish, begin, rounds
        self._findings: dict[str, Finding] = {}
        self.paths: dict[str, tuple[Entry, ...]] = {}
        """The entries up to each finding, by its fingerprint."""
        self._is_over = False
        """Whether the round has a finding. What hypothesis plays again then is not sent."""
        self._error: BaseException | None = None
        self.stories = 0
        self.played: list[list[PlayedStep]] = []
        """The steps of each story that was played."""

    def run(self, seed_: int, stories: int, steps: int) -> list[Finding]:
        """The findings of at most so many stories of at most so many steps in each round, simple ones first.

        Raises:
            StorepactError: the target does not respond any more.

        """
        ignore_source_constants()
        keep_unicode_table()
        reported: frozenset[str] = frozenset()
        for _ in range(self._rounds):
            self._is_over = False
            self._run_round(seed_, stories, steps, reported)
            if self._error is not None:
                raise self._error
            if set(self._findings) <= reported:
                break
            reported = frozenset(self._findings)
        return sorted(self._findings.values(), key=lambda finding: finding.weight)

    def _run_round(self, seed_: int, stories: int, steps: int, reported: frozenset[str]) -> None:
        options = settings(
            max_examples=stories,
            stateful_step_count=steps,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            print_blob=False,
            report_multiple_bugs=False,
        )
        kind = _machine_with(tuple(self._rules))

        machine: Any = seed(seed_)(lambda: kind(self, reported))
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                run_state_machine_as_test(machine, settings=options)
            except (
                Exception
            ) as error:  # how hypothesis reports a failure does not matter: the findings are kept here
                if not self._findings:
                    self._error = self._error or error

    def apply(self, machine: _Machine, rule: JourneyRule, draw: _Draw) -> None:
        """Apply one rule to the story of a machine, which begins with it."""
        if self._is_at_end:
            return
        if machine.story is None:
            machine.story = self._begin(machine.reported)
            machine.story.__enter__()
            self.stories += 1
            self.played.append(machine.steps)
        before = len(machine.story.entries)
        self._run_steps(machine.story, lambda story: rule.apply(story, draw))
        entries = machine.story.entries[before:]
        texts = [entry.step.text for entry in entries]
        statuses = [entry.exchange.response.status for entry in entries]
        machine.steps.append(PlayedStep(rule.name, draw.draws, texts, statuses))

    @property
    def _is_at_end(self) -> bool:
        return self._error is not None or self._is_over

    def _run_steps(self, story: Story, steps: Callable[[Story], None]) -> None:
        if story.finished:
            return
        try:
            steps(story)
        except (StoryEnded, PrerequisiteMissing):
            story.finished = True
        except ResponseLost:
            story = self._replay(story)
        except (HypothesisException, StopTest):
            raise  # hypothesis ends an example in this way
        except BaseException as error:
            self._error = error
            story.finished = True
            return
        if story.findings:
            self._keep(story)
            raise _Diverged

    def _replay(self, lost: Story) -> Story:
        """The story again, as far as the step that has lost its answer: is it lost each time?"""
        lost.finished = True
        begin = partial(self._begin, frozenset())
        try:
            return lost.workspace.repeat_lost_requests(lambda: replay_lost_requests(begin, lost))
        except BaseException as error:
            self._error = error
            return lost

    def _keep(self, story: Story) -> None:
        self._is_over = True
        for finding in story.findings:
            self._findings[finding.fingerprint] = finding
            self.paths[finding.fingerprint] = story.paths[finding.fingerprint]

    def end(self, machine: _Machine) -> None:
        """Take the last steps of the story of a machine, and end it."""
        if machine.story is None:
            return
        try:
            if not self._is_at_end:
                self._run_steps(machine.story, self._finish)
        finally:
            try:
                machine.story.__exit__(None, None, None)
            except BaseException as error:
                self._error = self._error or error
        self._observe(machine.steps)


@lru_cache(maxsize=8)
def _machine_with(rules: tuple[JourneyRule, ...]) -> type[_Machine]:
    """The machine with these rules: one for all journeys, as hypothesis keeps each class for ever."""
    return type("Journey", (_Machine,), {rule.name: _to_rule(rule) for rule in rules})


def _to_rule(journey_rule: JourneyRule) -> object:
    def apply(self: _Machine, data: _HypothesisData) -> None:
        self.journeys.apply(self, journey_rule, _Draw(data))

    apply.__name__ = apply.__qualname__ = journey_rule.name

    def is_possible(self: _Machine) -> bool:
        if self.story is None or self.story.finished:
            return (
                journey_rule.name == FIRST
            )  # hypothesis requires a rule, also where nothing is sent any more
        return journey_rule.possible(self.story)

    return rule(data=st.data())(precondition(is_possible)(apply))
