"""Adopt the journeys of an exploration that reach what no journey of the corpus does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from storepact.engines.corpus.corpus import Corpus
from storepact.engines.corpus.journeys import JOURNEYS_FILE, PinnedJourney, render_journeys
from storepact.engines.corpus.reach import cover, unique_reach
from storepact.engines.corpus.values import content_id
from storepact.engines.harness import Harness
from storepact.model.errors import RecordUnusable
from storepact.record.values import InterestingCase
from storepact.run.corpus_adoption import Adoption
from storepact.run.corpus_journeys import JourneyMeasure
from storepact.run.corpus_work import CorpusWork


def decode_journeys(
    offers: Iterable[InterestingCase], work: CorpusWork, run: Path
) -> dict[str, PinnedJourney]:
    """The offered journeys by their ids.

    Raises:
        RecordUnusable: one is damaged, was changed by hand, or has a step that the family does not know.

    """
    rules, journeys = {rule.name for rule in work.family.journey_rules}, {}
    for offer in offers:
        try:
            entry = msgspec.json.decode(offer.case, type=PinnedJourney)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise RecordUnusable(run, f"is damaged: the journey {offer.id}: {error}") from None
        if entry.id != content_id(entry) or not rules.issuperset(step.rule for step in entry.steps):
            raise RecordUnusable(run, f"was changed by hand: the journey {offer.id} does not fit its id")
        journeys[entry.id] = entry
    return journeys


def adopt_journeys(
    adoption: Adoption,
    corpus: Corpus,
    offered: dict[str, PinnedJourney],
    work: CorpusWork,
    harness: Harness,
) -> None:
    """Adopt the fewest journeys that add what all of them add; each is played on the mock."""
    pinned = corpus.all_journeys(work.family.journey_rules)
    journeys = JourneyMeasure(work.family, harness)
    measured = {entry.id: (entry, journeys.measure(entry)[1]) for entry in pinned}
    fresh = {}
    for entry in offered.values():
        again, items = journeys.measure(entry)
        if again.id not in measured:
            fresh[again.id] = (again, items)
    adoption.offered += len(offered)
    adoption.present += len(offered) - len(fresh)
    reached = {item for _, items in measured.values() for item in items}
    chosen = cover([(name, fresh[name][1]) for name in sorted(fresh)], reached)
    if not chosen:
        return
    for name in chosen:
        entry, items = measured[name] = fresh[name]
        adoption.add(f"journey {entry.journey} {name} ({len(entry.steps)} steps)", items - reached)
        reached |= items
    only = unique_reach({name: items for name, (_, items) in measured.items()})
    entries = [msgspec.structs.replace(entry, only=only[name]) for name, (entry, _) in measured.items()]
    entries.sort(key=lambda entry: (entry.journey, entry.id))
    adoption.files[JOURNEYS_FILE] = render_journeys(corpus.document, entries)
