"""Drift as text for a terminal, as Markdown, and as a page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from storepact.record.store import dump
from storepact.report import page
from storepact.report.markdown import plain

_ORDER = ("breaking for consumers", "breaking for providers", "compatible", "cosmetic")
_SOME = 3


def headline(found: dict[str, Any]) -> str:
    """What the two documents come to, in one line; it begins with the answer."""
    every, breaking = found["differences"], found["breaking"]
    known = sum(1 for each in every if each["decision"])
    rest = f"{len(every)} differences, {known} of them explained by decisions"
    if not every:
        return "The published document says what ours says."
    if not breaking:
        return f"Nothing breaks that is not known: {rest}."
    hurt = f"hurts {', '.join(found['consumers'])}" if found["consumers"] else "hurts no known consumer"
    return (
        f"Drift: {breaking} unexplained breaking {'change' if breaking == 1 else 'changes'}; {hurt} ({rest})."
    )


def parts(found: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What no decision explains, by whom it breaks; then what is known, by decision."""
    for breaks in _ORDER:
        mine = [
            difference
            for difference in found["differences"]
            if difference["breaks"] == breaks and not difference["decision"]
        ]
        if mine:
            yield breaks[:1].upper() + breaks[1:], mine
    decisions = sorted(
        {each["decision"] for each in found["differences"]} - {""}, key=lambda name: (len(name), name)
    )
    for decision in decisions:
        mine = [each for each in found["differences"] if each["decision"] == decision]
        yield f"Known, explained by {decision}", sorted(mine, key=lambda each: (each["rule"], each["where"]))


def line(each: dict[str, Any], *, short: bool = False) -> str:
    """One difference in a sentence."""
    change = (
        f": {each['ours'] or 'nothing'} → {each['theirs'] or 'nothing'}"
        if each["ours"] or each["theirs"]
        else ""
    )
    told = (
        f"{each['where']}: {each['says']}{_cut(change)} [{each['rule']}]"
        if each["where"]
        else f"{each['says']}{_cut(change)} [{each['rule']}]"
    )
    if short:
        return told
    places = [_place(place) for place in each["places"]]
    shown = ", ".join(places[:_SOME]) + (f" and {len(places) - _SOME} more" if len(places) > _SOME else "")
    at = f"; our line {each['line']}" if each["line"] else ""
    hurt = (
        f"; hurts {', '.join(each['consumers'])}"
        if each["consumers"] and each["breaking"]
        else "; hurts no known consumer"
        if each["breaking"]
        else ""
    )
    return f"{told} in {shown}{at}{hurt}"


def _place(place: dict[str, Any]) -> str:
    part = place["status"] or ("" if place["part"] == "operation" else place["part"])
    return " ".join(each for each in (place["operation"], part) if each) or "the document"


def _cut(text: str, most: int = 160) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def render(found: dict[str, Any], width: int = 100) -> str:
    """For a terminal: what is known as a line each, then what is not, and the answer last, where the eye is."""
    lines: list[str] = []
    for title, mine in sorted(parts(found), key=lambda part: not part[0].startswith("Known")):
        lines.append(f"{title} ({len(mine)}):")
        known = title.startswith("Known")
        for each in mine:
            lines += textwrap.wrap(
                line(each, short=known),
                max(width, 30),
                initial_indent="  ",
                subsequent_indent="    ",
                break_on_hyphens=False,
            )
        lines.append("")
    if found["unused"]:
        rest = len(found["unused"]) - _SOME
        told = "; ".join(found["unused"][:_SOME]) + (
            f" and {rest} more, all of them with --json" if rest > 0 else ""
        )
        lines += [*textwrap.wrap(f"no longer needed in disagreements.yaml: {told}", max(width, 30)), ""]
    lines += textwrap.wrap(headline(found), max(width, 30))
    return "\n".join(lines) + "\n"


def render_markdown(found: dict[str, Any]) -> str:
    """For a pull request: the answer first."""
    lines = [f"## {'❌' if found['breaking'] else '✅'} storepact drift: {plain(headline(found))}", ""]
    for title, mine in parts(found):
        body = [f"- {plain(line(each))}" for each in mine]
        if title.startswith("Known"):
            lines += [f"<details><summary>{title}: {len(mine)}</summary>", "", *body, "", "</details>", ""]
        else:
            lines += [f"### {title} ({len(mine)})", "", *body, ""]
    lines.append(f"Ours is {plain(found['ours'])}, published is {plain(found['published'])}.")
    return "\n".join(lines) + "\n"


def render_html(found: dict[str, Any]) -> str:
    """One file, nothing from the network."""
    told = [(title, [line(each) for each in mine]) for title, mine in parts(found)]
    return (
        page.environment()
        .get_template("drift.html.j2")
        .render(found=found, headline=headline(found), parts=told)
    )


def files(found: dict[str, Any]) -> dict[str, str]:
    """Every rendering, by the name of its file."""
    return {"drift.json": dump(found), "drift.md": render_markdown(found), "drift.html": render_html(found)}
