"""Traffic: exchanges that other programs made, as a file or a proxy has them, secrets in the clear."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from storepact.model.exchange import Request, Response
from storepact.model.values import lean_value


class Treatment(StrEnum):
    """What became of one exchange: it was judged, or the reason why it says nothing about the provider."""

    JUDGED = "judged"
    OTHER_PATH = "other path"
    """The document describes no such path."""
    OTHER_METHOD = "other method"
    """OPTIONS, HEAD and the like: no operation, and no wrong verb either."""
    NO_RESPONSE = "no response"
    """It was aborted, blocked, or is cut off in the recording."""
    CACHED = "cached"
    """A cache answered, or the provider said that the cached response still holds."""
    GATEWAY = "gateway"
    """A server in front of the provider answered: that it cannot reach it, or with another place."""
    OTHER_PROTOCOL = "other protocol"
    """Not HTTP, or HTTP up to the change to another protocol, such as WebSocket."""
    SKIPPED = "skipped"
    """It passed while judging had fallen behind."""
    UNREADABLE = "unreadable"
    """The recording of it cannot be read."""


@lean_value(frozen=True, repr=False)
class TrafficRequest:
    """A request of other people's traffic; it holds their secrets, and is never written anywhere."""

    origin: str
    """Scheme, host and port of the URL."""
    request: Request
    has_headers: bool = True
    """Whether its headers were recorded."""
    has_authorization: bool = True
    """Whether the token was recorded, or it is known that there was none."""
    has_body: bool = True
    """Whether its body was recorded, or it is known that there was none."""

    def __repr__(self) -> str:
        return f"TrafficRequest({self.request.method} {self.origin})"


@lean_value(frozen=True, repr=False)
class TrafficResponse:
    """A response of other people's traffic."""

    response: Response
    has_body: bool = True
    """Whether its body was recorded, or it is known that there was none."""
    has_headers: bool = True
    """Whether its headers were recorded."""


@lean_value(frozen=True, repr=False)
class TrafficEntry:
    """One exchange of a recording. Times are in seconds; without them the order of the recording counts."""

    number: int
    """Its position in the recording, from 1."""
    request: TrafficRequest | None
    """None where it cannot be read."""
    response: TrafficResponse | None
    started: float = 0.0
    ended: float = 0.0
    cached: bool = False
    other_protocol: bool = False
    """Whether its URL is of another protocol than HTTP; its request is None then."""


@lean_value(frozen=True, repr=False)
class Traffic:
    """The exchanges of one file, in the order in which they began."""

    name: str
    entries: tuple[TrafficEntry, ...] = field(default=())
    complete: bool = False
    """Whether every write to the places in it is recorded: no other client wrote there."""
    related: bool = True
    """Whether the exchanges belong to one history; those of the findings of a record do not."""
