"""The steps of a story as text: what each did, the response in one line, and a script of curl lines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from storepact.model.api import Api
from storepact.model.curl import curl, script_line
from storepact.model.exchange import Exchange
from storepact.model.story import StoryStep
from storepact.model.tree import walk
from storepact.transport.redaction import Redacted

if TYPE_CHECKING:
    from storepact.engines.story import Entry

_LONGEST_MESSAGE, _LONGEST_BODY = 160, 600


def render_steps(
    entries: Sequence[Entry], names: Mapping[str, str], base_url: str, api: Api
) -> tuple[StoryStep, ...]:
    """Render the entries of a story. `names` are the names of its resources by id.

    The curl lines are one shell script: ids that the provider assigns are kept in variables, a secret that is
    shown and written back in `SHOWN`; simultaneous requests run in the background until a `wait`.
    """
    restoring = [index for index, entry in enumerate(entries) if _holds_redaction(entry.step.body)]
    source = _source_of_secret(entries, restoring)
    steps = []
    for index, entry in enumerate(entries):
        is_last = index == len(entries) - 1
        line = script_line(
            curl(entry.exchange.request, base_url),
            "" if is_last or entry.created is None else entry.created.name,
            names,
            api,
            shows=index == source,
            writes_back=index in restoring,
        )
        simultaneous = entry.step.simultaneous
        waits = not simultaneous and index > 0 and entries[index - 1].step.simultaneous
        line = ("wait\n" if waits else "") + line + (" &" if simultaneous else "")
        steps.append(StoryStep(entry.step.text, summarize(entry.exchange, api), line))
    return tuple(steps)


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


def _holds_redaction(body: Any) -> bool:
    return any(isinstance(value, Redacted) for _, value in walk(body))


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
    items = body.get(api.list_member)
    if isinstance(items, list):
        return f"{response.status}, {len(items)} {api.resource}s"
    return str(response.status)
