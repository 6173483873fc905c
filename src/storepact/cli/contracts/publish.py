"""`storepact contracts publish`: publish pacts to a Pact Broker."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from storepact.cli.contracts.options import BrokerUrl
from storepact.cli.options import Contracts, PactFiles

Version = Annotated[str, Parameter(help="The consumers' version; best a commit.")]
Branch = Annotated[str | None, Parameter(help="The consumers' branch.")]
Tags = Annotated[tuple[str, ...], Parameter(help="A tag for the version; may be repeated.")]


def publish(
    *files: PactFiles,
    version: Version,
    broker_url: BrokerUrl = None,
    branch: Branch = None,
    tag: Tags = (),
    contracts: Contracts = None,
) -> None:
    """Publish pacts to a Pact Broker, by the official pact command line.

    PACT_BROKER_TOKEN comes from the environment.
    Exit codes: 0 published, 2 wrong usage, 3 the broker did not accept them.
    """
    from storepact.run.contracts import collect_pacts, publish_pacts

    publish_pacts(collect_pacts(files, contracts), version, broker_url, branch=branch, tags=tag)
