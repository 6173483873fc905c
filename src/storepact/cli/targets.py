"""`storepact targets`: the targets of the configuration file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from storepact.model.errors import ConfigUnusable
from storepact.report.terminal import print_tables
from storepact.run.config.expand import expand
from storepact.run.config.named_targets import URL, NamedTarget, named_targets
from storepact.run.config.secrets import mask
from storepact.run.config.sources import read_layers


def targets() -> None:
    """List the targets that the configuration file names, for --target: address, scope, permission, token.

    Of a token the variable is shown, and whether it is set. Exit codes: 0 listed, 2 the configuration cannot
    be used.
    """
    listed = list(named_targets(read_layers(Path(), os.environ).file))
    if listed:
        print_tables([_rows(listed)])
    else:
        print("no targets have a name: add [targets.staging] with url = … to storepact.toml")


def _rows(listed: Iterable[NamedTarget]) -> Iterator[tuple[str, ...]]:
    yield ("target", "url", "project", "environment", "writes", "token", "reader token", "defined in")
    for target in listed:
        yield (
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
    """The URL; with the names of its variables where these are not set."""
    text = target.text(URL)
    try:
        return mask(URL, expand(URL, text, os.environ, target.where))
    except ConfigUnusable:
        return f"{text} (not set)"


def _token(target: NamedTarget, key: str) -> str:
    """What the token is read from, and whether it is there."""
    source = target.token_source(key)
    if source in ("token-file", "token-command"):
        return source
    return f"{source} ({'set' if os.environ.get(source, '').strip() else 'not set'})"
