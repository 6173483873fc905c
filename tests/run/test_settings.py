"""Settings: every option is one field, and everything that offers options is made from the fields."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from storepact.model.errors import ConfigUnusable, UnknownName, UsageError
from storepact.run.engine_options import engine_options, isolation_scopes_of, scopes_of
from storepact.run.options import PROVE, TRIPWIRE, VERIFY
from storepact.run.pytest_options import add_options, read_options
from storepact.run.settings import Settings, option_fields, options_table
from storepact.run.settings_rules import check_settings

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


class Parser:
    """The part of pytest's parser that declares options, on argparse."""

    def __init__(self) -> None:
        self.parser = argparse.ArgumentParser(exit_on_error=False)

    def getgroup(self, name: str, description: str = "") -> Parser:
        return self

    def addoption(self, *names: str, **details: object) -> None:
        self.parser.add_argument(*names, **details)  # type: ignore[arg-type]


def read(*words: str, folder: Path = Path(), **environment: str) -> Settings:
    """The settings that pytest reads from some words."""
    parser = Parser()
    add_options(parser)  # type: ignore[arg-type]
    return read_options(
        parser.parser.parse_args(words), workers=None, environment=dict(environment), folder=folder
    )


def test_readme_has_the_table_that_the_fields_make() -> None:
    """docs/commands.md lists every option of `verify`; `options_table()` makes the table."""
    assert options_table() in PAGE.read_text(encoding="utf-8")


def test_every_option_has_a_help_that_is_a_sentence() -> None:
    """The help begins with a capital or the values, and ends with a full stop."""
    assert [entry.name for entry in option_fields() if not entry.option.help.endswith(".")] == []


@pytest.mark.parametrize("command", [VERIFY, TRIPWIRE, PROVE])
def test_a_command_has_a_part_of_the_options(command: str) -> None:
    """`option_fields(command)` keeps the order of the fields."""
    names = [entry.name for entry in option_fields(command)]
    assert names == [entry.name for entry in option_fields() if entry.name in names]
    assert "report_dir" in names


def test_pytest_reads_the_defaults() -> None:
    """Without options, pytest's settings are those of the command line."""
    assert read() == Settings()


def test_pytest_reads_every_kind_of_option() -> None:
    """Texts, numbers, paths, flags and repeated options."""
    settings = read(
        "--target", "eu", "--seed", "7", "--openapi", "api.yaml", "--allow-writes",
        "--baseline", "one", "--baseline", "two", "--target-timeout", "0.5",
    )  # fmt: skip
    assert settings == Settings(
        target="eu",
        seed=7,
        openapi=Path("api.yaml"),
        allow_writes=True,
        baseline=("one", "two"),
        timeout=0.5,
    )


def test_pytest_reads_the_configuration(tmp_path: Path) -> None:
    """The same file and variables as the command line; what is typed is stronger."""
    (tmp_path / "storepact.toml").write_text(
        'target = "a"\nseed = 1\nrate = 2\nsuite = ["pacts"]\nopenapi = "api.yaml"\n'
        '[targets.a]\nurl = "http://a"\nallow-writes = true\nisolation-scope = ["p/e"]\n'
    )
    variables = {
        "STOREPACT_RATE": "3.5",
        "STOREPACT_FAIL_ON_NOT_VERIFIED": "yes",
        "STOREPACT_HISTORY": "none",
    }
    assert read("--seed", "7", folder=tmp_path, **variables) == Settings(
        target="http://a",
        seed=7,
        rate=3.5,
        openapi=Path(os.path.relpath(tmp_path / "api.yaml")),
        allow_writes=True,
        isolation_scope=("p/e",),
        fail_on_not_verified=True,
    )
    assert read("--target", "mock", folder=tmp_path).allow_writes is False


@pytest.mark.parametrize("value", ["x", "0", ""])
def test_pytest_refuses_variables_that_cannot_be_used(value: str) -> None:
    """The error names the variable; an empty one is none."""
    if not value:
        assert read(STOREPACT_EXAMPLES=value) == Settings()
        return
    with pytest.raises(ConfigUnusable, match="STOREPACT_EXAMPLES: --examples"):
        read(STOREPACT_EXAMPLES=value)


@pytest.mark.parametrize("words", [("--examples", "0"), ("--target-timeout", "0"), ("--seed", "x")])
def test_pytest_refuses_values_outside_of_the_limits(words: tuple[str, str]) -> None:
    """The limits of a field hold for pytest, too."""
    with pytest.raises((argparse.ArgumentError, SystemExit)):
        read(*words)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(suite=("pact",)), "'pacts'"),
        (Settings(profile="explor"), "'explore'"),
        (Settings(family="none-such"), "family"),
        (Settings(isolation_scope=("default/production", "default")), "PROJECT/ENV"),
        (Settings(accepted=Path("nowhere.json")), "storepact accept"),
        (Settings(broker_url="http://b", contracts=Path("pacts")), "either --contracts or --broker-url"),
        (Settings(token_env="X", token_command="echo"), "either --token-env or --token-command"),
        (Settings(token_env="api-1234"), "takes the name of an environment variable"),
        (Settings(publish=True), "go with --broker-url"),
        (Settings(broker_url="http://b", publish=True), "needs --provider-version"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(settings: Settings, words: str) -> None:
    """`check` names the option, and the nearest name."""
    with pytest.raises((UsageError, UnknownName), match=words.replace("(", ".")):
        check_settings(settings)


def test_a_version_of_the_provider_needs_no_broker() -> None:
    """It is recorded whatever the source of the pacts is."""
    check_settings(Settings(provider_version="1.2.3"))


def test_the_mock_may_be_written_and_has_further_scopes() -> None:
    """A live target needs --allow-writes and --isolation-scope for that."""
    mock, live = Settings(), Settings(target="http://localhost:1")
    assert (mock.writable, live.writable) == (True, False)
    assert isolation_scopes_of(live) == ()
    assert [str(scope) for scope in isolation_scopes_of(mock)] == [
        "default/test",
        "default/production",
        "sandbox/test",
    ]


def test_scopes_to_try_on_a_live_target() -> None:
    """`production` is tried on this machine only; a scope that is named is the only one."""
    settings = Settings(target="x")
    assert list(map(str, scopes_of(settings, "http://localhost:1"))) == [
        "default/test",
        "default/development",
        "default/production",
    ]
    assert list(map(str, scopes_of(settings, "https://api.example.com"))) == [
        "default/test",
        "default/development",
    ]
    named = Settings(target="x", project="p", environment="e")
    assert list(map(str, scopes_of(named, "http://localhost:1"))) == ["p/e"]


def test_engines_get_what_they_use() -> None:
    """The paths of files are resolved; further fields of the engines' options can be given."""
    options = engine_options(Settings(seed=3), "http://localhost:1", shrink=False)
    assert (options.base_url, options.seed, options.shrink) == ("http://localhost:1", 3, False)
    assert options.openapi.is_file()
    assert options.journal is None
