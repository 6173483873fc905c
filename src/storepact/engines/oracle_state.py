"""What the oracle knows during a story, and how it reads the response of each step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from storepact.engines.oracle import Action, Oracle, Prediction, World
from storepact.model.case import NOTHING
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation, Promise
from storepact.model.flaw import FlawKind
from storepact.model.story import Divergence

#: How many earlier worlds a read is compared with.
_REMEMBERED = 30

_READING = ("get", "list")

#: Flaws of a read about whether a resource exists, which no member shows.
_OF_EXISTENCE = (FlawKind.GONE, FlawKind.UNREADABLE, FlawKind.LISTED, FlawKind.NOT_LISTED)

#: Checks of what no request changes: a response that fails them may be right in all else.
_STATELESS = frozenset({"links_lead_there"})

#: The check of everything that simultaneous requests do to each other.
RACE_CHECK = "writers_do_not_undo_each_other"


@dataclass
class OracleState:
    """The worlds that a provider may be in. There are several only after simultaneous requests."""

    oracle: Oracle[Any, Any]
    worlds: list[World]
    earlier: list[World] = field(default_factory=list)
    """The worlds before the writes so far, the last ones last."""
    after_race: bool = False
    """Whether there were simultaneous requests, and no response since has shown which world is real."""

    @property
    def world(self) -> World:
        """The first of the possible worlds."""
        return self.worlds[0]

    @property
    def versions(self) -> dict[str, int]:
        """The latest version that each resource may have, by its id."""
        versions: dict[str, int] = {}
        for world in self.worlds:
            for identifier, resource in world.existing.items():
                versions[identifier] = max(resource.version, versions.get(identifier, 0))
        return versions

    def remember(self) -> None:
        """Keep the present worlds as those before a write; a late read may show one of them."""
        self.earlier = [*self.earlier, *self.worlds][-_REMEMBERED:]

    def explain_concurrent(
        self, actions: Sequence[Action], predictions: Sequence[Prediction], exchanges: Sequence[Exchange]
    ) -> bool:
        """Whether some order of simultaneous requests explains all responses; if so, its worlds are kept."""
        worlds = self.oracle.concurrent(self.world, actions, predictions, exchanges)
        self.remember()
        self.worlds = worlds or self.worlds
        return bool(worlds)

    def judge_in_turn(
        self, action: Action, prediction: Prediction, exchange: Exchange
    ) -> tuple[Divergence, ...]:
        """The divergences of one of several simultaneous creates, read as if they had come in turn."""
        self.remember()
        world, divergences = self.oracle.judge(self.world, action, prediction, exchange)
        self.worlds = [world]
        return tuple(self._of_race(divergence) for divergence in divergences)

    def _of_race(self, divergence: Divergence) -> Divergence:
        # what can be wrong with any create is not caused by those beside it
        if self.oracle.is_recoverable(divergence):
            return divergence
        return replace(divergence, rule=RACE_CHECK, detail="created")


class StepView:
    """Reads the response of one step. Implements `send.OracleView`."""

    def __init__(self, state: OracleState, action: Action, success: frozenset[int]) -> None:
        """`success` are the statuses that the document gives for success."""
        self._state, self.action, self._success = state, action, success
        self.prediction: Prediction
        self._base: Expectation
        self._before: tuple[list[World], list[World], bool]
        self.lost = False
        """Whether no later response can be predicted, whatever the checks find."""

    def expectation(self, base: Expectation) -> Expectation:
        """Refine the expectation of the documents with what earlier steps did."""
        state, self._base = self._state, base
        self._before = (state.worlds, state.earlier, state.after_race)
        self.prediction = state.oracle.predict(state.world, self.action, base, self._success)
        return self.prediction.expectation

    def divergences(self, exchange: Exchange) -> tuple[Divergence, ...]:
        """Where the response differs from its prediction in every possible world; none if one fits."""
        state = self._state
        if self.action.role not in _READING and 200 <= exchange.response.status < 300:
            state.remember()
        judgements = [
            state.oracle.judge(world, self.action, self.prediction, exchange) for world in state.worlds
        ]
        fitting = [world for world, divergences in judgements if not _concern_state(divergences)]
        state.worlds = fitting or [judgements[0][0]]
        divergences = min(
            (divergences for _, divergences in judgements if not (fitting and _concern_state(divergences))),
            key=len,
        )
        accepted = 200 <= exchange.response.status < 300
        was_to_be_refused = self.prediction.expectation.promise is Promise.REFUSE
        self.lost = not all(map(state.oracle.is_recoverable, divergences)) or (accepted and was_to_be_refused)
        if not state.after_race:
            return divergences
        state.after_race = _concern_state(divergences)
        self.lost = self.lost or state.after_race
        return tuple(map(_lost_in_race, divergences))

    def shows_present(self, exchange: Exchange) -> bool:
        """Whether the response is as predicted; the state is then as after this response alone."""
        self.take_back()
        divergences = self.divergences(exchange)
        return (
            not _concern_state(divergences)
            and exchange.response.status in self.prediction.expectation.statuses
        )

    def shows_earlier_state(self, exchange: Exchange) -> bool:
        """Whether a response is right for the state before a write, and wrong for the present one.

        A value that cannot be compared, such as one of the wrong type, is right for both.
        """
        return not self.shows_present(exchange) and bool(self._states_shown_by(exchange))

    def shows_new_state(self, before: Exchange, exchange: Exchange) -> bool:
        """Whether a response is as predicted where the one before showed an earlier state, and only that.

        Where a value is unknown in the earlier state, both may be right for it, and nothing is shown. What
        the one before has shown is forgotten.
        """
        shows_existence = self._is_wrong_about_existence(before)
        if not self.shows_present(exchange):
            return False
        return shows_existence or any(
            not self._fits(world, exchange) for world in self._states_shown_by(before)
        )

    def expects_success(self) -> bool:
        """Whether success is promised."""
        return self.prediction.expectation.promise is Promise.ACCEPT

    def of_get(self) -> StepView:
        """The view of a get of the same resource, sent instead."""
        return StepView(self._state, replace(self.action, role="get", body=NOTHING), frozenset({200}))

    def _is_wrong_about_existence(self, exchange: Exchange) -> bool:
        self.take_back()
        flaws = {divergence.flaw for divergence in self.divergences(exchange)}
        is_status = exchange.response.status not in self.prediction.expectation.statuses
        return is_status or not flaws.isdisjoint(_OF_EXISTENCE)

    def _states_shown_by(self, exchange: Exchange) -> list[World]:
        return [world for world in self._state.earlier if self._fits(world, exchange)]

    def _fits(self, world: World, exchange: Exchange) -> bool:
        oracle = self._state.oracle
        prediction = oracle.predict(world, self.action, self._base, self._success)
        if exchange.response.status not in prediction.expectation.statuses:
            return False
        is_done = self.action.role not in _READING and 200 <= exchange.response.status < 300
        if is_done and prediction.expectation.promise is not Promise.ACCEPT:
            return False  # where nothing is known of a resource, any success of a write is right
        return not _concern_state(oracle.judge(world, self.action, prediction, exchange)[1])

    def versions_before(self) -> dict[str, int]:
        """The latest version that each resource may have had before the request, by its id."""
        return replace(self._state, worlds=self._before[0]).versions

    def take_back(self) -> None:
        """Forget what was learned from the response."""
        self._state.worlds, self._state.earlier, self._state.after_race = self._before
        self.lost = False


def _concern_state(divergences: Iterable[Divergence]) -> bool:
    """Whether one of these divergences is of what requests may have changed."""
    return any(divergence.rule not in _STATELESS for divergence in divergences)


def _lost_in_race(divergence: Divergence) -> Divergence:
    """The same divergence, caused by the simultaneous writes before it, unless it says nothing of them."""
    if divergence.rule in _STATELESS:
        return divergence
    explanation = divergence.explanation
    if divergence.rule == "read_shows_last_write":
        explanation = "a write that was accepted beside another one is gone"
    flaw = FlawKind.LOST if divergence.flaw is FlawKind.STALE else divergence.flaw
    # which of several members is lost is a matter of chance, and no part of the finding's identity
    place = divergence.member.removesuffix(divergence.members[0]) if divergence.members else divergence.member
    return replace(
        divergence, rule=RACE_CHECK, member=place, explanation=explanation, detail="lost", flaw=flaw
    )


class ConcurrentView(StepView):
    """Reads one of several simultaneous responses: by itself only by what holds in any order."""

    def expectation(self, base: Expectation) -> Expectation:
        """The prediction, with the refusals that another request at the same moment may cause."""
        alone = super().expectation(base)
        statuses = alone.statuses | {400, 404, 409, 422, 429}
        reason = "another request came at the same moment"
        return Expectation(Promise.SILENT, reason, statuses, "conflict", alone.flaws)

    def divergences(self, exchange: Exchange) -> tuple[Divergence, ...]:
        """None: the responses are compared together afterwards."""
        return ()


def contradiction(exchanges: Sequence[Exchange]) -> Divergence:
    """The divergence of simultaneous requests whose responses no order explains."""
    statuses = ", ".join(str(exchange.response.status) for exchange in exchanges)
    return Divergence(
        RACE_CHECK,
        "",
        f"the responses {statuses} contradict each other: in no order can all of them be right",
        "at most one success where each depends on the same state",
        statuses,
        "order",
        FlawKind.CONTRADICTION,
    )
