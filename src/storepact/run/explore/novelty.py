"""What an exchange of an exploration reaches, and which cases were the first to reach something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from storepact import pacts
from storepact.engines.corpus.journeys import PinnedJourney, PlayedStep, pin_journey, transitions
from storepact.engines.corpus.reach import Judge
from storepact.engines.corpus.values import PinnedCase, pin
from storepact.engines.harness import Harness
from storepact.engines.run_log import RunLog
from storepact.model.case import Case, PreparedRequest
from storepact.model.exchange import NOT_JSON, Exchange, Response
from storepact.model.finding import Finding
from storepact.openapi.json_types import json_type
from storepact.openapi.pointers import escape
from storepact.record.coverage import media_of
from storepact.record.shapes import ELEMENTS
from storepact.record.values import InterestingCase, Novelty
from storepact.run.explore.chunks import Chunk


class NoveltyLog(RunLog):
    """A log that also notes the cases and stories that were the first of their chunk to reach something."""

    def __init__(self, harness: Harness, test: str, chunk: Chunk) -> None:
        """The log of a harness; `test` is what the chunk explores."""
        impact = pacts.Impact(harness.contracts, harness.document)
        shrinks = harness.options.shrink
        super().__init__(harness.recorder, harness.document, impact, harness.credentials, shrinks=shrinks)
        self._test, self._chunk = test, chunk
        self._judge = Judge(harness.document, harness.family)
        self._reached: set[Novelty] = set()
        self._story: list[Novelty] = []
        """What the responses of the present story show."""
        self.digests: dict[str, None] = {}
        """Those of the generated cases that were sent, in order."""
        self.interesting: list[InterestingCase] = []

    def observe(self, prepared: PreparedRequest, exchange: Exchange, findings: list[Finding]) -> None:
        """Record one exchange, its findings, and what it is the first to reach."""
        super().observe(prepared, exchange, findings)
        if self.leaves_findings_out:
            return
        case = prepared.case
        reached: Iterable[Novelty] = responses_reach(case.operation, exchange)
        if case.source == "fuzzing":
            pinned = pin(case, self._judge.family, self._judge.promise(case), self._chunk.seed)
            if pinned.id in self.digests:
                return
            self.digests[pinned.id] = None
            self._note(case.operation, (*reached, *self._request_reaches(case)), pinned)
        elif case.source == "story":
            self._story.extend(reached)

    def observe_journey(self, number: int, steps: Sequence[PlayedStep]) -> None:
        """Note what a story was the first to reach: its responses, its steps, and their order."""
        items = (
            Novelty(kind="step" if kind == "step" else "transition", what=" ".join(words))
            for kind, *words in transitions(steps)
        )
        pinned = pin_journey(number, self._chunk.seed, steps)
        self._note("", (*self._story, *items), pinned)
        self._story.clear()

    def _note(self, operation: str, reached: Iterable[Novelty], pinned: PinnedCase | PinnedJourney) -> None:
        """Keep a case or a story that reaches what none of this chunk did."""
        new = tuple(entry for entry in dict.fromkeys(reached) if entry not in self._reached)
        if not new:
            return
        self._reached.update(new)
        self.interesting.append(
            InterestingCase(
                test=self._test,
                operation=operation,
                round=self._chunk.round,
                seed=self._chunk.seed,
                id=pinned.id,
                case=msgspec.json.encode(pinned).decode(),
                new=new,
            )
        )

    def _request_reaches(self, case: Case) -> Iterator[Novelty]:
        """Yield the keywords and the branches of the rules that a request reaches, in a stable order."""
        for item in sorted(self._judge.reach(case)):
            if item[0] == "keyword":
                yield Novelty(kind="keyword", what=" ".join(item[1:]))
            elif item[0] == "branch":
                yield Novelty(kind="branch", what=" ".join(item[1:]))


def responses_reach(operation: str, exchange: Exchange) -> Iterator[Novelty]:
    """Yield the row of the document and the members and types that a response shows."""
    request, response = exchange.request, exchange.response
    sent = media_of(request.header("Content-Type")) if request.body is not None else ""
    media = media_of(response.header("Content-Type")) if response.body else ""
    yield Novelty(kind="row", what=f"{operation} {sent or '-'} {response.status} {media or '-'}")
    for place in _members(response):
        yield Novelty(kind="shape", what=f"{operation} {response.status} {place}")


def _members(response: Response) -> Iterator[str]:
    """Yield each member of a body with its type; elements of an array are one place."""
    body = response.json
    if body is NOT_JSON:
        return
    places = [("", body)]
    while places:
        pointer, value = places.pop()
        yield f"{pointer or '/'}: {json_type(value)}"
        if isinstance(value, dict):
            places += [(f"{pointer}/{escape(name)}", member) for name, member in value.items()]
        elif isinstance(value, list):
            places += [(f"{pointer}/*", element) for element in value[:ELEMENTS]]
