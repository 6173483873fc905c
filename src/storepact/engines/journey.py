"""Journeys: stories that a rule-based state machine makes up, shortened to the least that still goes wrong."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from storepact.engines.family import JourneyRule
from storepact.engines.story import Story, StoryEnded, shorten_story
from storepact.model.errors import PrerequisiteMissing
from storepact.model.finding import Finding

T = TypeVar("T")

#: Stories, and seconds, that shortening a finding may take; on a fast target the stories decide, so that one seed ends alike.
ATTEMPTS, PATIENCE = 150, 20.0


#: So many findings of one journey are shortened further, step by step.
SHORTENED = 4


class _Found(Exception):
    """A journey went wrong."""


class _Draw:
    """Details drawn by hypothesis; implements what a family's moves ask for."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def choice(self, values: Sequence[T]) -> T:
        """One of them; the first is the simplest."""
        return values[self._data.draw(_up_to(len(values) - 1))] if len(values) > 1 else values[0]

    def flag(self) -> bool:
        """False is simpler."""
        return bool(self._data.draw(_FLAG))

    def number(self, low: int, high: int) -> int:
        """Both ends included."""
        return low + int(self._data.draw(_up_to(high - low)))


_FLAG = st.booleans()
_NUMBERS: dict[int, Any] = {}


def _up_to(highest: int) -> Any:
    if highest not in _NUMBERS:
        _NUMBERS[highest] = st.integers(0, highest)
    return _NUMBERS[highest]


class Journeys:
    """Makes up journeys with one seed, and remembers the shortest one for each finding."""

    def __init__(
        self,
        moves: Sequence[JourneyRule],
        finale: Callable[[Story], None],
        begin: Callable[[frozenset[str]], Story],
        *,
        shorten: bool = True,
    ) -> None:
        """`begin` starts a story that keeps quiet about these fingerprints; without `shorten` the first finding is the last."""
        self._moves, self._finale, self._begin, self._shorten = moves, finale, begin, shorten
        self._best: dict[str, Finding] = {}
        self._paths: dict[str, Any] = {}
        self._deadline = 0.0
        self._left = 0
        self._ending = self._at_the_end = False
        """Whether it was the finale that went wrong: only then is it worth while to come to it when shortening."""
        self._trouble: BaseException | None = None
        self.stories = 0

    def run(self, seed_: int, stories: int, steps: int) -> list[Finding]:
        """Every finding of so many stories of so many steps at most.

        Raises:
            StorepactError: the target cannot be asked any more.

        """
        known: frozenset[str] = frozenset()
        for _ in range(2):  # a finding ends a story: what lies behind it is found by another round
            self._deadline, self._at_the_end = 0.0, False
            self._round(seed_, stories, steps, known)
            if self._trouble is not None:
                raise self._trouble
            if not self._shorten or set(self._best) <= known:
                break
            known = frozenset(self._best)
        if not self._shorten:
            return list(self._best.values())
        begin = partial(self._begin, frozenset())
        found = sorted(self._best.values(), key=lambda each: each.weight)
        return [
            shorten_story(begin, self._paths[each.fingerprint], each) for each in found[:SHORTENED]
        ] + found[SHORTENED:]

    def _round(self, seed_: int, stories: int, steps: int, known: frozenset[str]) -> None:
        phases = [Phase.generate, Phase.shrink] if self._shorten else [Phase.generate]
        options = settings(
            max_examples=stories,
            stateful_step_count=steps,
            database=None,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            print_blob=False,
            report_multiple_bugs=False,
        )
        machine = seed(seed_)(self._machine(known))
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                run_state_machine_as_test(machine, settings=options)
            except Exception as error:  # what hypothesis makes of a failure is its own affair: the shortest is remembered here
                if not self._best:
                    self._trouble = self._trouble or error

    def _machine(self, known: frozenset[str]) -> type[RuleBasedStateMachine]:
        journeys = self

        class Journey(RuleBasedStateMachine):
            def __init__(self) -> None:
                super().__init__()
                self.story: Story | None = None

            def teardown(self) -> None:
                journeys._end(self)

        for move in self._moves:
            setattr(Journey, move.name, _as_rule(journeys, move, known))
        return Journey

    def _do(self, machine: Any, move: JourneyRule, draw: _Draw, known: frozenset[str]) -> None:
        if self._finished:
            return
        if machine.story is None:
            machine.story = self._begin(known)
            machine.story.__enter__()
            self.stories += 1
            self._left -= 1
        self._tell(machine.story, lambda story: move.apply(story, draw))

    @property
    def _finished(self) -> bool:
        spent = self._deadline and (self._left < 0 or time.monotonic() > self._deadline)
        return self._trouble is not None or bool(spent)

    def _tell(self, story: Story, tell: Callable[[Story], None]) -> None:
        if story.ended:
            return
        try:
            tell(story)
        except (StoryEnded, PrerequisiteMissing):
            story.ended = True
        except BaseException as error:
            if type(error).__module__.startswith("hypothesis"):
                raise
            self._trouble = error
            story.ended = True
            return
        if story.findings:
            self._remember(story)
            raise _Found

    def _remember(self, story: Story) -> None:
        if not self._deadline:
            self._deadline, self._left = time.monotonic() + PATIENCE, ATTEMPTS
            self._at_the_end = self._ending
        for finding in story.findings:
            best = self._best.get(finding.fingerprint)
            if best is None or finding.weight < best.weight:
                self._best[finding.fingerprint] = finding
                self._paths[finding.fingerprint] = story.paths[finding.fingerprint]

    def _end(self, machine: Any) -> None:
        if machine.story is None:
            return
        try:
            if not self._finished and (not self._deadline or self._at_the_end):
                self._ending = True
                self._tell(machine.story, self._finale)
        finally:
            self._ending = False
            try:
                machine.story.__exit__(None, None, None)
            except BaseException as error:
                self._trouble = self._trouble or error


def _as_rule(journeys: Journeys, move: JourneyRule, known: frozenset[str]) -> Any:
    def step(self: Any, data: Any) -> None:
        journeys._do(self, move, _Draw(data), known)

    step.__name__ = step.__qualname__ = move.name

    def possible(self: Any) -> bool:
        if self.story is None:
            return move.name == FIRST
        if self.story.ended:
            return move.name == FIRST  # nothing is asked any more, but hypothesis wants some rule
        return move.possible(self.story)

    return rule(data=st.data())(precondition(possible)(step))


#: A journey begins with this move: the others need something that lives.
FIRST = "create"
