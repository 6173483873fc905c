"""Write what docs/ has of commands and options, after one was added or changed."""

from __future__ import annotations

from pathlib import Path

from storepact.cli.catalogue import commands_table
from storepact.cli.config.reference import BEGIN, make_reference
from storepact.cli.config.schema import make_schema
from storepact.record.store import dump
from storepact.run.settings import options_table

#: What stands before the tables of docs/commands.md.
TABLES = "## Every command"

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Rewrite the schema and the pages."""
    (DOCS / "storepact.schema.json").write_text(dump(make_schema()), encoding="utf-8")
    page = DOCS / "configuration.md"
    text = page.read_text(encoding="utf-8").partition(BEGIN)[0]
    page.write_text(f"{text}{make_reference()}\n", encoding="utf-8")
    page = DOCS / "commands.md"
    text = page.read_text(encoding="utf-8").partition(TABLES)[0]
    page.write_text(
        f"{text}{TABLES}\n\n{commands_table()}\n\n## Options of `verify`\n\n{options_table()}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
