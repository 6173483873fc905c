"""The settings of a run: each option is one field, with its help, its limits and the commands that take it.

The command line, the options of pytest and the table in README.md are made from these fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storepact.engines.profiles import DEFAULT_SEED, PROFILES
from storepact.families import FAMILY_NAMES, find_family
from storepact.model.outcome import SUITES
from storepact.model.paths import accepted_path, data_path
from storepact.run.options import (
    CLEANUP,
    EVERYWHERE,
    ONLY_VERIFY,
    REACHING,
    REPLAY,
    RUNS,
    VERIFY,
    OptionField,
    fields_of,
    markdown_table,
    option,
)

if TYPE_CHECKING:
    from storepact.engines.family import Family
    from storepact.transport.route import Route

#: The value of `--target` for the embedded mock, and of `--history` for no history.
MOCK, NO_HISTORY = "mock", "none"

#: How many resources of a run may exist at once on a live target, unless `--max-resources` says otherwise.
LIVE_RESOURCES = 20


@dataclass(frozen=True)
class Settings:
    """What a user can choose for a run. The paths of files are None where the family's own are meant."""

    target: str = option(
        MOCK, "mock, commercial, federal, eu, a URL, or a name of storepact.toml.", commands=RUNS | {CLEANUP}
    )
    project: str | None = option(
        None, "Key of the project to work in; default if not given.", commands=REACHING
    )
    environment: str | None = option(
        None,
        "Key of the environment to work in; the first of test, development that exists if not given.",
        commands=REACHING,
    )
    allow_writes: bool = option(False, "Create, change and delete on a live target.", commands=EVERYWHERE)
    allow_enable: bool = option(
        False, "Switch resources on at a live target; without it they stay off.", commands=EVERYWHERE
    )
    allow_production: bool = option(
        False, "Work in an environment that is called production.", commands=EVERYWHERE
    )
    max_resources: int | None = option(
        None,
        f"How many resources may exist at once on a live target; {LIVE_RESOURCES} if not given.",
        commands=EVERYWHERE,
        minimum=1,
    )
    isolation_scope: tuple[str, ...] = option(
        (),
        "A further project and environment that the run may write to: nothing may leak between it and the "
        "run's own. May be repeated: another environment of the same project, and another project.",
        commands=EVERYWHERE,
        metavar="PROJECT/ENV",
    )
    suite: tuple[str, ...] = option(
        (), f"Only this suite; may be repeated: {', '.join(SUITES)}.", commands=ONLY_VERIFY, pytest=False
    )
    operation: tuple[str, ...] = option(
        (),
        "Only this operation, by its id or as 'METHOD /path'; may be repeated.",
        commands=ONLY_VERIFY,
        metavar="OPERATION",
        pytest=False,
    )
    check: tuple[str, ...] = option(
        (),
        "Only this check, by its code or name; may be repeated. See storepact checks.",
        commands=ONLY_VERIFY,
        metavar="CHECK",
        pytest=False,
    )
    exclude_check: tuple[str, ...] = option(
        (),
        "Leave out this check; may be repeated.",
        commands=ONLY_VERIFY,
        metavar="CHECK",
        pytest=False,
    )
    max_failures: int | None = option(
        None,
        "Stop after so many findings that are not accepted; -x alone stops after the first.",
        commands=ONLY_VERIFY,
        metavar="N",
        minimum=1,
        pytest=False,
        short="-x",
    )
    profile: str | None = option(
        None,
        f"How much is generated: {', '.join(PROFILES)}; live for targets on other machines and gate else, if "
        "not given.",
    )
    seed: int = option(DEFAULT_SEED, "The same seed makes the same cases.", commands=EVERYWHERE - {REPLAY})
    examples: int | None = option(None, "Fuzzed cases per operation, kind and mode.", minimum=1)
    workers: int = option(
        1, "Processes that send requests at the same time; one record.", minimum=1, maximum=16, pytest=False
    )
    report_dir: Path = option(
        Path("storepact-report"), "The folder for run.json and the reports.", commands=EVERYWHERE
    )
    save_har: Path | None = option(
        None,
        "Save every exchange in this HAR file, secrets masked; storepact check judges it again.",
        commands=ONLY_VERIFY,
        metavar="FILE",
        pytest=False,
    )
    openapi: Path | None = option(
        None, "The OpenAPI document that the provider is held to.", commands=REACHING
    )
    contracts: Path | None = option(None, "The folder with the pacts.", commands=EVERYWHERE)
    accepted: Path | None = option(
        None, "The file of accepted findings; accepted.json beside the pacts if not given."
    )
    baseline: tuple[str, ...] = option(
        (),
        "An earlier run to compare with: a run.json, its folder, latest-green, or the number of a run in the "
        "history; may be repeated, oldest first.",
        commands=ONLY_VERIFY,
        metavar="RUN",
    )
    fail_on_not_verified: bool = option(
        False, "Undetermined (exit code 3) if anything that this target can show was not verified."
    )
    min_coverage: float | None = option(
        None,
        "Undetermined (exit code 3) if a smaller share of the owed rows of the document was covered.",
        metavar="PERCENT",
        minimum=0,
        maximum=100,
    )
    history: str | None = option(
        None,
        "The database of runs: a file, postgresql://USER@HOST/NAME, or none; STOREPACT_HISTORY or a file in "
        "the state folder if not given.",
        commands=RUNS | {REPLAY},
        metavar="URL",
    )
    provider: str | None = option(
        None, "The provider's name in the pacts, if it has another one there.", commands=RUNS | {REPLAY}
    )
    broker_url: str | None = option(
        None, "Fetch the pacts from the Pact Broker at this URL.", commands=ONLY_VERIFY
    )
    consumer_branch: str | None = option(
        None, "With --broker-url: the consumers' branch whose pacts are fetched.", commands=ONLY_VERIFY
    )
    provider_version: str | None = option(
        None,
        "The version or build of the provider that is tested: it is in the record and the reports; with "
        "--publish the results belong to it.",
    )
    provider_branch: str | None = option(
        None, "With --broker-url: the branch of the provider that is tested.", commands=ONLY_VERIFY
    )
    publish: bool = option(
        False, "With --broker-url: publish the results to the broker.", commands=ONLY_VERIFY
    )
    dry_run: bool = option(
        False,
        "Send nothing to the target: make the same run on the embedded mock, and print what it sends.",
        commands=ONLY_VERIFY,
        pytest=False,
    )
    drift: Path | None = option(
        None,
        "A drift.json; its verdict on the published document becomes part of the run's.",
        commands=frozenset(),
    )
    timeout: float = option(
        10.0,
        "Seconds for a whole response.",
        commands=REACHING,
        minimum=0.1,
        pytest_name="--target-timeout",
    )
    patience: float = option(
        60.0,
        "Seconds that the run waits for a limit of the provider, or for the end of an outage.",
        commands=REACHING,
        minimum=0,
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
    rate: float | None = option(None, "At most so many requests per second.", commands=REACHING, minimum=0.01)
    max_requests: int | None = option(
        None,
        "At most so many requests; after them the run ends undetermined.",
        commands=EVERYWHERE,
        minimum=1,
    )
    deadline: float | None = option(
        None, "Seconds for the whole run; after them it ends undetermined.", commands=EVERYWHERE, minimum=1
    )
    max_network_errors: float = option(
        1.0,
        "Undetermined (exit code 3) if a larger share of the exchanges fails on the way.",
        commands=EVERYWHERE,
        metavar="PERCENT",
        minimum=0,
        maximum=100,
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
    def writable(self) -> bool:
        """Whether the run may create, change and delete."""
        return self.is_mock or self.allow_writes

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
        return tuple(name for name in SUITES if not self.suite or name in self.suite)

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
