"""The comparison of two runs, as text for a terminal, as Markdown, and as a page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from storepact.record.store import dump
from storepact.report import page
from storepact.report.escape import harmless, visible
from storepact.report.markdown import fenced, plain

_SOME = 4

#: The section of causes that were gone in between.
BACK = "Back again (came and went before)"


def headline(diff: dict[str, Any]) -> str:
    """What changed, in one line; it begins with the answer."""
    if diff["regression"]:
        said = []
        if diff["causes"]:
            said.append(f"{_many(len(diff['causes']), 'new cause')} ({_many(len(diff['new']), 'finding')})")
        if diff.get("back", []):
            said.append(f"{_many(len(diff['back']), 'cause')} back again")
        if diff["apart"] or (diff["lost"] and not diff["causes"]):
            said.append(f"{_many(len(diff['apart'] or diff['lost']), 'thing')} no longer exercised")
        shown = [*diff["causes"], *diff.get("back", [])]
        hurt = sorted({name for each in shown for name in each["consumers"]})
        whom = f"; hurts {', '.join(hurt)}" if hurt else "; hurts no known consumer" if shown else ""
        return f"Regression: {' and '.join(said)}{whom}."
    if diff["run"]["verdict"] == "undetermined":
        return f"The run is undetermined, and says nothing of what changed: {diff['run'].get('why') or 'something was not answered'}"
    other = [
        f"{_many(len(diff[name]), word)} {rest}".strip()
        for name, word, rest in (
            ("gone", "finding", "gone"), ("flapping", "finding", "flapping"), ("accepted", "new finding", "accepted"),
            ("drift", "change", "in how answers look"), ("slower", "latency", "moved"),
        )
        if diff[name]
    ]  # fmt: skip
    return f"No regression; {', '.join(other)}." if other else "Nothing changed."


def _many(count: int, what: str) -> str:
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{count} {what if count == 1 else plural}"


def parts(diff: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The sections that have something to say, each with its lines."""
    sections = (
        ("New", [_cause(cause) for cause in diff["causes"]]),
        (BACK, [_cause(each) for each in diff.get("back", [])]),
        ("No longer exercised", [_lost(each) for each in diff["apart"]]),
        ("New and accepted", [_finding(each) for each in diff["accepted"]]),
        ("Flapping (came and went more than once)", [_cause(each) for each in diff.get("flapped", [])]),
        ("Still failing", [_finding(each) for each in diff["still"]]),
        ("Gone", [_cause(each) for each in diff.get("ended", [])]),
        ("Answers look otherwise", [_drift(each) for each in diff["drift"]]),
        ("Latency moved beyond noise (a note: machines differ)", [_moved(each) for each in diff["slower"]]),
        ("The two runs were asked differently", [*_differs(diff)]),
    )
    yield from ((title, lines) for title, lines in sections if lines)


def _differs(diff: dict[str, Any]) -> Iterator[str]:
    yield from (f"{name} {'differs' if name != 'suites' else 'differ'}" for name in diff["differs"])
    if diff["out_of_reach"]:
        rows = ", ".join(f"{each['operation']} {each['status']}" for each in diff["out_of_reach"])
        yield f"only a mock can be brought to what the base saw: {rows}"
    if diff["not_asked"]:
        yield f"the run was not asked the suites {', '.join(diff['not_asked'])}, which the base was"


def _moved(each: dict[str, Any]) -> str:
    return f"{each['operation']}: p95 {each['before']:g} → {each['now']:g} ms"


def _cause(each: dict[str, Any]) -> str:
    more = f" and {len(each['fingerprints']) - 1} more" if len(each["fingerprints"]) > 1 else ""
    hurt = ", ".join(each["consumers"]) or "no known consumer"
    lost = ", ".join(
        f"{one['operation']} {one['status']} {one['member']}".strip() for one in each.get("lost", ())[:_SOME]
    )
    along = f"; no longer exercised with it: {lost}" if lost else ""
    return f"{each['title']} ({', '.join(each['codes'])} in {', '.join(each['operations'])}; hurts {hurt}{along}) [{each['id']}{more}]"


def _finding(each: dict[str, Any]) -> str:
    return f"{each['operation']}: {each['message']} ({each['code']}) [{each['fingerprint']}]"


def _lost(each: dict[str, Any]) -> str:
    place = " ".join(part for part in (each["operation"], each["status"], each["member"]) if part)
    return f"{place}: {each['what']}, {_times(each['was'])}"


def _times(count: int) -> str:
    return f"seen {count} {'time' if count == 1 else 'times'} before" if count else "sent before"


def _drift(each: dict[str, Any]) -> str:
    places = ", ".join(each["places"][:_SOME]) + (
        f" and {len(each['places']) - _SOME} more" if len(each["places"]) > _SOME else ""
    )
    if each["what"] == "new member":
        return f"the provider now {'also' if each['detail'] == 'always' else 'sometimes'} sends {each['where']} in {places}"
    detail = f" ({each['detail']})" if each["detail"] else ""
    return f"{each['what']}: {each['where']}{detail} in {places}"


def _curl(diff: dict[str, Any], title: str, number: int) -> str:
    """The line that shows a cause again, where it is there to be shown."""
    shown = {"New": diff["causes"], BACK: diff.get("back", [])}.get(title)
    return str(shown[number]["curl"]) if shown else ""


def render(diff: dict[str, Any], width: int = 100) -> str:
    """For a terminal, the answer last, where the eye is."""
    lines: list[str] = []
    for title, found in parts(diff):
        lines.append(f"{title} ({len(found)}):")
        for number, each in enumerate(found):
            lines += textwrap.wrap(
                visible(each),
                max(width, 30),
                initial_indent="  ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            # never wrapped: it is there to be pasted
            lines += [f"    {line}" for line in _curl(diff, title, number).splitlines()]
        lines.append("")
    heads = [f"{name} of {told['started']}: {told['target']}, {told['verdict']}, {_many(told['findings'], 'finding')}"
             for name, told in (("base", diff["base"]), ("run", diff["run"]))]  # fmt: skip
    for each in heads:
        lines += textwrap.wrap(each, max(width, 30))
    lines += textwrap.wrap(visible(headline(diff)), max(width, 30))
    return harmless("\n".join(lines)) + "\n"


def render_markdown(diff: dict[str, Any]) -> str:
    """For a pull request: the answer first."""
    lines = [f"## {'❌' if diff['regression'] else '✅'} storepact compare: {plain(headline(diff))}", ""]
    for title, found in parts(diff):
        lines += [f"### {title} ({len(found)})", ""]
        for number, each in enumerate(found):
            lines.append(f"- {plain(each)}")
            curl = _curl(diff, title, number)
            if curl:
                lines += ["", *(f"  {line}" for line in fenced(curl)), ""]
        lines.append("")
    lines.append(f"Base of {diff['base']['started']}, run of {diff['run']['started']}.")
    return "\n".join(lines) + "\n"


def render_html(diff: dict[str, Any]) -> str:
    """One file, nothing from the network."""
    template = page.environment().get_template("compare.html.j2")
    cards = {"New": diff["causes"], BACK: diff.get("back", [])}
    return template.render(diff=diff, cards=cards, headline=headline(diff), parts=list(parts(diff)))


def files(diff: dict[str, Any]) -> dict[str, str]:
    """Every rendering, by the name of its file."""
    return {
        "compare.json": dump(diff),
        "compare.md": render_markdown(diff),
        "compare.html": render_html(diff),
    }
