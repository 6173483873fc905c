"""A story: requests one after the other, each answer compared with all that was done before, told as numbered steps."""

from __future__ import annotations

import contextlib
import json
import re
import string
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, cast

from storepact.engines.family import Action, Scope
from storepact.engines.workspace import Workspace
from storepact.model.case import NOTHING, Auth, Case, PreparedRequest
from storepact.model.curl import curl, keeping
from storepact.model.errors import StorepactError
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation, Promise
from storepact.model.finding import Finding
from storepact.model.flaw import FlawKind
from storepact.model.story import Divergence, StoryStep
from storepact.openapi.document import Operation
from storepact.transport.redaction import Redacted

Headers = tuple[tuple[str, str | None], ...]


class StoryEnded(Exception):
    """The story cannot go on: what the provider did is no longer known, or nothing more can be asked."""


@dataclass(frozen=True)
class Resource:
    """An integration of a story. `name` is what the steps call it: A, B, …"""

    name: str
    id: str
    kind: str
    scope: Scope


@dataclass
class _Reader:
    """Reads one answer with the oracle's eyes. Implements `send.OracleView`."""

    story: Story
    act: Action
    worlds: Sequence[Any]
    """The worlds that are possible before it; more than one only after simultaneous requests."""
    prediction: Any = None
    lost: bool = False
    """Whether from here on nothing can be predicted, whatever the checks make of it."""

    def expectation(self, base: Expectation) -> Expectation:
        story = self.story
        success = story.workspace.preparer.operation(self.act.role).success
        self.prediction = story.oracle.predict(self.worlds[0], self.act, base, success)
        return cast(Expectation, self.prediction.expectation)

    def divergences(self, exchange: Exchange) -> tuple[Divergence, ...]:
        story = self.story
        told = [story.oracle.judge(world, self.act, self.prediction, exchange) for world in self.worlds]
        fitting = [world for world, found in told if not found]
        story.worlds = fitting or [told[0][0]]
        found = () if fitting else min((each for _, each in told), key=len)
        accepted = 200 <= exchange.response.status < 300
        self.lost = not all(map(story.oracle.is_recoverable, found)) or (
            accepted and self.prediction.expectation.promise is Promise.REFUSE
        )
        raced, story.after_race = story.after_race, story.after_race and bool(found)
        self.lost = self.lost or (raced and bool(found))
        return tuple(map(_undone, found)) if raced else found


def _undone(divergence: Divergence) -> Divergence:
    """What is not there after simultaneous writes was lost by them."""
    explanation = divergence.explanation
    if divergence.rule == "read_shows_last_write":
        explanation = "a write that was accepted beside another one is gone"
    flaw = FlawKind.LOST if divergence.flaw is FlawKind.STALE else divergence.flaw
    return replace(
        divergence, rule="writers_do_not_undo_each_other", explanation=explanation, detail="lost", flaw=flaw
    )


@dataclass(frozen=True)
class Step:
    """One request of a story before it is sent."""

    does: str
    role: str
    scope: Scope
    kind: str | None = None
    id: str | None = None
    body: Any = NOTHING
    auth: Auth = Auth.WRITER
    headers: Headers = ()
    mark: str = ""
    tunnelled: bool = False
    """Sent as a POST that names the operation's verb in X-HTTP-Method-Override."""


@dataclass(frozen=True)
class _Told:
    step: Step
    exchange: Exchange
    made: Resource | None = None

    @property
    def new(self) -> str:
        """The name of the integration that it made."""
        return self.made.name if self.made else ""


@dataclass
class Story:
    """One story on one target. Use as a context manager: what it made is deleted at its end.

    `report` hears of every finding; `suite` is their source. `scopes` are where it may work, the first one first.
    """

    workspace: Workspace
    suite: str
    scopes: tuple[Scope, ...]
    report: Callable[[Finding], None]
    quiet: frozenset[str] = frozenset()
    """Fingerprints that are known already: they end a story, but are not told again."""
    findings: list[Finding] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    entries: list[_Told] = field(default_factory=list)
    ended: bool = False
    paths: dict[str, tuple[_Told, ...]] = field(default_factory=dict)
    """What was told up to each finding, by its fingerprint."""
    after_race: bool = False
    """Whether there were simultaneous requests, and nothing has been looked at since."""

    def __post_init__(self) -> None:
        self.oracle = self.workspace.family.oracle
        self.worlds = [self.oracle.begin()]
        self._number = 0

    def __enter__(self) -> Story:
        self.workspace.pool.clear()
        if self.workspace.target.writable:
            there = [
                identity
                for item in self.workspace.inventory.list_resources(*self.scopes)
                if (identity := self.workspace.family.resource_id(item)) is not None
            ]
            self.worlds = [self.oracle.begin(foreign=frozenset(there))]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.workspace.delete_created()

    @property
    def scope(self) -> Scope:
        """Where it works."""
        return self.scopes[0]

    @property
    def second_scope(self) -> Scope:
        """Another project or environment that the run may use."""
        return self.scopes[1]

    @property
    def world(self) -> Any:
        """What must be so by now."""
        return self.worlds[0]

    def secret(self) -> str:
        """A new secret to be sent."""
        return self.workspace.preparer.new_secret()

    def mark(self) -> str:
        """A new text that tells the body of one create from all others, fit for a host or a table."""
        self._number += 1
        return f"{self.workspace.preparer.run_marker}-{self._number}"

    # telling

    def ask(self, step: Step) -> Exchange:
        """Send one request and compare the answer.

        Raises:
            StoryOver: the answer was not the one predicted, and nothing can be predicted any more.

        """
        if self.ended:
            raise StoryEnded
        act, prepared = self._bound(step)
        reader = _Reader(self, act, self.worlds)
        exchange, found = self.workspace.sender.send_step(prepared, self.suite, step.scope, reader)
        self._take(step, exchange, found, lost=reader.lost)
        return exchange

    def follow(self, does: str, path: str) -> Exchange:
        """Get whatever is at a path on the same host. It belongs to no operation: nobody but the scenario judges it."""
        listing = self.workspace.preparer.operation("list")
        plain = self.workspace.prepare(Case(listing.id, source="story"))
        exchange = self.workspace.target.send(replace(plain, path=path))
        self.entries.append(_Told(Step(does, "get", self.scope), exchange))
        return exchange

    def _bound(self, step: Step) -> tuple[Action, PreparedRequest]:
        operation = self.workspace.preparer.operation(step.role)
        headers, method = step.headers, None
        if step.tunnelled:
            headers, method = (*headers, ("X-HTTP-Method-Override", operation.method)), "POST"
        case = Case(
            operation.id, step.kind, "story", method=method, headers=headers, body=step.body, auth=step.auth
        )
        prepared = self.workspace.prepare(case, step.id, step.scope)
        self._number += 1
        return Action(step.role, step.scope, step.kind, step.id, step.body, self._number, step.mark), prepared

    def _take(self, step: Step, exchange: Exchange, found: list[Finding], *, lost: bool = False) -> None:
        """Note a step, tell what was found, and see whether the story can go on."""
        answer = exchange.response
        person = None
        if step.role == "create" and 200 <= answer.status < 300:
            identifier = self.workspace.family.resource_id(answer.json)
            if identifier is not None:
                person = Resource(self._next_name(), identifier, step.kind or "", step.scope)
                self.resources.append(person)
        self.entries.append(_Told(step, exchange, person))
        for finding in found:
            self._found(finding)
        if lost or answer.status == 0 or answer.status >= 500:
            self.ended = True
            raise StoryEnded

    def _next_name(self) -> str:
        index = len(self.resources)
        return string.ascii_uppercase[index % 26] + (str(index // 26) if index >= 26 else "")

    def _found(self, finding: Finding) -> None:
        if finding.fingerprint in self.quiet or any(
            each.fingerprint == finding.fingerprint for each in self.findings
        ):
            return
        steps = self.steps()
        whole = finding.with_(story=steps, curl="\n".join(step.curl for step in steps))
        self.findings.append(whole)
        self.paths[whole.fingerprint] = tuple(self.entries)
        self.report(whole)

    def run_concurrently(self, steps: Sequence[Step]) -> list[Exchange]:
        """Send several requests at the same moment, each on a connection of its own.

        Raises:
            StoryOver: no order of them explains the answers.

        """
        if self.ended:
            raise StoryEnded
        bounds = [self._bound(step) for step in steps]
        numbers = [self.workspace.inventory.record_attempt(prepared) for _, prepared in bounds]
        exchanges = self._sent_at_once([prepared for _, prepared in bounds])
        before, self.after_race = self.world, True
        readers = [_Simultaneous(self, act, before) for act, _ in bounds]
        for step, (_, prepared), number, exchange, reader in zip(
            steps, bounds, numbers, exchanges, readers, strict=True
        ):
            _, found = self.workspace.sender.send_step(
                prepared, self.suite, step.scope, reader, sent=(number, exchange)
            )
            self._take(replace(step, does=f"{_SIMULTANEOUS}{step.does}"), exchange, found)
        if any(step.role == "create" for step in steps):
            self._all_created(steps, exchanges, readers)
            return exchanges
        acts, predictions = [act for act, _ in bounds], [reader.prediction for reader in readers]
        worlds = self.oracle.concurrent(before, acts, predictions, exchanges)
        if not worlds:
            statuses = ", ".join(str(exchange.response.status) for exchange in exchanges)
            self._diverged(
                exchanges[-1],
                steps[-1],
                Divergence(
                    "writers_do_not_undo_each_other",
                    "",
                    f"the answers {statuses} contradict each other: in no order can all of them be right",
                    "at most one success where each depends on the same state",
                    statuses,
                    "order",
                    FlawKind.CONTRADICTION,
                ),
            )
        self.worlds = worlds
        return exchanges

    def _sent_at_once(self, bounds: list[PreparedRequest]) -> list[Exchange]:
        gate = threading.Barrier(len(bounds))
        exchanges: list[Exchange | None] = [None] * len(bounds)
        broken: list[BaseException] = []

        def send(index: int) -> None:
            try:
                gate.wait(timeout=5)
                exchanges[index] = self.workspace.target.send(bounds[index])
            except BaseException as error:
                broken.append(error)

        threads = [threading.Thread(target=send, args=(index,), daemon=True) for index in range(len(bounds))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if broken:
            raise broken[0]
        return [exchange for exchange in exchanges if exchange is not None]

    def _all_created(
        self, steps: Sequence[Step], exchanges: list[Exchange], readers: Sequence[_Simultaneous]
    ) -> None:
        """Creates do not depend on each other: one after the other explains them, if their ids differ."""
        for step, exchange, reader in zip(steps, exchanges, readers, strict=True):
            world, found = self.oracle.judge(self.world, reader.act, reader.prediction, exchange)
            self.worlds = [world]
            for each in found:  # what is wrong with any create is not the fault of those beside it
                told = (
                    each
                    if self.oracle.is_recoverable(each)
                    else replace(each, rule="writers_do_not_undo_each_other", detail="created")
                )
                self._diverged(exchange, step, told)

    def report_divergence(self, divergence: Divergence, exchange: Exchange | None = None) -> None:
        """A scenario's own comparison failed: this answer, or the last one, is not what it must be.

        Raises:
            StoryOver: always.

        """
        where = next((told for told in reversed(self.entries) if told.exchange is exchange), self.entries[-1])
        self._diverged(where.exchange, where.step, divergence)

    def _diverged(self, exchange: Exchange, step: Step, divergence: Divergence) -> None:
        operation = self.workspace.preparer.operation(step.role)
        case = Case(operation.id, step.kind, "story")
        status = exchange.response.status
        agreed = Expectation(Promise.SILENT, "", frozenset({status}))
        prepared = PreparedRequest(case, operation.method, exchange.request.path, (), None)
        for finding in self.workspace.sender.judge(prepared, exchange, agreed, self.suite, (divergence,)):
            if finding.check == divergence.rule:
                self._found(finding)
        self.ended = True
        raise StoryEnded

    # reading it

    def steps(self) -> tuple[StoryStep, ...]:
        """The story so far, as a person reads it and a shell runs it."""
        names = {person.id: person.name for person in self.resources}
        url = self.workspace.target.shown_url
        shown = {index for index, told in enumerate(self.entries) if _writes_back(told.step.body)}
        source = (
            max((index for index, told in enumerate(self.entries) if _shows_secret(told)), default=-1)
            if shown
            else -1
        )
        together = [told.step.does.startswith(_SIMULTANEOUS) for told in self.entries]
        return tuple(
            StoryStep(
                _named(told.step.does, names),
                _answered(self.workspace.preparer.operation(told.step.role), told.exchange),
                "wait\n" * (index > 0 and together[index - 1] and not together[index])
                + keeping(
                    curl(told.exchange.request, url),
                    told.new if index < len(self.entries) - 1 else "",
                    names,
                    shows=index == min(source, min(shown, default=0) - 1),
                    writes_back=index in shown,
                )
                + " &" * together[index],
            )
            for index, told in enumerate(self.entries)
        )


@dataclass
class _Simultaneous(_Reader):
    """Reads one of several simultaneous answers: alone it can only be judged by what holds in any order."""

    def __init__(self, story: Story, act: Action, world: Any) -> None:
        super().__init__(story, act, [world])

    def expectation(self, base: Expectation) -> Expectation:
        alone = super().expectation(base)
        why = "another request came at the same moment"
        return Expectation(
            Promise.SILENT, why, alone.statuses | {400, 404, 409, 422, 429}, "conflict", alone.flaws
        )

    def divergences(self, exchange: Exchange) -> tuple[Divergence, ...]:
        return ()


def _writes_back(body: Any) -> bool:
    if isinstance(body, Redacted):
        return True
    if isinstance(body, Mapping):
        return any(map(_writes_back, body.values()))
    return isinstance(body, list) and any(map(_writes_back, body))


def _shows_secret(told: _Told) -> bool:
    return told.step.role == "get" and any(form for _, form in told.exchange.forms)


def _named(text: str, names: Mapping[str, str]) -> str:
    for identifier, name in names.items():
        text = text.replace(identifier, name)
    return text


def _answered(operation: Operation, exchange: Exchange) -> str:
    """An answer in one line: its status and what matters in its body."""
    response = exchange.response
    body = response.json
    if response.status == 0:
        return "no answer"
    if isinstance(body, Mapping) and "message" in body and response.status >= 400:
        return f"{response.status} {body.get('code', '')}: {str(body['message'])[:160]}"
    if isinstance(body, Mapping) and "_id" in body:
        members = ("name", "on", "tags", "config", "version")
        return (
            f"{response.status} "
            + json.dumps({name: body[name] for name in members if name in body}, ensure_ascii=False)[:600]
        )
    if isinstance(body, Mapping) and isinstance(body.get("items"), list):
        return f"{response.status}, {len(body['items'])} integrations"
    return str(response.status)


_SIMULTANEOUS = "at the same moment: "


def shorten_story(
    begin: Callable[[], Story], path: Sequence[_Told], finding: Finding, *, budget: int = 40
) -> Finding:
    """The same finding at the end of the shortest story that leaving out steps leads to. `budget` is in stories.

    Requests at the same moment are left as they are, and so is what only a scenario itself can see.
    """
    if any(told.step.does.startswith(_SIMULTANEOUS) for told in path):
        return finding
    best, steps = finding, list(path)
    size = len(steps) // 2
    while size and budget > 0:
        index = 0
        while index < len(steps) - 1 and budget > 0:
            fewer = [*steps[:index], *steps[min(index + size, len(steps) - 1) :]]
            budget -= 1
            again = _told_again(begin, fewer, finding.fingerprint)
            if again is None:
                index += size
            else:
                best, steps = again
        size //= 2
    return best


def _told_again(
    begin: Callable[[], Story], path: Sequence[_Told], fingerprint: str
) -> tuple[Finding, list[_Told]] | None:
    """Tell these steps, with the ids that the provider gives now: the finding if it comes again, and what was told up to it."""
    with begin() as story:
        people: dict[str, Resource] = {}
        names: dict[str, str] = {}
        with contextlib.suppress(StoryEnded, StorepactError):
            for told in path:
                step = told.step
                if step.id is not None and step.id not in people:
                    continue
                one = people.get(step.id or "")
                does = re.sub(
                    r"\b([A-Z][0-9]*)\b", lambda match: names.get(match.group(1), match.group(1)), step.does
                )
                count = len(story.resources)
                try:
                    story.ask(replace(step, does=does, id=one.id if one else None))
                finally:
                    made = story.resources[-1] if len(story.resources) > count else None
                    if made is not None and told.made is not None:
                        people[told.made.id] = made
                        names[told.made.name] = made.name
        found = next((finding for finding in story.findings if finding.fingerprint == fingerprint), None)
        return None if found is None else (found, list(story.paths[fingerprint]))
