"""Where the documentation is read."""

from __future__ import annotations

#: The project's page: the one place to change when it gets another address. The `project.urls` of
#: pyproject.toml have the same one; a test compares them.
HOME = "https://github.com/storepact/storepact"


def check_url(code: str) -> str:
    """The address of a check's page, with the anchor of `docs/checks.md`."""
    return f"{HOME}/blob/main/docs/checks.md#{code.lower()}"
