"""Secrets of the environment, masked in what is printed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from storepact.model.exchange import mask_values

#: The variable with the URL of a Pact Broker, as the tools of Pact read it.
BROKER_VARIABLE = "PACT_BROKER_BASE_URL"

_SECRET_VARIABLE = re.compile(r"^(?:STOREPACT|PACT_BROKER)_.*(?:TOKEN|PASSWORD)")


#: Variables of others, such as those that --token-env names; a short value may be an ordinary word.
_FURTHER_VARIABLE = re.compile(r"TOKEN|PASSWORD|SECRET|API_?KEY")


_SHORTEST_SECRET = 12


def mask_environment(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """A text with the environment's tokens and passwords, for storepact and for a broker, masked."""
    secrets = (
        value.strip()
        for name, value in environment.items()
        if _SECRET_VARIABLE.match(name)
        or (len(value.strip()) >= _SHORTEST_SECRET and _FURTHER_VARIABLE.search(name.upper()))
    )
    return mask_values(text, secrets)
