"""The comparison of two runs, as text for a terminal, as Markdown, and as a page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from storepact.report import page
from storepact.report.markdown import plain

_SOME = 4


def headline(diff: dict[str, Any]) -> str:
    """What changed, in one line; it begins with the answer."""
    if diff["regression"]:
        said = []
        if diff["causes"]:
            said.append(f"{_many(len(diff['causes']), 'new trouble')} ({_many(len(diff['new']), 'finding')})")
        if diff["lost"]:
            said.append(f"{_many(len(diff['lost']), 'thing')} no longer exercised")
        return f"Regression: {' and '.join(said)}."
    if diff["drift"] or diff["gone"] or diff["flapping"]:
        return "No regression; answers look otherwise, or findings are gone: see below."
    return "Nothing changed."


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def parts(diff: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The sections that have something to say, each with its lines."""
    sections = (
        ("New", [_cause(each) for each in diff["causes"]]),
        ("No longer exercised", [_lost(each) for each in diff["lost"]]),
        ("Flapping (came and went more than once)", [_finding(each) for each in diff["flapping"]]),
        ("Still failing", [_finding(each) for each in diff["still"]]),
        ("Gone", [_finding(each) for each in diff["gone"]]),
        ("Answers look otherwise", [_drift(each) for each in diff["drift"]]),
        ("The two runs were asked differently", [f"{name} differs" for name in diff["differs"]]),
    )
    yield from ((title, lines) for title, lines in sections if lines)


def _cause(each: dict[str, Any]) -> str:
    more = f" and {len(each['fingerprints']) - 1} more" if len(each["fingerprints"]) > 1 else ""
    hurt = ", ".join(each["consumers"]) or "no known consumer"
    where = f"{each['about']}: " if each["about"].startswith("/") and each["about"] not in each["message"] else ""
    return (
        f"{where}{each['message']} ({', '.join(each['codes'])} in {', '.join(each['operations'])}; hurts {hurt}) "
        f"[{each['fingerprints'][0]}{more}]"
    )


def _finding(each: dict[str, Any]) -> str:
    return f"{each['operation']}: {each['message']} ({each['code']}) [{each['fingerprint']}]"


def _lost(each: dict[str, Any]) -> str:
    place = " ".join(part for part in (each["operation"], each["status"], each["member"]) if part)
    return f"{place}: {each['what']}, seen {each['was']} times before"


def _drift(each: dict[str, Any]) -> str:
    places = ", ".join(each["places"][:_SOME]) + (f" and {len(each['places']) - _SOME} more" if len(each["places"]) > _SOME else "")
    detail = f" ({each['detail']})" if each["detail"] else ""
    return f"{each['what']}: {each['where']}{detail} in {places}"


def render(diff: dict[str, Any], width: int = 100) -> str:
    """For a terminal, the answer last, where the eye is."""
    lines: list[str] = []
    for title, found in parts(diff):
        lines.append(f"{title} ({len(found)}):")
        for each in found:
            lines += textwrap.wrap(
                each, max(width, 30), initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
            )
        lines.append("")
    heads = [f"{name} of {told['started']}: {told['target']}, {told['verdict']}, {_many(told['findings'], 'finding')}"
             for name, told in (("base", diff["base"]), ("run", diff["run"]))]  # fmt: skip
    for each in heads:
        lines += textwrap.wrap(each, max(width, 30))
    lines += textwrap.wrap(headline(diff), max(width, 30))
    return "\n".join(lines) + "\n"


def render_markdown(diff: dict[str, Any]) -> str:
    """For a pull request: the answer first."""
    lines = [f"## {'❌' if diff['regression'] else '✅'} storepact compare: {plain(headline(diff))}", ""]
    for title, found in parts(diff):
        lines += [f"### {title} ({len(found)})", "", *(f"- {plain(each)}" for each in found), ""]
    lines.append(f"Base of {diff['base']['started']}, run of {diff['run']['started']}.")
    return "\n".join(lines) + "\n"


def render_html(diff: dict[str, Any]) -> str:
    """One file, nothing from the network."""
    template = page.environment().get_template("compare.html.j2")
    return template.render(diff=diff, headline=headline(diff), parts=list(parts(diff)))
