"""The steps of a story as text: what each did, the response in one line, and a script of curl lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from storepact.engines.story_steps import Entry
from storepact.model.api import Api
from storepact.model.curl import CurlLines, keep_id, pick
from storepact.model.exchange import Exchange
from storepact.model.form import Redacted
from storepact.model.story import StoryStep
from storepact.model.tree import walk
from storepact.model.values import lean_value

_LONGEST_MESSAGE, _LONGEST_BODY = 160, 600

#: So many creates in a row are one step.
_MANY = 4


@lean_value(frozen=True)
class _Group:
    """Entries that are one step of the text. `variable` keeps the ids of what they create, if any."""

    entries: tuple[Entry, ...]
    variable: str = ""


@dataclass
class StoryText:
    """The text of one story: its steps, and one shell script that repeats them.

    Ids that the provider assigns are kept in variables, a secret that is shown and written back in `SHOWN`;
    simultaneous requests run in the background until a `wait`. `names` are those of resources by id,
    `deletion_line` makes the line that deletes what was created at a path.
    """

    entries: Sequence[Entry]
    names: Mapping[str, str]
    base_url: str
    api: Api
    deletion_line: Callable[..., str]
    header_names: tuple[str, ...] = ()
    """Names of further headers of every request."""

    def __post_init__(self) -> None:
        restoring = [index for index, entry in enumerate(self.entries) if _forms_of(entry.step.body)]
        source = _source_of_secret(self.entries, restoring)
        forms = {form for index in restoring for form in _forms_of(self.entries[index].step.body)}
        variables = {} if source is None else dict.fromkeys(forms, "SHOWN")
        self._source = None if source is None else self.entries[source]
        self._lines = CurlLines(self.base_url, self.names, variables, self.header_names)
        self._before = CurlLines(self.base_url, header_names=self.header_names)

    def render(self) -> tuple[tuple[StoryStep, ...], str]:
        """The steps for the reader, and the script: their lines, and the deletion of what they create."""
        groups = list(_group(self.entries))
        steps, pending = [], False
        for index, group in enumerate(groups):
            line = self._line(group)
            is_simultaneous = group.entries[0].step.simultaneous
            if is_simultaneous and not pending:
                line, pending = f"{self._prepare(groups[index:])}{line}", True
            elif pending and not is_simultaneous:
                line, pending = f"{self._collect(groups[:index])}\n{line}", False
            steps.append(StoryStep(_does(group), self._has_response(group), line))
        rest = [self._collect(groups)] if pending else []
        script = "\n".join([*(step.curl for step in steps), *rest, *self._deletions(groups)])
        return tuple(steps), script

    def _line(self, group: _Group) -> str:
        """The line of a group; ids of resources that an earlier line keeps are variables in it."""
        entry = group.entries[-1]
        if len(group.entries) > 1:
            return self._loops(group)
        line = self._lines.line(entry.exchange)
        if entry.step.simultaneous:
            return f'{line} | tee /dev/stderr > "$T/{group.variable}" &' if group.variable else f"{line} &"
        if group.variable:
            return keep_id(line, group.variable, self.api.id_member)
        if entry is self._source:
            return keep_id(line, "SHOWN", min(self.api.secret_members))
        return line

    def _loops(self, group: _Group) -> str:
        """The lines of equal creates: a loop for each way in which they are sent."""
        ways: dict[Any, list[Entry]] = {}
        for entry in group.entries:
            ways.setdefault(_way(entry), []).append(entry)
        loops = [
            f"for n in $(seq {len(entries)}); do {self._lines.line(entries[0].exchange)}; echo; done"
            for entries in ways.values()
        ]
        whole = "; ".join(loops)
        return f"{group.variable}=$({{ {whole}; }} | tee /dev/stderr | {pick(self.api.id_member)})"

    def _prepare(self, groups: Sequence[_Group]) -> str:
        """The line before simultaneous requests: a folder for what creates among them print."""
        return "T=$(mktemp -d)\n" if any(group.variable for group in _together(groups)) else ""

    def _collect(self, groups: Sequence[_Group]) -> str:
        """The lines that wait for the last simultaneous requests and keep the ids of what they created."""
        last = [group.variable for group in reversed(_together(groups[::-1])) if group.variable]
        picks = [f'{name}=$({pick(self.api.id_member)} "$T/{name}")' for name in last]
        return "\n".join(["wait", *picks, *(['rm -r "$T"'] if picks else [])])

    def _deletions(self, groups: Sequence[_Group]) -> Iterator[str]:
        """Yield the lines that delete what the script creates: one for each collection."""
        collections: dict[str, list[str]] = {}
        for group in groups:
            for entry in group.entries if group.variable else ():
                variables = collections.setdefault(entry.exchange.request.path, [])
                if group.variable not in variables:
                    variables.append(group.variable)
        for path, variables in collections.items():
            line = self.deletion_line(self._before, path, *variables)
            if line:
                yield line

    def _has_response(self, group: _Group) -> str:
        if len(group.entries) == 1:
            return summarize(group.entries[0].exchange, self.api)
        counts = Counter(entry.exchange.response.status for entry in group.entries)
        return ", ".join(f"{status} ({count} times)" for status, count in counts.items())


def _together(groups: Sequence[_Group]) -> list[_Group]:
    """The first groups that are simultaneous."""
    return list(takewhile(lambda group: group.entries[0].step.simultaneous, groups))


def _group(entries: Sequence[Entry]) -> Iterator[_Group]:
    """Divide entries into steps: creates in a row whose resources no later step names are one."""
    paths = [entry.exchange.request.path for entry in entries if entry.step.role != "create"]
    run: list[Entry] = []
    for index, entry in enumerate(entries):
        name = ""
        if entry.step.role == "create":
            name = entry.created.name if entry.created else f"NEW{index + 1}"
            is_named = entry.created is not None and any(entry.created.id in path for path in paths)
            if not (is_named or entry.step.simultaneous or entry is entries[-1]):
                run.append(entry)
                continue
        yield from _run(run, index)
        run = []
        yield _Group((entry,), name)


def _run(run: Sequence[Entry], index: int) -> Iterator[_Group]:
    if len(run) >= _MANY:
        yield _Group(tuple(run), f"ALL{index}")
        return
    for number, entry in enumerate(run):
        name = entry.created.name if entry.created else f"NEW{index - len(run) + number + 1}"
        yield _Group((entry,), name)


def _way(entry: Entry) -> tuple[object, ...]:
    step = entry.step
    return (step.does, step.scope, step.kind, step.auth, step.headers)


def _does(group: _Group) -> str:
    counts = Counter(entry.step.text for entry in group.entries)
    return "; ".join(text if count == 1 else f"{text}, {count} times" for text, count in counts.items())


def _source_of_secret(entries: Sequence[Entry], restoring: Sequence[int]) -> int | None:
    """The index of the get that shows the secret which is written back next; None if there is none."""
    if not restoring:
        return None
    sources = [
        index
        for index, entry in enumerate(entries)
        if entry.step.role == "get" and any(form for _, form in entry.exchange.forms)
    ]
    return min(max(sources, default=-1), restoring[0] - 1)


def _forms_of(body: Any) -> set[str]:
    """The forms of the redacted secrets in a body that is sent."""
    return {value.form for _, value in walk(body) if isinstance(value, Redacted)}


def summarize(exchange: Exchange, api: Api) -> str:
    """A response in one line: its status, and the members of its body that matter."""
    response = exchange.response
    body = response.json
    if response.status == 0:
        return "no response"
    if not isinstance(body, Mapping):
        return str(response.status)
    if "message" in body and response.status >= 400:
        return f"{response.status} {body.get('code', '')}: {str(body['message'])[:_LONGEST_MESSAGE]}"
    if api.id_member in body:
        members = {name: body[name] for name in api.summary_members if name in body}
        return f"{response.status} " + json.dumps(members, ensure_ascii=False)[:_LONGEST_BODY]
    items = api.resources_in(body)
    if items is not None:
        return f"{response.status}, {len(items)} {api.resource}s"
    return str(response.status)
