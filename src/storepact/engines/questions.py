"""Questions: what the suites test about each operation, and the cases that each question consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from storepact.engines.corpus.corpus import Corpus
from storepact.engines.drawn_cases import DrawnCases, shipped_key
from storepact.engines.family import Family
from storepact.engines.family_rules import no_cases
from storepact.engines.options import EngineOptions
from storepact.engines.profiles import sample
from storepact.model.case import Case
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.variants import Variant, variants_of

if TYPE_CHECKING:
    from storepact.engines.schema import SchemaCases

#: The phases of generation; `doors` are cases about tokens and required headers.
PHASES = ("examples", "probes", "coverage", "fuzzing")
AUTH_PHASE = "doors"

#: The stream of the cases that are sent beside pinned ones.
FRESH = "fresh "

#: Journeys by number: each has a seed of its own.
JOURNEYS = (1, 2)


@lean_value(frozen=True)
class Question:
    """One question about an operation: a variant of it in a phase of generation."""

    operation: str
    kind: str | None
    phase: str

    @property
    def suite(self) -> str:
        """The suite that the question belongs to."""
        return "protection" if self.phase == AUTH_PHASE else "conformance"

    def __str__(self) -> str:
        return "-".join(part for part in (self.operation, self.kind, self.phase) if part)


def questions(document: Document, family: Family, writable: bool) -> Iterator[Question]:
    """Every question about a document; those about reading only, for a target that may not be written."""
    phases = tuple(_phases_of(family))
    for operation in document.operations.values():
        if family.role_of(operation) is None or (not writable and operation.method != "GET"):
            continue
        for variant in variants_of(document, operation):
            for phase in phases:
                yield Question(operation.id, variant.value, phase)


def key_of(question: Question) -> tuple[str, str | None, str]:
    """Operation, kind and phase of a question."""
    return question.operation, question.kind, question.phase


def _phases_of(family: Family) -> Iterator[str]:
    """The phases that a family has cases for."""
    for phase in (*PHASES, AUTH_PHASE):
        cases = {"probes": family.probes, AUTH_PHASE: family.auth_cases}.get(phase)
        if cases is not no_cases:
            yield phase


def spread(cases: Sequence[Case], most: int | None) -> Sequence[Case]:
    """At most so many of the cases, at even distances."""
    if most is None or len(cases) <= most:
        return cases
    return [cases[index * len(cases) // most] for index in range(most)]


def journeys(family: Family) -> tuple[int, ...]:
    """The numbers of the journeys of a family; none without rules for them."""
    return JOURNEYS if family.journey_rules else ()


@lean_value(frozen=True)
class CaseGenerator:
    """Makes the cases of questions: pinned ones where there is a corpus, and fresh ones beside them."""

    document: Document
    family: Family
    options: EngineOptions
    kept: dict[str, list[Case]] | None = None
    """The cases by question, to be made only once for several targets."""
    corpus: Corpus | None = None

    def generate(self, question: Question, consume: Callable[[Case], None]) -> None:
        """Call `consume` with every case of a question, in order; an exception in it ends the generation.

        Raises:
            CorpusUnusable: the file of the operation's cases cannot be used.

        """
        if self.kept is None:
            self._generate(question, consume)
            return
        name = str(question)
        if name not in self.kept:
            cases: list[Case] = []
            self._generate(question, cases.append)
            self.kept[name] = cases
        for case in self.kept[name]:
            consume(case)

    def _generate(self, question: Question, consume: Callable[[Case], None]) -> None:
        operation = self.document.operations[question.operation]
        variant = self._variant(question)
        pinned = None if self.corpus is None else self.corpus.cases(*key_of(question))
        if question.phase == "probes":
            probes = list(self.family.probes(operation, self.document, variant))
            cases: Iterable[Case] = sample(probes, self.options.profile.probe_stride, self.options.seed)
        elif question.phase == AUTH_PHASE:
            cases = self.family.auth_cases(operation, self.document, variant)
        elif pinned is not None:
            cases = pinned
        else:
            self._generate_from_schema(question, variant, consume)
            return
        for case in cases:
            consume(case)
        if pinned is not None and question.phase == "fuzzing":
            self._replay_fresh(question, consume)

    def _generate_from_schema(
        self, question: Question, variant: Variant, consume: Callable[[Case], None]
    ) -> None:
        if question.phase == "fuzzing":
            self._fuzz(question, self._origin(question, self.options.fuzzed_examples), consume)
            return
        generator = self._schema_cases(question, variant)
        cases = list(generator.examples() if question.phase == "examples" else generator.coverage())
        most = self.options.profile.boundaries if question.phase == "coverage" else None
        for case in spread(cases, most):
            consume(case)

    def _origin(self, question: Question, count: int, stream: str = "") -> tuple[int, int]:
        """The seed and the number of random cases of a question; streams of one seed are different."""
        return self.options.seed_for(f"{stream}{question.operation}-{self._variant(question)}"), count

    def _fuzz(self, question: Question, origin: tuple[int, int], consume: Callable[[Case], None]) -> None:
        """Hand random cases to `consume`."""
        seed, count = origin
        if count:
            self._schema_cases(question, self._variant(question)).fuzz(count, seed, consume)

    def fresh_origin(self, question: Question) -> tuple[int, int]:
        """The seed and the number of the cases that are sent beside the pinned ones of a question."""
        return self._origin(question, self.options.fresh_examples, FRESH)

    def _replay_fresh(self, question: Question, consume: Callable[[Case], None]) -> None:
        """Hand these cases to `consume`; they are drawn if they neither ship nor were drawn before."""
        options, origin = self.options, self.fresh_origin(question)
        draw = partial(self._fuzz, question, origin)
        if options.drawn_cases is None or not options.fresh_examples:
            draw(consume)
            return
        drawn = DrawnCases(options.drawn_cases, self.document, self.family, options.shipped_cases)
        drawn.replay(str(question), origin, draw, consume)

    def draw_fresh(self, question: Question) -> tuple[str, list[Case]]:
        """These cases, and their name in the file of shipped cases."""
        cases: list[Case] = []
        origin = self.fresh_origin(question)
        self._fuzz(question, origin, cases.append)
        return shipped_key(str(question), origin), cases

    def _schema_cases(self, question: Question, variant: Variant) -> SchemaCases:
        from storepact.engines.schema import SchemaCases  # it takes long to import

        return SchemaCases(
            self.document, self.document.operations[question.operation], variant, self.family.api
        )

    def _variant(self, question: Question) -> Variant:
        operation = self.document.operations[question.operation]
        variants = variants_of(self.document, operation)
        return next(variant for variant in variants if variant.value == question.kind)
