"""Reading of DECISIONS.md, which is beside a document: a section for each decision, by its number."""

from __future__ import annotations

import re
from pathlib import Path

from storepact.model.values import lean_value

_HEADING = re.compile(r"^## (D\d+) (.+)$", re.MULTILINE)


@lean_value(frozen=True)
class DecisionText:
    """A decision: its heading without the number, and its paragraphs, as Markdown."""

    title: str
    text: str


def load_decisions(path: Path) -> dict[str, DecisionText]:
    """The decisions of a file by their numbers; none if there is no such file."""
    try:
        page = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    _, *parts = _HEADING.split(page)
    numbers, titles, texts = parts[::3], parts[1::3], parts[2::3]
    return {
        number: DecisionText(title.strip(), text.strip())
        for number, title, text in zip(numbers, titles, texts, strict=True)
    }
