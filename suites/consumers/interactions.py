"""What the consumers' tests share: the API's paths as a pact names them, and one interaction on pact's mock server.

Each interaction has a server of its own: one that serves many gets slow. Ids and keys are the provider's to give, so they are
generators: whoever verifies the pact fills them in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pact import Pact, generate, match
from pact.match.matcher import GenericMatcher

PROVIDER = "persistent-store-integrations"
BASE = "/api/v2/integration-capabilities/big-segment-store"
PROJECT, ENVIRONMENT, ID = "default", "test", "64f0a1b2c3d4e5f6a7b8c9d0"
TOKEN = "api-of-the-pact"
JSON = GenericMatcher("regex", "application/json", regex=r"^application/json(\s*;.*)?$")


def provided(expression: str, example: str, regex: str) -> GenericMatcher:
    """A path whose ids the provider assigns."""
    return GenericMatcher(
        "regex",
        BASE + example,
        regex=f"^{BASE}{regex}$",
        generator=generate.provider_state(BASE + expression),
    )


def collection(kind: str) -> GenericMatcher:
    """Where integrations of a kind are created."""
    return provided(
        f"/${{projectKey}}/${{environmentKey}}/{kind}",
        f"/{PROJECT}/{ENVIRONMENT}/{kind}",
        f"/[^/]+/[^/]+/{kind}",
    )


def one(kind: str) -> GenericMatcher:
    """Where one integration is."""
    return provided(
        f"/${{projectKey}}/${{environmentKey}}/{kind}/${{integrationId}}",
        f"/{PROJECT}/{ENVIRONMENT}/{kind}/{ID}",
        f"/[^/]+/[^/]+/{kind}/[^/]+",
    )


def link(href: str = "/api/v2/somewhere"):
    """A link: its path is the provider's affair."""
    return {"href": match.regex(href, regex="^/.*")}


class Relying:
    """A consumer on its way to a pact: states what it needs, one interaction after the other, then has it written."""

    def __init__(self, consumer: str, folder: Path) -> None:
        self.consumer, self.folder = consumer, folder

    def interaction(
        self, pact: Pact, description: str, method: str, path, *states: str, body=None, version: str = "beta"
    ):
        """What is asked, always with a token."""
        asked = pact.upon_receiving(description)
        for state in states:
            asked = asked.given(state)
        asked = asked.with_request(method, path).with_header("LD-API-Version", version)
        asked = asked.with_header("Authorization", match.regex(TOKEN, regex=r"^\S+$"))
        if body is not None:
            asked = asked.with_header("Content-Type", "application/json").with_body(body, "application/json")
        return asked

    @contextmanager
    def pact(self) -> Iterator[Pact]:
        """A pact that is written after the block, if nothing went wrong in it."""
        pact = Pact(self.consumer, PROVIDER).with_specification("V4")
        yield pact
        pact.write_file(self.folder)

    @contextmanager
    def asks(
        self,
        description: str,
        method: str,
        path,
        *states: str,
        status: int,
        body=None,
        answer=None,
        headers=(),
        version: str = "beta",
    ) -> Iterator[str]:
        """One interaction, and the address of a server that holds the client to it."""
        with self.pact() as pact:
            asked = self.interaction(
                pact, description, method, path, *states, body=body, version=version
            ).will_respond_with(status)
            for name, value in headers:
                asked = asked.with_header(name, value)
            if answer is not None:
                asked.with_header("Content-Type", JSON).with_body(answer, "application/json")
            with served(pact) as url:
                yield url


@contextmanager
def served(pact: Pact) -> Iterator[str]:
    """The address of pact's mock server; what the client did not do, or did otherwise, is an error."""
    server = pact.serve("127.0.0.1", raises=True, verbose=False)
    with server:
        yield str(server)
    server._handle = None  # a server that was matched lives until it is collected
