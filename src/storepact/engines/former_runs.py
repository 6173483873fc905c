"""What earlier runs have left: what their journals name is deleted, if it carries their marks.

A journal may be damaged, forged, restored or of another place. What does not carry the mark of its run is
never deleted, whatever the journal says; it is a note, and no reason to doubt the present run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storepact.engines.deletions import Leftover
from storepact.engines.guard import GuardRules
from storepact.engines.leftovers import delete_if_marked, delete_listed_resources
from storepact.engines.workspace import Workspace
from storepact.model.api import Scope
from storepact.model.errors import NotOwned, PrerequisiteMissing, RequestUnsendable
from storepact.model.outcome import Reason
from storepact.model.values import lean_value
from storepact.transport.journal import Entry, FormerJournal, former_journals

#: No run leaves more than this: beyond it a journal's entries are looked for in the list only.
_MOST_ENTRIES = 200

#: So many lines are named in a note, and so many characters of a path.
_MOST_LINES, _LONGEST = 5, 200


@lean_value(frozen=True)
class FormerRuns:
    """What has become of the leftovers of earlier runs."""

    leftovers: tuple[Leftover, ...] = ()
    """What could not be deleted."""
    notes: tuple[str, ...] = ()
    """What was left alone, with its file and line, and what to do about it."""


@dataclass
class _Result:
    """What has become of one journal."""

    journal: FormerJournal
    leftovers: list[Leftover] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_more: bool = False
    """Whether some entries are of another target or scope."""

    def note(self, lines: Sequence[int], text: str) -> None:
        """Note something about some lines of the file."""
        if lines:
            self.notes.append(f"{self.journal.path}, {_describe(lines)}: {text}")


def delete_former(workspace: Workspace, folder: Path, scopes: tuple[Scope, ...]) -> FormerRuns:
    """Delete what earlier runs that recorded their creates in a folder have left in some scopes.

    What their journals name is deleted by its id, the rest is found by the marks of these runs in the list.
    The journals of runs of which nothing is left are removed; one with something wrong is set aside.
    """
    results = [_delete_leftovers(workspace, journal, scopes) for journal in former_journals(folder)]
    leftovers = tuple(leftover for result in results for leftover in result.leftovers)
    return FormerRuns(leftovers, tuple(note for result in results for note in result.notes))


def _delete_leftovers(workspace: Workspace, journal: FormerJournal, scopes: tuple[Scope, ...]) -> _Result:
    """Delete what the run of a journal has left: its entries, and by its mark where they are not enough."""
    result = _Result(journal)
    if journal.problem:
        result.notes.append(
            f"{journal.path} {journal.problem}: it is left alone; move it away if it is no journal"
        )
    if journal.mark is None:
        return result
    here = [entry for entry in journal.entries if entry.target == workspace.target.base_url]
    result.has_more = len(journal.entries) > len(here)
    is_complete = not (journal.problem or journal.damaged) and all(entry.id for entry in here)
    if not is_complete or len(here) > _MOST_ENTRIES:
        result.leftovers += delete_listed_resources(workspace, journal.mark, scopes)
    for entry in here[:_MOST_ENTRIES]:
        _delete_entry(workspace, entry, GuardRules(scopes, str(journal.mark)), result)
    by_mark = "what carries the mark of its run was looked for in the list"
    result.note(journal.damaged, f"cannot be read; {by_mark}")
    result.note(journal.foreign, "names the mark of another run, and is left alone")
    result.note([entry.line for entry in here[_MOST_ENTRIES:]], f"too many entries; {by_mark}")
    _put_away(result)
    return result


def _delete_entry(workspace: Workspace, entry: Entry, rules: GuardRules, result: _Result) -> None:
    if not entry.id:
        return  # the list was searched for it
    place = f"{entry.path}/{entry.id}"[:_LONGEST].encode("unicode_escape").decode()
    try:
        leftover = delete_if_marked(workspace, entry.path, entry.id, rules)
    except NotOwned as refusal:
        is_foreign = refusal.reason is Reason.NOT_OWNED
        what = "does not carry the mark of this journal's run" if is_foreign else "is no path of this API"
        result.note([entry.line], f"{place} {what}, and is left alone")
    except RequestUnsendable:
        result.note([entry.line], f"{place} is no path of this API, and is left alone")
    except PrerequisiteMissing as refusal:
        if refusal.reason is Reason.OUTSIDE_SCOPE:
            result.has_more = True
        else:
            result.leftovers.append(Leftover(place, 0, f"it is not known whose it is: {refusal}"))
    else:
        result.leftovers += [leftover] if leftover is not None else []


def _put_away(result: _Result) -> None:
    """Remove a journal of which nothing is left, or set it aside where something is wrong with it."""
    journal = result.journal
    if result.has_more:
        result.notes.append(
            f"{journal.path} records what is at another target, project or environment: a run or "
            "`storepact cleanup` there deletes it"
        )
    if result.leftovers or result.has_more or journal.problem:
        return
    if not result.notes:
        journal.remove()
        return
    try:
        result.notes.append(f"the journal is kept as {journal.set_aside()}, which no run reads")
    except OSError as error:
        result.notes.append(f"{journal.path} cannot be renamed ({error.strerror}): remove it")


def _describe(lines: Sequence[int]) -> str:
    first = ", ".join(map(str, lines[:_MOST_LINES]))
    more = f" and {len(lines) - _MOST_LINES:,} more" if len(lines) > _MOST_LINES else ""
    return f"line{'s' * (len(lines) > 1)} {first}{more}"
