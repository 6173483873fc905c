"""The steps of a story: requests before and after they were sent, and the resources that they created."""

from __future__ import annotations

from storepact.model.api import Scope
from storepact.model.case import NOTHING, Auth
from storepact.model.exchange import Exchange
from storepact.model.story import SentRequest
from storepact.model.tree import Json
from storepact.model.values import lean_value

Headers = tuple[tuple[str, str | None], ...]


@lean_value(frozen=True)
class Resource:
    """A resource that a story created. `name` is how its steps call it: A, B, …"""

    name: str
    id: str
    kind: str
    scope: Scope


@lean_value(frozen=True)
class Step:
    """One request of a story before it is sent. `scope`, `kind` and `resource` are those of its path.

    `does` says what it does, for the reader, with `{resource}` for the resource's name.
    """

    does: str
    role: str
    scope: Scope
    kind: str | None = None
    resource: Resource | None = None
    body: Json = NOTHING
    auth: Auth = Auth.WRITER
    headers: Headers = ()
    mark: str = ""
    """A text that only this step's body contains."""
    tunnelled: bool = False
    """Sent as a POST that names the operation's verb in X-HTTP-Method-Override."""
    simultaneous: bool = False
    """Sent at the same moment as the steps beside it."""
    respelled: bool = False
    """Its JSON is written as few clients write it: with escapes and blanks that mean nothing."""
    path: str | None = None
    """The path of a request that belongs to no operation, or has an id of the scenario's own."""
    method: str = "GET"
    """The verb of such a request."""

    @property
    def id(self) -> str | None:
        """The id in its path."""
        return self.resource.id if self.resource else None

    @property
    def text(self) -> str:
        """What it does, with the names of resources."""
        name = self.resource.name if self.resource else ""
        prefix = "at the same moment: " if self.simultaneous else ""
        return prefix + self.does.replace("{resource}", name)

    @property
    def sent_role(self) -> str:
        """The role of its operation; empty where the request belongs to none."""
        return "" if self.path is not None else self.role


@lean_value(frozen=True)
class Entry:
    """A step that was sent, its exchange, and the resource that it created."""

    step: Step
    exchange: Exchange
    created: Resource | None = None

    def to_sent_request(self) -> SentRequest:
        """The entry as a request that can be sent again."""
        step = self.step
        return SentRequest(
            self.exchange,
            step.text,
            step.sent_role,
            step.kind or "",
            self.created.id if self.created else "",
            step.mark,
            simultaneous=step.simultaneous,
        )
