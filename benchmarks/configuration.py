"""Write the schema and the tables of the configuration into docs/, after an option was added or changed."""

from __future__ import annotations

from pathlib import Path

from storepact.cli.config.reference import BEGIN, make_reference
from storepact.cli.config.schema import make_schema
from storepact.record.store import dump

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Rewrite both files."""
    (DOCS / "storepact.schema.json").write_text(dump(make_schema()), encoding="utf-8")
    page = DOCS / "configuration.md"
    text = page.read_text(encoding="utf-8").partition(BEGIN)[0]
    page.write_text(f"{text}{make_reference()}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
