"""The teeth matrix, fault by check: as a page of its own, as part of report.html, and as Markdown."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Mapping
from statistics import median
from typing import Any

from storepact.report import page
from storepact.report.markdown import plain

Teeth = Mapping[str, Any]


def headline(teeth: Teeth) -> str:
    """The proof in one line."""
    faults, missed = teeth["faults"], missed_in(teeth)
    clean = "the clean mock is silent" if teeth["clean"]["silent"] else "the clean mock is NOT silent"
    told = f"{len(faults) - len(missed)} of {len(faults)} faults caught, {clean}"
    return told + (f"; missed: {', '.join(missed)}" if missed else "")


def summary(teeth: Teeth) -> list[str]:
    """The last lines on a terminal."""
    clean = teeth["clean"]
    lines = [f"clean mock: {clean['exchanges']:,} exchanges in {clean['seconds']:.1f} s"]
    if clean["checks"]:
        lines.append(
            f"the clean mock is accused by {', '.join(clean['checks'])} in {clean['question']}: {clean['message']}"
        )
    if clean["trouble"]:
        lines.append(f"the clean mock could not be asked to the end: {clean['trouble']}")
    lines += [
        f"{fault['fault']}: {fault['trouble']}"
        for fault in teeth["faults"]
        if fault["trouble"] and not fault["caught"]
    ]
    return [*lines, f"{speed(teeth)}", headline(teeth)]


def missed_in(teeth: Teeth) -> list[str]:
    """The faults that no check caught."""
    return [fault["fault"] for fault in teeth["faults"] if not fault["caught"]]


def speed(teeth: Teeth) -> str:
    """How fast, in one line."""
    if not teeth["faults"]:
        return f"clean mock: {teeth['clean']['exchanges']:,} exchanges in {teeth['clean']['seconds']:.1f} s"
    half = median(fault["seconds"] for fault in teeth["faults"])
    worst = max(teeth["faults"], key=lambda each: each["seconds"])
    return f"median fault {half:.1f} s, slowest {worst['fault']} {worst['seconds']:.1f} s, all {teeth['seconds']:.0f} s"


def by_category(teeth: Teeth) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The faults of each category, in the order of the catalogue."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for fault in teeth["faults"]:
        found.setdefault(fault["category"], []).append(fault)
    return list(found.items())


def columns(teeth: Teeth) -> list[Mapping[str, Any]]:
    """The checks, with how many faults each of them caught, and how many only it."""
    counts: defaultdict[str, int] = defaultdict(int)
    alone: defaultdict[str, int] = defaultdict(int)
    for fault in teeth["faults"]:
        for code in fault["checks"]:
            counts[code] += 1
            alone[code] += len(fault["checks"]) == 1
    return [
        {**check, "caught": counts[check["code"]], "alone": alone[check["code"]]} for check in teeth["checks"]
    ]


def alone_means(teeth: Teeth) -> str:
    """What it says that a check was alone: that no other one caught a fault, or that none did in the question that came first."""
    return "only it" if teeth["exhaustive"] else "alone in that question"


def render_html(teeth: Teeth) -> str:
    """A page of its own."""
    return page.environment().get_template("teeth.html.j2").render(teeth=teeth, **parts(teeth))


def parts(teeth: Teeth) -> dict[str, Any]:
    """What the templates need of a proof."""
    return {
        "teeth_headline": headline(teeth),
        "teeth_speed": speed(teeth),
        "teeth_groups": by_category(teeth),
        "teeth_columns": columns(teeth),
        "teeth_alone": alone_means(teeth),
    }


def render_markdown(teeth: Teeth) -> str:
    """A page for docs/."""
    clean = teeth["clean"]
    lines = [
        "# Teeth",
        "",
        "A gate that has never been seen to fail proves nothing. This page is made by the command below: the gate asks the mock",
        "once for each fault of its catalogue, and once without any. "
        + (
            "Everything was asked."
            if teeth["exhaustive"]
            else "It stops at the first question with a finding; `--exhaustive` goes on."
        ),
        "",
        "```console",
        f"$ {teeth['command']}",
        "```",
        "",
        f"{teeth['made'][:10]}, storepact {teeth['storepact']}: **{plain(headline(teeth))}**; {speed(teeth)}.",
        f"Clean mock: {clean['exchanges']:,} exchanges in {clean['seconds']:.1f} s"
        + (f", found {', '.join(clean['checks'])}" if clean["checks"] else ", no finding")
        + ".",
        "",
    ]
    if teeth["without"]:
        lines += [f"Left out on purpose: {', '.join(teeth['without'])}.", ""]
    for category, faults in by_category(teeth):
        lines += [
            f"## {category[:1].upper()}{category[1:]}",
            "",
            "| fault | what it does | caught by | exchanges | seconds | first seen in |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for fault in faults:
            caught = ", ".join(fault["checks"]) or "**MISSED**"
            cells = (
                f"`{fault['fault']}`",
                plain(fault["explanation"]),
                caught,
                f"{fault['exchanges']:,}",
                f"{fault['seconds']:.1f}",
            )
            lines.append(f"| {' | '.join(cells)} | {plain(fault['question'] or fault['trouble'])} |")
        lines.append("")
    lines += [
        "## What each check caught",
        "",
        f"| check | rule | faults | {alone_means(teeth)} |",
        "| --- | --- | --- | --- |",
    ]
    for column in columns(teeth):
        lines.append(
            f"| {column['code']} `{column['name']}` | {plain(column['rule'])} | {column['caught']} | {column['alone']} |"
        )
    return "\n".join([*lines, ""])


def command_of(arguments: list[str]) -> str:
    """The command line, as it can be typed again."""
    return shlex.join(["storepact", *arguments])
