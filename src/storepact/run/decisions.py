"""The decisions behind the findings of a run, for its record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from storepact.checks.rulings import decisions_behind
from storepact.engines.family import Family
from storepact.model.paths import data_path
from storepact.openapi.decisions import load_decisions
from storepact.record.values import Decision, Finding


def add_decisions(findings: Iterable[Finding], family: Family) -> Iterator[Finding]:
    """Yield each finding with the D-numbers of the decisions behind it."""
    for finding in findings:
        example = family.examples.get(finding.code)
        by_check = () if example is None else example.decisions
        member = finding.member.removeprefix("/items/*")
        names = decisions_behind(by_check, family.decisions_by_member, member)
        yield msgspec.structs.replace(finding, decisions=names)


def decisions_section(findings: Iterable[Finding]) -> Mapping[str, Decision]:
    """The text of each decision that a finding names, by its number, in the order of the numbers."""
    return decisions_of(name for finding in findings for name in finding.decisions)


def decisions_of(names: Iterable[str], path: Path | None = None) -> Mapping[str, Decision]:
    """The text of decisions by their numbers, in the order of these, from a file or the project's own."""
    chosen = set(names)
    if not chosen:
        return {}
    texts = load_decisions(path or data_path("openapi", "DECISIONS.md"))
    return {
        name: Decision(title=texts[name].title, text=texts[name].text)
        for name in sorted(chosen & texts.keys(), key=lambda name: (len(name), name))
    }
