"""What a repository says of itself: its documents, its pacts, its continuous integration, its remote."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

from storepact.model.values import lean_value

#: The kinds of continuous integration that a job can be written for.
GITHUB, GITLAB, NO_CI = "github", "gitlab", "none"

#: Where an OpenAPI document usually is.
_DOCUMENTS = ("*.yaml", "*.yml", "*.json")
_DOCUMENT_FOLDERS = (".", "openapi", "api", "spec", "specs", "docs", "doc", "schema", "schemas")

#: Where pacts usually are.
_PACT_FOLDERS = ("pacts", "contracts", "pact", "tests/pacts", "test/pacts", "build/pacts", "target/pacts")

#: Larger files are no documents.
_LARGEST = 20_000_000

_SECONDS = 10


@lean_value(frozen=True)
class Repository:
    """What could be found out about a folder."""

    root: Path
    """The root of the repository, or the folder itself."""
    document: Path | None = None
    """The OpenAPI document of this API, from the root."""
    pacts: Path | None = None
    """The folder with pacts, from the root."""
    ci: str = GITHUB
    reason: str = ""
    """Why that kind of continuous integration; empty if it is a guess."""


def discover(folder: Path, path_of_api: str) -> Repository:
    """Look at a folder; `path_of_api` stands in every document of the API."""
    root = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), folder)
    ci, reason = _find_ci(root)
    return Repository(root, _find_document(root, path_of_api), _find_pacts(root), ci, reason)


def find_commit() -> str | None:
    """The commit that this storepact was installed from; None if that cannot be found out."""
    try:
        text = distribution("storepact").read_text("direct_url.json") or "{}"
        origin = json.loads(text)
    except (PackageNotFoundError, ValueError):
        return None
    commit = origin.get("vcs_info", {}).get("commit_id")
    if commit:
        return str(commit)
    folder = Path(unquote(urlsplit(origin.get("url", "")).path))
    is_published = "dir_info" in origin and bool(_git(folder, "branch", "--remotes", "--contains", "HEAD"))
    return _git(folder, "rev-parse", "HEAD") if is_published else None


def _find_ci(root: Path) -> tuple[str, str]:
    """The kind of continuous integration, and what shows it."""
    if (root / ".github").is_dir():
        return GITHUB, "there is a folder .github"
    if (root / ".gitlab-ci.yml").is_file():
        return GITLAB, "there is a .gitlab-ci.yml"
    remote = _git(root, "remote", "get-url", "origin") or ""
    host = (
        remote.partition("@")[2].partition(":")[0] if "://" not in remote else urlsplit(remote).hostname or ""
    )
    for kind in (GITHUB, GITLAB):
        if kind in host:
            return kind, f"the remote is on {host}"
    return GITHUB, ""


def _git(folder: Path, *words: str) -> str | None:
    """What git prints; None if it fails or is not there."""
    try:
        result = subprocess.run(
            ["git", "-C", str(folder), *words],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def _find_document(root: Path, path_of_api: str) -> Path | None:
    """The first OpenAPI document that describes the API."""
    for path in _files(root, _DOCUMENT_FOLDERS, _DOCUMENTS):
        text = _read(path)
        if "openapi" in text[:2_000] and path_of_api in text:
            return path.relative_to(root)
    return None


def _find_pacts(root: Path) -> Path | None:
    """The first folder with a pact in it."""
    for path in _files(root, _PACT_FOLDERS, ("*.json",)):
        try:
            content = json.loads(_read(path))
        except (ValueError, RecursionError):
            continue
        if (
            isinstance(content, dict)
            and "consumer" in content
            and ("interactions" in content or "messages" in content)
        ):
            return path.parent.relative_to(root)
    return None


def _files(root: Path, folders: tuple[str, ...], patterns: tuple[str, ...]) -> Iterator[Path]:
    for folder in folders:
        for pattern in patterns:
            try:
                yield from sorted(path for path in (root / folder).glob(pattern) if path.is_file())
            except OSError:
                continue


def _read(path: Path) -> str:
    """A file's text; empty if it cannot be read or is too large."""
    try:
        return path.read_text(encoding="utf-8") if path.stat().st_size <= _LARGEST else ""
    except (OSError, UnicodeDecodeError):
        return ""
