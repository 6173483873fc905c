"""The pacts that the commands about contracts work on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storepact.families import find_family
from storepact.model.case import Auth
from storepact.model.errors import UsageError
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.pacts import Contract, collect_contracts
from storepact.pacts.check import KnownStates, compare_contracts
from storepact.pacts.contract_check import ContractCheck
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


def check_pacts(
    files: Sequence[Path], folder: Path | None, openapi: Path | None, family: str | None
) -> ContractCheck:
    """Compare pacts with a document; unknown provider states count only with the family's own document.

    Raises:
        UsageError: files and a folder, or a path that does not exist.
        PactUnusable: a file is no pact.
        DocumentUnusable: the document cannot be used.
        NothingTested: there is no pact.

    """
    api = find_family(family)
    document = load_document(openapi or data_path("openapi", api.document))
    states = None if openapi else KnownStates(api.api, lambda name: api.state_of(name) is not None)
    pacts = collect_pacts(files, folder, lenient=True)
    return compare_contracts(pacts, document, api.provider, whole=not files, states=states)


#: What a target needs so that it can be brought into a state.
_NEEDS = {
    "resource": "creates one: needs --allow-writes on a live target",
    "deleted": "creates and deletes one: needs --allow-writes on a live target",
    "nothing": "lists: not verified where others have resources",
    "scope": "the project and environment of the run",
}
_NEEDS_BY_TOKEN = {
    Auth.READER: "needs STOREPACT_READER_TOKEN",
    Auth.NONE: "sends no token",
    Auth.GARBAGE: "sends a token that was never issued",
}


def list_states(family: str | None) -> list[tuple[str, str]]:
    """The provider states of a family, each with what a target needs for it."""
    return [
        (
            state.name,
            _NEEDS.get(state.requires)
            or (
                "the run's own token"
                if state.auth is None
                else _NEEDS_BY_TOKEN.get(state.auth, "the mock only")
            ),
        )
        for state in find_family(family).states
    ]


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
