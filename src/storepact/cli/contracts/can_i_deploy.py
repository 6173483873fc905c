"""`storepact contracts can-i-deploy`: may a version be deployed?"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from storepact.cli.contracts.options import BrokerUrl
from storepact.cli.options import FamilyName
from storepact.model.outcome import Verdict

Version = Annotated[str, Parameter(help="The version that is to be deployed.")]
Environment = Annotated[
    str, Parameter(help="The environment that it is to be deployed to, as the broker calls it.")
]
Pacticipant = Annotated[str | None, Parameter(help="Whose version it is; the provider's if not given.")]


def can_i_deploy(
    *,
    version: Version,
    to_environment: Environment,
    pacticipant: Pacticipant = None,
    broker_url: BrokerUrl = None,
    family: FamilyName = None,
) -> Verdict:
    """Find out from a Pact Broker whether a version may be deployed, by the official pact command line.

    Exit codes: 0 yes, 1 no, 2 wrong usage, 3 the broker did not say.
    """
    from storepact.families import find_family
    from storepact.transport import pact_cli

    arguments = ["can-i-deploy", "--pacticipant", pacticipant or find_family(family).provider]
    arguments += ["--version", version, "--to-environment", to_environment]
    deployable = pact_cli.run(arguments, broker_url, no="Computer says no")
    return Verdict.CONFORMS if deployable else Verdict.BROKEN
