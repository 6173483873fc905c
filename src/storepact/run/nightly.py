"""What `storepact tripwire` does with what was found in the night: one summary that begins with what changed and whom it hurts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storepact.report import compare, drift, wording
from storepact.report.markdown import plain
from storepact.report.wording import moment

FORMAT = 1


def summary(
    record: Mapping[str, Any] | None,
    complaint: str,
    code: int,
    published: Mapping[str, Any] | None,
    trouble: str,
    base: int | None,
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The night as plain data.

    `record` is the run's, or None with the `complaint` that tells why and its `code`; `published` is the drift, or None with the
    `trouble` if there was any; `base` is the number of the latest green run, and `before` what that one has on record of the
    document.
    """
    diff = None if record is None else record.get("comparison")
    changes = [
        *_of_documents(published, before),
        *_of_behaviour(diff, record),
        *([] if diff or record is None else _of_first(dict(record))),
    ]
    troubles = [each for each in (complaint, trouble) if each]
    hurt = {
        name
        for difference in (published or {}).get("differences", ())
        if _is_new(difference)
        for name in difference["consumers"]
    }
    causes = (
        [*diff["causes"], *diff["back"]]
        if diff
        else wording.open_causes(dict(record))
        if record is not None
        else []
    )
    hurt |= {name for cause in causes for name in cause["consumers"]}
    return {
        "format": FORMAT,
        "headline": _headline(record, changes, troubles, sorted(hurt), diff, base, published),
        "exit_code": _code([code, 1 if published and published["breaking"] else 0, 3 if trouble else 0]),
        "target": None if record is None else record["target"],
        "verdict": None if record is None else record["verdict"],
        "base": base,
        "changes": changes,
        "troubles": troubles,
        "hurts": sorted(hurt),
        "notes": _notes(diff, published, before),
    }


def _is_new(difference: Mapping[str, Any]) -> bool:
    return bool(difference["breaking"]) and not difference["decision"]


def _of_documents(published: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> list[str]:
    """Unexplained differences of the published document: those that break, and those that were not there in the green night."""
    found = published["differences"] if published else ()
    changed = [each for each in found if _is_new(each)] + [each for each in found if _is_fresh(each, before)]
    return [f"{_named(each)}: {drift.line(each)}" for each in changed]


def _named(difference: Mapping[str, Any]) -> str:
    return "document" if difference["breaking"] else f"document, {difference['breaks']}"


def _is_fresh(difference: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """Whether a difference that breaks nothing, and that no decision explains, has come since."""
    if (
        before is None
        or difference["decision"]
        or difference["breaking"]
        or difference["breaks"] == "cosmetic"
    ):
        return False
    names = ("rule", "where", "ours", "theirs")
    return tuple(difference[name] for name in names) not in {
        tuple(each[name] for name in names) for each in before["unexplained"]
    }


def _of_behaviour(diff: Mapping[str, Any] | None, record: Mapping[str, Any] | None) -> list[str]:
    """Causes that are new or back again, and what is no longer exercised, unless the run was cut short."""
    if diff is None or record is None:
        return []
    told = dict(compare.parts(dict(diff)))
    lost = told.get("No longer exercised", ()) if record["verdict"] != "undetermined" else ()
    causes = [*told.get("New", ()), *told.get(compare.BACK, ())]
    return [*(f"behaviour: {cause}" for cause in causes), *(f"no longer exercised: {each}" for each in lost)]


def _of_first(record: dict[str, Any]) -> list[str]:
    """Without a run to compare with: what is wrong."""
    return [
        f"behaviour: {open_cause['title']} ({', '.join(open_cause['codes'])}) [{open_cause['id']}]"
        for open_cause in wording.open_causes(record)
    ]


def _notes(
    diff: Mapping[str, Any] | None, published: Mapping[str, Any] | None, before: Mapping[str, Any] | None
) -> list[str]:
    """What is worth knowing and breaks nothing."""
    sections = (
        "New and accepted",
        "Still failing",
        "Gone",
        "Flapping (came and went more than once)",
        "Answers look otherwise",
    )
    told = dict(compare.parts(dict(diff))) if diff else {}
    found = [f"{name.lower()}: {each}" for name in sections for each in told.get(name, ())]
    quiet = [each for each in _quiet(published) if not _is_fresh(each, before)]
    return found + [f"{_named(each)}: {drift.line(each)}" for each in quiet]


def _quiet(published: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What the published document says otherwise, no decision explains, and breaks nothing."""
    return [
        difference
        for difference in (published or {}).get("differences", ())
        if not difference["decision"] and not difference["breaking"]
    ]


def _headline(
    record: Mapping[str, Any] | None,
    changes: list[str],
    troubles: list[str],
    hurt: list[str],
    diff: Mapping[str, Any] | None,
    base: int | None,
    published: Mapping[str, Any] | None,
) -> str:
    against = (
        f"since the green run {base} of {moment(diff['base']['started'])}"
        if diff
        else "(no green run is kept to compare with)"
    )
    whom = f"hurts {', '.join(hurt)}" if hurt else "hurts no known consumer"
    if changes:
        return f"{wording.many(len(changes), 'change')} {against}; {whom}:"
    if record is None:
        return f"Undetermined: {troubles[0]}"
    if record["verdict"] == "undetermined":
        return f"Undetermined: {wording.why_undetermined(dict(record))}"
    known = _of_quiet(published) if published else ""
    if record["verdict"] == "broken":
        return f"Broken {against}.{known}"
    if diff is None:
        return f"Nothing changed that could be known {against}. {wording.headline(dict(record))}{known}"
    otherwise = (
        f", but answers look otherwise: {wording.many(len(diff['drift']), 'change')} below"
        if diff["drift"]
        else ""
    )
    return f"Nothing changed {against}{otherwise}. {wording.headline(dict(record))}{known}"


def _of_quiet(published: Mapping[str, Any]) -> str:
    """What is to be said of a published document that breaks nothing."""
    quiet = len(_quiet(published))
    if not quiet:
        return " The published document says nothing that is not known."
    return f" The published document breaks nothing, and says {wording.many(quiet, 'thing')} otherwise: see below."


def _code(codes: list[int]) -> int:
    """Broken before unusable before undetermined before fine."""
    return next((each for each in (1, 2, 3) if each in codes), 0)


def lines(told: Mapping[str, Any]) -> list[str]:
    """The summary as lines of text, the headline first."""
    found = [told["headline"]]
    found += [f"  {change}" for change in told["changes"]]
    found += [
        f"  not to be told: {trouble}" for trouble in told["troubles"] if trouble not in told["headline"]
    ]
    return found + [f"  note: {note}" for note in told["notes"]]


def render_markdown(told: Mapping[str, Any]) -> str:
    """For a job's summary, a chat, a mail."""
    sign = {0: "✅", 1: "❌"}.get(told["exit_code"], "❔")
    found = [f"## {sign} storepact tripwire: {plain(told['headline'])}", ""]
    for title, entries in (
        ("Changed", told["changes"]),
        ("Could not be told", told["troubles"]),
        ("Worth knowing", told["notes"]),
    ):
        if entries:
            found += [f"### {title} ({len(entries)})", "", *(f"- {plain(entry)}" for entry in entries), ""]
    return "\n".join(found) + "\n"
