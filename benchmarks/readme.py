"""Write the figures of README's comparison with other tools, from the pages that measurements have written.

    python benchmarks/readme.py

docs/performance.md (`benchmarks/run.py`) has the speeds, docs/peers.md (`benchmarks/peers.py`) which faults
are detected, and tests/support/oasdiff_checks.py the changes that checks of oasdiff are about.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README, PEERS, PERFORMANCE = ROOT / "README.md", ROOT / "docs" / "peers.md", ROOT / "docs" / "performance.md"

#: The comments around the table of README.
BEGIN, END = "<!-- benchmarks/readme.py: begin -->", "<!-- benchmarks/readme.py: end -->"


def read_rows(page: Path) -> dict[str, list[str]]:
    """The rows of all tables of a page, by their first cell: the further cells."""
    cells = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    return {first: rest for first, *rest in cells}


def count_detected() -> tuple[int, dict[str, int]]:
    """How many faults were drawn, and how many of them each column of docs/peers.md detects."""
    rows = read_rows(PEERS)
    columns = rows["fault"]
    faults = [
        cells
        for name, cells in rows.items()
        if re.fullmatch(r"`[\w-]+`", name) and "no result" not in cells  # not every tool could run there
    ]
    return len(faults), {
        column: sum(cells[index] == "yes" for cells in faults) for index, column in enumerate(columns)
    }


def count_oasdiff_changes() -> int:
    """How many changes that a check of oasdiff is about `drift` is tested with."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from oasdiff_checks import OTHER_CHANGES, PLACES, schema_changes

    return sum(len(list(schema_changes(part))) for part in PLACES) + len(OTHER_CHANGES)


def rate(cells: list[str]) -> str:
    """Exchanges per second of a run, or why there is no figure."""
    return f"{cells[3]} exchanges per second" if len(cells) > 1 and cells[3] else cells[0].partition(":")[0]


def make_table() -> str:
    """The table, in Markdown."""
    runs = read_rows(PERFORMANCE)
    drawn, detected = count_detected()
    ours, prisms = runs["get by id"][:2]
    rows = [
        (
            "Schemathesis",
            "any OpenAPI or GraphQL API, nothing to set up",
            f"{rate(runs['st run'])}, storepact {runs['storepact verify'][3]}; detects "
            f"{detected['st run']} of {drawn} faults of this API, storepact {detected['storepact']}",
        ),
        (
            "Pact",
            "contracts between your own services, in ten languages",
            f"the pacts of this repository alone detect {detected['pacts alone']} of these {drawn}",
        ),
        (
            "Specmatic",
            "the document as contract, many protocols",
            f"its tests of this document: {rate(runs['specmatic'])}",
        ),
        (
            "Prism",
            "a mock of any document in one command",
            f"{prisms} gets per second, the mock here {ours}, which keeps state",
        ),
        (
            "oasdiff",
            "any two documents, one binary",
            f"`drift` is tested with {count_oasdiff_changes():,} changes that its checks are about",
        ),
    ]
    lines = ["| tool | choose it for | measured here |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def main() -> None:
    """Write the table into README."""
    head, _, rest = README.read_text(encoding="utf-8").partition(f"{BEGIN}\n")
    _, _, tail = rest.partition(END)
    README.write_text(f"{head}{BEGIN}\n{make_table()}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
