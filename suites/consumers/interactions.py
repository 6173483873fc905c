"""What the tests of consumers share: the paths of the API in pacts, and pact's mock server.

Each interaction has a server of its own, because a server of many interactions is slow. Ids and keys are
assigned by the provider, so they are generators: they are filled in when a pact is verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pact import Pact, generate, match
from pact.match.matcher import GenericMatcher

PROVIDER = "persistent-store-integrations"
BASE = "/api/v2/integration-capabilities/big-segment-store"
PROJECT, ENVIRONMENT, ID = "default", "test", "64f0a1b2c3d4e5f6a7b8c9d0"
TOKEN = "api-of-the-pact"
JSON = GenericMatcher("regex", "application/json", regex=r"^application/json(\s*;.*)?$")


def generated_path(expression: str, example: str, regex: str) -> GenericMatcher:
    """A path with ids that the provider assigns: an expression for them, an example, and a pattern."""
    return GenericMatcher(
        "regex",
        BASE + example,
        regex=f"^{BASE}{regex}$",
        generator=generate.provider_state(BASE + expression),
    )


def collection_path(kind: str) -> GenericMatcher:
    """The path under which integrations of a kind are created."""
    return generated_path(
        f"/${{projectKey}}/${{environmentKey}}/{kind}",
        f"/{PROJECT}/{ENVIRONMENT}/{kind}",
        f"/[^/]+/[^/]+/{kind}",
    )


def resource_path(kind: str) -> GenericMatcher:
    """The path of an integration."""
    return generated_path(
        f"/${{projectKey}}/${{environmentKey}}/{kind}/${{integrationId}}",
        f"/{PROJECT}/{ENVIRONMENT}/{kind}/{ID}",
        f"/[^/]+/[^/]+/{kind}/[^/]+",
    )


def link(href: str = "/api/v2/somewhere"):
    """A link to any path."""
    return {"href": match.regex(href, regex="^/.*")}


@dataclass(frozen=True)
class Consumer:
    """A consumer whose pact is being built: the interactions of its client are added to a file in `folder`.

    `version` is what it sends as LD-API-Version; `strict` are members that break the client when they change,
    beside those that the response of an interaction names.
    """

    name: str
    folder: Path
    version: str = "beta"
    strict: tuple[str, ...] = ()

    def interaction(self, pact: Pact, description: str, method: str, path, *states: str, body=None):
        """Add an interaction to a pact, always with a token; what it returns takes the response."""
        interaction = pact.upon_receiving(description)
        for state in states:
            interaction = interaction.given(state)
        interaction = interaction.with_request(method, path).with_header("LD-API-Version", self.version)
        interaction = interaction.with_header("Authorization", match.regex(TOKEN, regex=r"^\S+$"))
        if body is not None:
            interaction = interaction.with_header("Content-Type", "application/json")
            interaction = interaction.with_body(body, "application/json")
        return interaction

    @contextmanager
    def pact(self) -> Iterator[Pact]:
        """A pact that is written after the block, if the block raises nothing."""
        pact = Pact(self.name, PROVIDER).with_specification("V4")
        yield pact
        pact.write_file(self.folder)

    @contextmanager
    def serve(
        self,
        description: str,
        method: str,
        path,
        *states: str,
        status: int,
        body=None,
        response=None,
        headers=(),
    ) -> Iterator[str]:
        """Add one interaction, and yield the base URL of a server that accepts this interaction only."""
        with self.pact() as pact:
            interaction = self.interaction(pact, description, method, path, *states, body=body)
            if self.strict:
                interaction = interaction.set_comment("strict", list(self.strict))
            interaction = interaction.will_respond_with(status)
            for name, value in headers:
                interaction = interaction.with_header(name, value)
            if response is not None:
                interaction.with_header("Content-Type", JSON).with_body(response, "application/json")
            with serve_pact(pact) as url:
                yield url


@contextmanager
def serve_pact(pact: Pact) -> Iterator[str]:
    """Yield the base URL of pact's mock server; it raises if the client leaves out or changes a request."""
    server = pact.serve("127.0.0.1", raises=True, verbose=False)
    with server:
        yield str(server)
    server._handle = None  # the server of a complete pact runs until it is collected
