"""What the parts of a record have in common."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

#: The version of run.json.
FORMAT: Literal[2] = 2

#: The version of compare.json.
COMPARISON_FORMAT: Literal[1] = 1

#: The version of teeth.json.
TEETH_FORMAT: Literal[1] = 1

#: The target of runs on the embedded mock.
MOCK_TARGET = "mock"

#: The profiles of records of runs that sent no cases: no seed has decided anything.
TRAFFIC_PROFILE = "traffic"
STORE_PROFILE = "store"
WITHOUT_CASES = (TRAFFIC_PROFILE, STORE_PROFILE)

Code = Annotated[str, Meta(pattern="^SP[0-9]{3}$")]
Fingerprint = Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]
Names = tuple[str, ...]
Timestamp = Annotated[str, Meta(description="ISO 8601, UTC")]
Headers = tuple[tuple[str, str], ...]


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a record."""
