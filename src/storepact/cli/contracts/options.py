"""The options that the commands about a Pact Broker share."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from storepact.transport.environment import BROKER_VARIABLE

BrokerUrl = Annotated[str | None, Parameter(env_var=BROKER_VARIABLE, help="The URL of the Pact Broker.")]
