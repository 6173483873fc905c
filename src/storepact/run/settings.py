"""The settings of a run: each option is one field, with its help, its limits and the commands that take it.

The command line, the options of pytest and the table in README.md are made from these fields. Those of what
is tested come first, from `run_settings`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from storepact.families import FAMILY_NAMES, find_family
from storepact.model.outcome import ALL_SUITES, DOCUMENT, SUITES
from storepact.model.paths import accepted_path, data_path
from storepact.model.values import lean_value
from storepact.run.options import (
    EVERYWHERE,
    REACHING,
    VERIFY,
    OptionField,
    fields_of,
    markdown_table,
    option,
)
from storepact.run.run_settings import MOCK, RunSettings

if TYPE_CHECKING:
    from storepact.engines.family import Family
    from storepact.transport.route import Route


#: The number of processes of a run on the embedded mock, where there are as many cores.
USUAL_WORKERS = 2

#: Whether tests can run in copies of a process: libraries of macOS do not survive it, Windows cannot.
CAN_FORK = sys.platform == "linux"


@lean_value(frozen=True)
class Settings(RunSettings):
    """What a user can choose for a run. The paths of files are None where the family's own are meant."""

    timeout: float = option(
        10.0,
        "Seconds for a whole response.",
        commands=REACHING,
        minimum=0.1,
        maximum=3_600,
        pytest_name="--target-timeout",
    )
    patience: float = option(
        60.0,
        "Seconds that the run waits for a limit of the provider, or for the end of an outage.",
        commands=REACHING,
        minimum=0,
        maximum=86_400,
    )
    settle: float | None = option(
        None,
        "Seconds within which a read may show the state before a write: it is read again, and a late answer "
        "is a note and no finding.",
        commands=EVERYWHERE,
        minimum=0,
        maximum=60,
        metavar="SECONDS",
    )
    rate: float | None = option(
        None, "At most so many requests per second.", commands=REACHING, minimum=0.01, maximum=100_000
    )
    max_requests: int | None = option(
        None,
        "At most so many requests; after them the run ends undetermined.",
        commands=EVERYWHERE,
        minimum=1,
    )
    deadline: float | None = option(
        None,
        "Seconds for the whole run; after them it ends undetermined.",
        commands=EVERYWHERE,
        minimum=1,
        maximum=604_800,
    )
    max_network_errors: float = option(
        1.0,
        "Undetermined (exit code 3) if a larger share of the exchanges fails on the way.",
        commands=EVERYWHERE,
        metavar="PERCENT",
        minimum=0,
        maximum=100,
    )
    max_body_size: float | None = option(
        None,
        "MiB of the largest body, as sent and decoded; if not given, 16, and 64 for the list of resources.",
        commands=REACHING,
        metavar="MIB",
        minimum=1,
        maximum=1_024,
    )
    token_env: str | None = option(
        None,
        "The variable with the token that may write, in place of STOREPACT_TOKEN.",
        commands=REACHING,
        metavar="NAME",
    )
    reader_token_env: str | None = option(
        None,
        "The variable with the token that may only read, in place of STOREPACT_READER_TOKEN.",
        commands=REACHING,
        metavar="NAME",
    )
    token_file: Path | None = option(
        None,
        "A file with the token that may write, in place of STOREPACT_TOKEN; read again when it has expired.",
        commands=REACHING,
    )
    token_command: str | None = option(
        None,
        "A command that prints the token that may write; run again when it has expired.",
        commands=REACHING,
        metavar="COMMAND",
    )
    ca_file: Path | None = option(
        None, "A PEM file with certificates to trust beside the usual ones.", commands=REACHING
    )
    client_cert: Path | None = option(None, "A PEM file with the client's certificate.", commands=REACHING)
    client_key: Path | None = option(
        None, "A PEM file with its key, if the certificate's file does not hold it.", commands=REACHING
    )
    proxy: str | None = option(
        None,
        "The proxy: an http, https or socks5 URL, or none; HTTPS_PROXY, HTTP_PROXY, ALL_PROXY of the "
        "environment, for other machines, if not given. Hosts of NO_PROXY are reached directly.",
        commands=REACHING,
        metavar="URL",
    )
    header: tuple[str, ...] = option(
        (),
        "A further header of every request; may be repeated.",
        commands=REACHING,
        metavar="'NAME: VALUE'",
        short="-H",
    )
    insecure_http: bool = option(
        False, "Send the token over plain http to another machine.", commands=REACHING
    )
    family: str = option(
        FAMILY_NAMES[0], f"The API that is tested: {', '.join(FAMILY_NAMES)}.", commands=REACHING
    )

    @property
    def api(self) -> Family:
        """The family of the API under test.

        Raises:
            UnknownName: there is no such family.

        """
        return find_family(self.family)

    @property
    def is_mock(self) -> bool:
        """Whether the target is the embedded mock."""
        return self.target == MOCK

    @property
    def sends_nothing(self) -> bool:
        """Whether a live target is named, and no suite sends anything: the document suite alone."""
        return not self.is_mock and self.suites == (DOCUMENT,)

    @property
    def writable(self) -> bool:
        """Whether the run may create, change and delete."""
        return self.is_mock or self.allow_writes

    @property
    def processes(self) -> int:
        """How many processes run the tests."""
        if self.workers is not None:
            return self.workers
        may_divide = self.is_mock and CAN_FORK and (os.cpu_count() or 1) >= USUAL_WORKERS
        return USUAL_WORKERS if may_divide else 1

    @property
    def provider_name(self) -> str:
        """The provider's name in pacts."""
        return self.provider or self.api.provider

    @property
    def document_path(self) -> Path:
        """The path of the OpenAPI document."""
        return self.openapi or data_path("openapi", self.api.document)

    @property
    def contracts_path(self) -> Path:
        """The folder of pacts, where they come from no broker."""
        return self.contracts or data_path("contracts")

    @property
    def accepted_path(self) -> Path:
        """The file of accepted findings; it need not exist."""
        return self.accepted or accepted_path(self.contracts)

    @property
    def selects(self) -> bool:
        """Whether operations or checks are left out."""
        return bool(self.operation or self.check or self.exclude_check)

    @property
    def suites(self) -> tuple[str, ...]:
        """The suites to run, in their usual order."""
        return tuple(name for name in ALL_SUITES if name in (self.suite or SUITES))

    @property
    def route(self) -> Route:
        """How the target is reached."""
        from storepact.transport.route import Route  # it imports the HTTP client

        return Route(self.ca_file, self.client_cert, self.client_key, self.proxy, self.header)


def option_fields(command: str | None = None) -> Iterator[OptionField]:
    """Every option, or those of one command, in the order of the fields."""
    return (entry for entry in fields_of(Settings) if command is None or command in entry.option.commands)


def options_table(command: str = VERIFY) -> str:
    """The options of a command as a Markdown table, as docs/commands.md has it."""
    return markdown_table(option_fields(command))
