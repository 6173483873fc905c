"""`storepact targets`: the targets of the configuration file."""

from __future__ import annotations

import os
from pathlib import Path

from storepact.cli.options import AsJson
from storepact.cli.output import print_json
from storepact.model.errors import ConfigUnusable
from storepact.report.terminal import print_paragraphs, print_tables
from storepact.run.config.expand import expand
from storepact.run.config.named_targets import TARGETS, URL, NamedTarget, named_targets
from storepact.run.config.secrets import mask
from storepact.run.config.sources import read_layers

_TITLES = ("target", "url", "project", "environment", "writes", "token", "reader token", "defined in")

#: The same as members of JSON.
_NAMES = tuple(title.replace(" ", "_") for title in _TITLES)


def targets(*, as_json: AsJson = False) -> None:
    """List the targets that the configuration file names, for --target: address, scope, permission, token.

    Of a token the variable is shown, and whether it is set. Exit codes: 0 listed, 2 the configuration cannot
    be used.
    """
    listed = list(named_targets(read_layers(Path(), os.environ).file))
    rows = list(map(_row, listed))
    if as_json:
        print_json({"format": 1, "targets": [dict(zip(_NAMES, row, strict=True)) for row in rows]})
    elif listed:
        print_tables([[_TITLES, *rows]])
    else:
        print_paragraphs(["no targets have a name: add [targets.staging] with url = … to storepact.toml"])


def _row(target: NamedTarget) -> tuple[str, ...]:
    return (
        target.name,
        _address(target),
        target.text("project"),
        target.text("environment"),
        "yes" if target.table.get("allow-writes") is True else "no",
        _token(target, "token-env"),
        _token(target, "reader-token-env"),
        target.where,
    )


def _address(target: NamedTarget) -> str:
    """The URL; with the names of its variables, and why, where they cannot be used."""
    text = target.text(URL)
    try:
        return mask(URL, expand((TARGETS, target.name, URL), text, os.environ, target.where))
    except ConfigUnusable as error:
        return f"{text} ({error.problem})"


def _token(target: NamedTarget, key: str) -> str:
    """What the token is read from, and whether it is there."""
    source = target.token_source(key)
    if source in ("token-file", "token-command"):
        return source
    return f"{source} ({'set' if os.environ.get(source, '').strip() else 'not set'})"
