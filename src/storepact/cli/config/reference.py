"""The tables of docs/configuration.md: every key with its variable, made from the options themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storepact.cli.catalogue import CommandOption, all_options
from storepact.cli.config.schema import shared_options
from storepact.run.settings import option_fields

#: What stands around the tables in the page.
BEGIN, END = "<!-- keys: made by the program -->", "<!-- end of keys -->"

_TYPES = {
    "boolean": "true, false",
    "integer": "whole number",
    "number": "number",
    "array": "list",
    "string": "text",
}


def make_reference() -> str:
    """The tables as Markdown: the top level, then each command's own keys."""
    options = all_options()
    order = {entry.flag.removeprefix("--"): number for number, entry in enumerate(option_fields())}
    shared = sorted(
        shared_options(options).values(), key=lambda option: order.get(option.name.key, len(order))
    )
    parts = ["### Top level, and `[targets.NAME]`", _table(shared)]
    for words, listed in sorted(options.items()):
        own = [option for option in listed if not option.name.is_shared]
        if own:
            parts += [f"### `[commands.{'.'.join(words)}]`", _table(own)]
    return "\n\n".join([BEGIN, *parts, END])


def _table(options: Iterable[CommandOption]) -> str:
    return "\n".join(["| key | type | variable | meaning |", "| --- | --- | --- | --- |", *_rows(options)])


def _rows(options: Iterable[CommandOption]) -> Iterator[str]:
    for option in options:
        meaning = " ".join(option.help.split()).removesuffix(".").replace("|", "\\|")
        yield f"| `{option.name.key}` | {_TYPES[option.type]} | `{option.name.variable}` | {meaning} |"
