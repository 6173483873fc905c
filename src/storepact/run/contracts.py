"""The pacts that the commands about contracts work on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storepact.model.errors import UsageError
from storepact.model.paths import data_path
from storepact.pacts import Contract, collect_contracts
from storepact.transport import pact_cli


def collect_pacts(
    files: Sequence[Path], folder: Path | None = None, *, lenient: bool = False
) -> tuple[tuple[Contract, Path], ...]:
    """The pacts of some files and folders, else those of `folder`, else our own; each with its path.

    If `lenient`, a pact may hold interactions that cannot be read, beside others.

    Raises:
        UsageError: files and a folder, or a path that does not exist.
        PactUnusable: a file is no pact.
        NothingTested: there is no pact.

    """
    if files and folder:
        raise UsageError("give either FILES or --contracts")
    return collect_contracts([*files] or [folder or data_path("contracts")], lenient=lenient)


def publish_pacts(
    pacts: Sequence[tuple[Contract, Path]],
    version: str,
    broker_url: str | None,
    *,
    branch: str | None,
    tags: Sequence[str],
) -> None:
    """Publish pacts to a broker by the official pact command line, as those of the consumers' `version`.

    Raises:
        UsageError: the version is empty, or there is no broker.
        BrokerFailed: the broker does not accept them.

    """
    if not version.strip():
        raise UsageError("--version is empty: give the version of the consumers whose pacts these are")
    arguments = ["publish", *(str(path) for _, path in pacts), "--consumer-app-version", version]
    arguments += ["--branch", branch] if branch else []
    arguments += [word for tag in tags for word in ("--tag", tag)]
    pact_cli.run(arguments, broker_url)
