"""The settings of a run: each option is one field, with its help, its limits and the commands that take it.

The command line, the options of pytest and the table in README.md are made from these fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from storepact.engines.family import Family, Scope
from storepact.engines.options import DEFAULT_SEED, EngineOptions
from storepact.engines.profiles import PROFILES, Profile, get_profile
from storepact.engines.scopes import isolation_scopes, scope_candidates, without_production
from storepact.families import DEFAULT_FAMILY, FAMILIES, find_family, require_mock
from storepact.model.errors import UnknownName, UsageError
from storepact.model.outcome import SUITES
from storepact.model.paths import accepted_path, data_path
from storepact.model.run_mark import make_run_mark
from storepact.transport.addresses import is_loopback
from storepact.transport.credentials import TokenSource
from storepact.transport.pacing import Limits
from storepact.transport.route import Route

#: The value of `--target` for the embedded mock, and of `--history` for no history.
MOCK, NO_HISTORY = "mock", "none"

#: How many resources of a run may exist at once on a live target, unless `--max-resources` says otherwise.
LIVE_RESOURCES = 20

#: The commands that take options of a run.
VERIFY, TRIPWIRE, PROVE, TWIN, CLEANUP = "verify", "tripwire", "prove", "twin", "cleanup"
_RUNS = frozenset({VERIFY, TRIPWIRE})
_EVERYWHERE = frozenset({VERIFY, TRIPWIRE, PROVE, TWIN})
_ONLY_VERIFY = frozenset({VERIFY})
#: Options about how a target is reached; `cleanup` tests nothing and takes no others.
_REACHING = _EVERYWHERE | {CLEANUP}


@dataclass(frozen=True)
class Option:
    """How one field of the settings is offered to users."""

    help: str
    commands: frozenset[str] = _RUNS
    """The commands that take the option."""
    metavar: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    pytest: bool = True
    """Whether pytest takes the option, too."""
    pytest_name: str = ""
    """The option's name in pytest, where a plugin of others uses ours."""


@dataclass(frozen=True)
class OptionField:
    """One option with what the dataclass says about it."""

    name: str
    """The field's name."""
    type: Any
    default: Any
    option: Option

    @property
    def flag(self) -> str:
        """The option as it is typed."""
        return "--" + self.name.replace("_", "-")

    @property
    def environment_variable(self) -> str:
        """The environment variable that stands for the option."""
        return f"STOREPACT_{self.name.upper()}"


def _option(default: Any, help_: str, **details: Any) -> Any:
    return field(default=default, metadata={"option": Option(help_, **details)})


@dataclass(frozen=True)
class Settings:
    """What a user can choose for a run. The paths of files are None where the family's own are meant."""

    target: str = _option(MOCK, "mock, commercial, federal, eu, or a URL.", commands=_RUNS | {CLEANUP})
    project: str | None = _option(
        None, "Key of the project to work in; default if not given.", commands=_REACHING
    )
    environment: str | None = _option(
        None,
        "Key of the environment to work in; the first of test, development that exists if not given.",
        commands=_REACHING,
    )
    allow_writes: bool = _option(False, "Create, change and delete on a live target.", commands=_EVERYWHERE)
    allow_enable: bool = _option(
        False, "Switch resources on at a live target; without it they stay off.", commands=_EVERYWHERE
    )
    allow_production: bool = _option(
        False, "Work in an environment that is called production.", commands=_EVERYWHERE
    )
    max_resources: int | None = _option(
        None,
        f"How many resources may exist at once on a live target; {LIVE_RESOURCES} if not given.",
        commands=_EVERYWHERE,
        minimum=1,
    )
    isolation_scope: tuple[str, ...] = _option(
        (),
        "A further project and environment that the run may write to: nothing may leak between it and the "
        "run's own. May be repeated: another environment of the same project, and another project.",
        commands=_EVERYWHERE,
        metavar="PROJECT/ENV",
    )
    suite: tuple[str, ...] = _option(
        (), f"Only this suite; may be repeated: {', '.join(SUITES)}.", commands=_ONLY_VERIFY, pytest=False
    )
    profile: str | None = _option(
        None,
        f"How much is generated: {', '.join(PROFILES)}; live for targets on other machines and gate else, if "
        "not given.",
    )
    seed: int = _option(DEFAULT_SEED, "The same seed makes the same cases.", commands=_EVERYWHERE)
    examples: int | None = _option(None, "Fuzzed cases per operation, kind and mode.", minimum=1)
    workers: int = _option(
        1, "Processes that send requests at the same time; one record.", minimum=1, maximum=16, pytest=False
    )
    report_dir: Path = _option(
        Path("storepact-report"), "The folder for run.json and the reports.", commands=_EVERYWHERE
    )
    save_har: Path | None = _option(
        None,
        "Save every exchange in this HAR file, secrets masked; storepact check judges it again.",
        commands=_ONLY_VERIFY,
        metavar="FILE",
        pytest=False,
    )
    openapi: Path | None = _option(
        None, "The OpenAPI document that the provider is held to.", commands=_REACHING
    )
    contracts: Path | None = _option(None, "The folder with the pacts.", commands=_EVERYWHERE)
    accepted: Path | None = _option(
        None, "The file of accepted findings; accepted.json beside the pacts if not given."
    )
    baseline: tuple[str, ...] = _option(
        (),
        "An earlier run to compare with: a run.json, its folder, latest-green, or the number of a run in the "
        "history; may be repeated, oldest first.",
        commands=_ONLY_VERIFY,
        metavar="RUN",
    )
    fail_on_not_verified: bool = _option(
        False, "Undetermined (exit code 3) if anything that this target can show was not verified."
    )
    min_coverage: float | None = _option(
        None,
        "Undetermined (exit code 3) if a smaller share of the owed rows of the document was covered.",
        metavar="PERCENT",
        minimum=0,
        maximum=100,
    )
    history: str | None = _option(
        None,
        "The database of runs: a file, postgresql://USER@HOST/NAME, or none; STOREPACT_HISTORY or a file in "
        "the state folder if not given.",
        metavar="URL",
    )
    provider: str | None = _option(None, "The provider's name in the pacts, if it has another one there.")
    broker_url: str | None = _option(
        None, "Fetch the pacts from the Pact Broker at this URL.", commands=_ONLY_VERIFY
    )
    consumer_branch: str | None = _option(
        None, "With --broker-url: the consumers' branch whose pacts are fetched.", commands=_ONLY_VERIFY
    )
    provider_version: str | None = _option(
        None, "With --broker-url: the version of the provider that is tested.", commands=_ONLY_VERIFY
    )
    provider_branch: str | None = _option(
        None, "With --broker-url: the branch of the provider that is tested.", commands=_ONLY_VERIFY
    )
    publish: bool = _option(
        False, "With --broker-url: publish the results to the broker.", commands=_ONLY_VERIFY
    )
    dry_run: bool = _option(
        False,
        "Send nothing to the target: make the same run on the embedded mock, and print what it sends.",
        commands=_ONLY_VERIFY,
        pytest=False,
    )
    drift: Path | None = _option(
        None,
        "A drift.json; its verdict on the published document becomes part of the run's.",
        commands=frozenset(),
    )
    timeout: float = _option(
        10.0,
        "Seconds for a whole response.",
        commands=_REACHING,
        minimum=0.1,
        pytest_name="--target-timeout",
    )
    patience: float = _option(
        60.0,
        "Seconds that the run waits for a limit of the provider, or for the end of an outage.",
        commands=_REACHING,
        minimum=0,
    )
    rate: float | None = _option(
        None, "At most so many requests per second.", commands=_REACHING, minimum=0.01
    )
    max_requests: int | None = _option(
        None,
        "At most so many requests; after them the run ends undetermined.",
        commands=_EVERYWHERE,
        minimum=1,
    )
    deadline: float | None = _option(
        None, "Seconds for the whole run; after them it ends undetermined.", commands=_EVERYWHERE, minimum=1
    )
    max_network_errors: float = _option(
        1.0,
        "Undetermined (exit code 3) if a larger share of the exchanges fails on the way.",
        commands=_EVERYWHERE,
        metavar="PERCENT",
        minimum=0,
        maximum=100,
    )
    token_file: Path | None = _option(
        None,
        "A file with the token that may write, in place of STOREPACT_TOKEN; read again when it has expired.",
        commands=_REACHING,
    )
    token_command: str | None = _option(
        None,
        "A command that prints the token that may write; run again when it has expired.",
        commands=_REACHING,
        metavar="COMMAND",
    )
    ca_file: Path | None = _option(
        None, "A PEM file with certificates to trust beside the usual ones.", commands=_REACHING
    )
    client_cert: Path | None = _option(None, "A PEM file with the client's certificate.", commands=_REACHING)
    client_key: Path | None = _option(
        None, "A PEM file with its key, if the certificate's file does not hold it.", commands=_REACHING
    )
    proxy: str | None = _option(
        None,
        "The proxy: an http, https or socks5 URL, or none; HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY "
        "of the environment, for other machines, if not given.",
        commands=_REACHING,
        metavar="URL",
    )
    header: tuple[str, ...] = _option(
        (),
        "A further header of every request; may be repeated.",
        commands=_REACHING,
        metavar="'NAME: VALUE'",
    )
    insecure_http: bool = _option(
        False, "Send the token over plain http to another machine.", commands=_REACHING
    )
    family: str = _option(
        DEFAULT_FAMILY.name, f"The API that is tested: {', '.join(FAMILIES)}.", commands=_REACHING
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
    def suites(self) -> tuple[str, ...]:
        """The suites to run, in their usual order."""
        return tuple(name for name in SUITES if not self.suite or name in self.suite)

    @property
    def isolation_scopes(self) -> tuple[Scope, ...]:
        """Further scopes that the run may write to; the mock always has some.

        Raises:
            UsageError: one is not written as PROJECT/ENV.

        """
        return isolation_scopes(self.api.api, self.isolation_scope, is_mock=self.is_mock)

    def profile_for(self, base_url: str) -> Profile:
        """How much is generated for a target.

        Raises:
            UnknownName: there is no such profile.

        """
        usual = "gate" if self.is_mock or is_loopback(base_url) else "live"
        return get_profile(self.profile or usual)

    def limits(self, profile: Profile) -> Limits:
        """What a run of a profile may take: of time, of requests, of failures."""
        return Limits(
            self.timeout,
            self.patience,
            self.rate,
            self.max_requests or profile.requests,
            self.deadline,
            self.max_network_errors,
        )

    @property
    def route(self) -> Route:
        """How the target is reached."""
        return Route(self.ca_file, self.client_cert, self.client_key, self.proxy, self.header)

    @property
    def token_source(self) -> TokenSource | None:
        """Where the token that may write comes from, if not from the environment."""
        if self.token_file is None and self.token_command is None:
            return None
        return TokenSource(self.token_file, self.token_command)

    @property
    def _resources_per_process(self) -> int | None:
        """How many resources of one process may exist at once; any number on the embedded mock."""
        most = self.max_resources or (None if self.is_mock else LIVE_RESOURCES)
        return most and max(1, most // self.workers)

    def scopes(self, base_url: str) -> tuple[Scope, ...]:
        """The scopes to work in, in order of preference.

        Raises:
            UsageError: they are called production, and that is not allowed.

        """
        chosen = (self.project, self.environment)
        candidates = scope_candidates(
            self.api.api, chosen, is_mock=self.is_mock, is_local=is_loopback(base_url)
        )
        if not self.allow_writes or self.is_mock or self.allow_production:
            return candidates
        return without_production(candidates)

    def engine_options(self, base_url: str, **changes: Any) -> EngineOptions:
        """The part of the settings that the engines use; `changes` are further fields of EngineOptions.

        Raises:
            UsageError: a further scope is not written as PROJECT/ENV.
            UnknownName: there is no such profile or family.

        """
        profile = self.profile_for(base_url)
        values: dict[str, Any] = {
            "scopes": self.scopes(base_url),
            "isolation_scopes": self.isolation_scopes,
            "is_mock": self.is_mock,
            "writable": self.writable,
            "seed": self.seed,
            "profile": profile,
            "examples": self.examples,
            "limits": self.limits(profile),
            "route": self.route,
            "renewal": self.token_source,
            "openapi": self.document_path,
            "contracts": self.contracts_path,
            "accepted": self.accepted_path,
            "provider": self.provider,
            "save_har": self.save_har,
            "run_mark": "" if self.is_mock else str(make_run_mark()),
            "allow_enable": self.is_mock or self.allow_enable,
            "max_resources": self._resources_per_process,
            "journal": None if self.is_mock else self.report_dir / "journal",
        }
        return EngineOptions(base_url=base_url, **{**values, **changes})

    def check(self) -> None:
        """Refuse names that do not exist, and options that do not go together.

        Raises:
            UsageError: one of the settings cannot be used.

        """
        for name in self.suite:
            if name not in SUITES:
                raise UnknownName("suite", name, SUITES)
        get_profile(self.profile or "gate")
        _ = self.api, self.isolation_scopes
        if self.is_mock:
            require_mock(self.family)
        if self.accepted is not None and not self.accepted.is_file():
            raise UsageError(
                f"--accepted {self.accepted}: there is no such file; `storepact accept` writes it"
            )
        if self.broker_url is not None and self.contracts is not None:
            raise UsageError("give either --contracts or --broker-url")
        if self.broker_url is None and (
            self.publish or self.provider_version or self.provider_branch or self.consumer_branch
        ):
            raise UsageError(
                "--publish, --provider-version, --provider-branch and --consumer-branch go with --broker-url"
            )
        if self.token_file is not None and self.token_command is not None:
            raise UsageError("give either --token-file or --token-command")
        self.route.check()
        if self.publish and not self.provider_version:
            raise UsageError("--publish needs --provider-version: the results belong to a version")


def option_fields(command: str | None = None) -> Iterator[OptionField]:
    """Every option, or those of one command, in the order of the fields."""
    hints = get_type_hints(Settings)
    for entry in fields(Settings):
        option = entry.metadata["option"]
        if command is None or command in option.commands:
            yield OptionField(entry.name, hints[entry.name], entry.default, option)


def options_table(command: str = VERIFY) -> str:
    """The options of a command as a Markdown table, as README.md has it."""
    rows = [f"| `{entry.flag}` | {entry.option.help.removesuffix('.')} |" for entry in option_fields(command)]
    return "\n".join(["| option | meaning |", "| --- | --- |", *rows])
