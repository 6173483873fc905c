"""The verbs about contracts: they ask no target."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from msgspec import to_builtins

from storepact.model.errors import UsageError
from storepact.model.paths import data_path

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="What consumers rely on, beside the document; no target is asked.",
)

_Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILES", help="Pacts, or folders with pacts; those of --contracts if none is given."
    ),
]
_OpenApi = Annotated[Path | None, typer.Option(help="The document to compare with.")]
_Contracts = Annotated[Path | None, typer.Option(help="The folder with the pacts.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def check(
    files: _Files = None,
    openapi: _OpenApi = None,
    contracts: _Contracts = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail, too.")] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Show differences that hurt nobody, too.")] = False,
    as_json: _Json = False,
) -> int:
    """Compare pacts with the document, both ways: what is relied on and not described, what is described and not used.

    Exit codes: 0 every pact fits, 1 one does not, 2 a file cannot be used, 3 there was nothing to compare.
    """
    from storepact.families import DEFAULT_FAMILY
    from storepact.openapi.document import load_document
    from storepact.pacts import check, collect_contracts
    from storepact.record.store import dump
    from storepact.report import fit
    from storepact.report.terminal import width_of_output

    if files and contracts:
        raise UsageError("give either FILES or --contracts")
    document = load_document(openapi or data_path("openapi", DEFAULT_FAMILY.document))
    collected = collect_contracts(files or [contracts or data_path("contracts")])
    result = check.compare_contracts(collected, document, DEFAULT_FAMILY.provider, whole=not files)
    sys.stdout.write(
        dump(to_builtins(result))
        if as_json
        else fit.render(result, width_of_output(), notes=notes, strict=strict)
    )
    return 0 if result.fits(strict=strict) else 1


@app.command()
def impact(
    members: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MEMBERS",
            help="Any of these: /version, _status/lastSync, 404, getIntegration, Retry-After.",
        ),
    ] = None,
    openapi: _OpenApi = None,
    contracts: _Contracts = None,
    as_json: _Json = False,
) -> int:
    """Print who relies on what: for each part of an answer the consumers that a change of it hurts, and those that it does not."""
    from storepact.families import DEFAULT_FAMILY
    from storepact.openapi.document import load_document
    from storepact.pacts import check, collect_contracts
    from storepact.record.store import dump
    from storepact.report import fit
    from storepact.report.terminal import print_tables

    document = load_document(openapi or data_path("openapi", DEFAULT_FAMILY.document))
    collected = collect_contracts([contracts or data_path("contracts")])
    result = check.map_impact(collected, document, members or [])
    if as_json:
        sys.stdout.write(dump(to_builtins(result)))
    else:
        print_tables([fit.rows(result)])
    return 0


_BrokerUrl = Annotated[str | None, typer.Option(envvar="PACT_BROKER_BASE_URL", help="The Pact Broker's URL.")]


@app.command()
def publish(
    version: Annotated[str, typer.Option(help="The consumers' version: a commit, best of all.")],
    files: _Files = None,
    broker_url: _BrokerUrl = None,
    branch: Annotated[str | None, typer.Option(help="The consumers' branch.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag for the version; may be repeated.")] = None,
    contracts: _Contracts = None,
) -> int:
    """Publish pacts to a Pact Broker, by the official pact command line. PACT_BROKER_TOKEN comes from the environment.

    Exit codes: 0 published, 2 wrong usage, 3 the broker did not take them.
    """
    from storepact.pacts import collect_contracts
    from storepact.transport import pact_cli

    if files and contracts:
        raise UsageError("give either FILES or --contracts")
    if not version.strip():
        raise UsageError("--version is empty: whose pacts are they?")
    gathered = collect_contracts(files or [contracts or data_path("contracts")])
    arguments = ["publish", *(str(path) for _, path in gathered), "--consumer-app-version", version]
    arguments += ["--branch", branch] if branch else []
    arguments += [word for each in tag or () for word in ("--tag", each)]
    pact_cli.run(arguments, broker_url)
    return 0


@app.command(name="can-i-deploy")
def can_i_deploy(
    version: Annotated[str, typer.Option(help="The version that is to be deployed.")],
    to_environment: Annotated[str, typer.Option(help="Where it is to go, as the broker calls it.")],
    pacticipant: Annotated[
        str | None, typer.Option(help="Whose version it is; the provider's, if not given.")
    ] = None,
    broker_url: _BrokerUrl = None,
) -> int:
    """Ask a Pact Broker whether a version may be deployed, by the official pact command line.

    Exit codes: 0 yes, 1 no, 2 wrong usage, 3 the broker could not be asked.
    """
    from storepact.families import DEFAULT_FAMILY
    from storepact.transport import pact_cli

    name = pacticipant or DEFAULT_FAMILY.provider
    arguments = [
        "can-i-deploy",
        "--pacticipant",
        name,
        "--version",
        version,
        "--to-environment",
        to_environment,
    ]
    return 0 if pact_cli.run(arguments, broker_url, no="Computer says no") else 1
