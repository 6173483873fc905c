"""The configuration on the command line: sources, their order, and what is refused with which line."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

import commands
from storepact.cli.config.reference import make_reference
from storepact.model.paths import data_path
from storepact.run.config.check import known_variables
from storepact.run.config.layers import Layers
from storepact.run.config.names import name_option
from storepact.run.config.sources import read_layers
from storepact.run.config.variables import misspelt_variables
from storepact.run.options import fields_of
from storepact.run.settings import Settings, option_fields

ROOT = Path(__file__).parents[2]

STAGING = """
[targets.staging]
url = "https://staging.example.com"
project = "shop"
token-env = "STAGING_TOKEN"
allow-writes = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a folder in it, so that nothing above is read."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    return tmp_path


def show(folder: Path, *words: str, **environment: str) -> dict[str, tuple[str, str]]:
    """Value and source of each option, by `config show`."""
    result = commands.call("config", "show", *words, cwd=folder, environment=environment)
    assert result.returncode == 0, result.stderr
    rows = [line.split("\t") for line in result.stdout.splitlines()[2:]]
    return {option: (value, source) for option, value, source in rows}


def refuse(folder: Path, text: str, *words: str, name: str = "storepact.toml", **environment: str) -> str:
    """The message of a command that the configuration stops."""
    (folder / name).write_text(text)
    result = commands.call(*(words or ("config", "show")), cwd=folder, environment=environment)
    assert (result.returncode, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    return result.stderr.strip().removeprefix("storepact: ")


def test_the_sources_in_their_order(folder: Path) -> None:
    """The command line before the environment, a target, a command's table, the top level, the default."""
    (folder / "storepact.toml").write_text(
        'target = "a"\nseed = 1\nrate = 1\nproject = "p"\nexamples = 4\n[targets.a]\nurl = "http://a"\n'
        'rate = 2\nproject = "q"\n[commands.verify]\nrate = 3\nseed = 3\n'
    )
    values = show(folder, "verify", "--max-requests", "9", STOREPACT_PROJECT="r")
    assert values["max-requests"] == ("9", "command line")
    assert values["project"] == ("r", "STOREPACT_PROJECT")
    assert values["rate"] == ("2", "storepact.toml:8")
    assert values["seed"] == ("3", "storepact.toml:12")
    assert values["examples"] == ("4", "storepact.toml:5")
    assert values["deadline"] == ("", "default")
    assert show(folder, "tripwire")["seed"] == ("1", "storepact.toml:2")


def test_the_file_is_found_upwards_and_paths_start_from_it(folder: Path) -> None:
    """A file in a folder above counts; its paths are those of its folder."""
    (folder / "storepact.toml").write_text(
        'openapi = "api.yaml"\nhistory = "runs.db"\nbaseline = ["latest-green"]'
    )
    values = show(folder / "sub")
    assert values["openapi"] == ("../api.yaml", "../storepact.toml:1")
    assert values["history"] == ("../runs.db", "../storepact.toml:2")
    assert values["baseline"][0] == "latest-green"


def test_the_search_ends_at_the_root_of_the_repository(folder: Path) -> None:
    """A file above the repository does not count."""
    (folder / "storepact.toml").write_text("seed = 1")
    (folder / "sub" / ".git").write_text("gitdir: elsewhere")
    assert show(folder / "sub")["seed"][1] == "default"


def test_a_section_of_pyproject(folder: Path) -> None:
    """[tool.storepact] is the same; a pyproject.toml without it, broken or not, is passed over."""
    (folder / "pyproject.toml").write_text("[tool.storepact]\nseed = 1")
    (folder / "sub" / "pyproject.toml").write_text("[tool.ruff\n")
    assert show(folder / "sub")["seed"] == ("1", "../pyproject.toml:2")


def test_of_two_files_storepact_toml_counts_and_it_is_written_once(folder: Path) -> None:
    """The other file's line is named on stderr."""
    (folder / "pyproject.toml").write_text("\n[tool.storepact]\nseed = 1")
    (folder / "storepact.toml").write_text("seed = 2")
    result = commands.call("history", "--history", "none", cwd=folder)
    assert result.stderr.count("storepact.toml counts; [tool.storepact] in pyproject.toml:2 is not read") == 1
    assert show(folder)["seed"] == ("2", "storepact.toml:1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed = 1\nsede = 2", "storepact.toml:2: there is no key 'sede': did you mean 'seed'?"),
        ("isolation_scope = []", "storepact.toml:1: .*did you mean 'isolation-scope'"),
        ("seed = 'x'", "storepact.toml:1: seed must be a whole number, not a text"),
        ("seed = true", "storepact.toml:1: seed must be a whole number, not true or false"),
        ("seed = 1.5", "storepact.toml:1: seed must be a whole number, not a decimal number"),
        ("rate = 1979-05-27", "storepact.toml:1: rate must be a number, not a date or time"),
        ("rate = nan", "storepact.toml:1: rate is nan"),
        ("workers = 17", "storepact.toml:1: workers is 17, and must be between 1 and 16"),
        ("allow-writes = 'yes'", "storepact.toml:1: allow-writes must be true or false, not a text"),
        ("suite = 'pacts'", "storepact.toml:1: suite must be a list of texts, not a text"),
        (
            "suite = [\n'pacts',\n3]",
            "storepact.toml:3: suite must be a list of texts, and holds a whole number",
        ),
        ("\n\nseed = ", "storepact.toml:3: is not TOML"),
        ("seed = 1\nseed = 2", "storepact.toml:2: is not TOML"),
        ("x = " + "[" * 3000 + "]" * 3000, "storepact.toml:1: "),
        ("targets = 3", "storepact.toml:1: targets must be a table"),
        ("[targets]\na = 3", "storepact.toml:2: targets.a must be a table, not a whole number"),
        ("\nmax-resources = -" + "9" * 400, "storepact.toml:2: max-resources is -9{19}, and must be"),
        ("\nseed = " + "9" * 5000, "storepact.toml:2: is not TOML: a number has more than 4,300 digits"),
        ("[commands.contracts]\nstrict = true", r".*:2: .* it is a key of \[commands.contracts.check\]$"),
        ("[tool.storepact]\nseed = 1", ".*:1: .* the keys stand at the top level, without tool.storepact$"),
        ("[targets.a]\nproject = 'x'", r"storepact.toml:1: \[targets.a\] has no url"),
        (
            "[targets.a]\nurl = 'http://x'\nprojekt = 'x'",
            r"storepact.toml:3: .*in \[targets.a\]: .*'project'",
        ),
        ("targets = {a = {url = 'http://x', tokn-env = 'X'}}", "storepact.toml:1: .*'token-env'"),
        (
            "[commands.mock]\nprot = 1",
            r"storepact.toml:2: .*'prot' in \[commands.mock\]: did you mean 'port'",
        ),
        ("[mock]\nport = 1", r"storepact.toml:1: .*\[commands.mock\]"),
        ("strict = true", r"storepact.toml:1: .*\[commands.contracts.check\]"),
        ("[commands.contracts.chek]\nstrict = true", "storepact.toml:1: .*'check'"),
        ("[commands.history.show]\nlimit = 3", "storepact.toml:2: there is no key 'limit'"),
        ("[targets.mock]\nurl = 'http://x'", "storepact.toml:1: a target cannot be called 'mock'"),
    ],
)
def test_what_cannot_be_used_is_an_error_with_its_line(folder: Path, text: str, message: str) -> None:
    """Unknown keys with the nearest name, wrong types, broken files."""
    assert re.match(message, refuse(folder, text))


@pytest.mark.parametrize(
    "words", [("verify",), ("mock",), ("history",), ("targets",), ("contracts", "check")]
)
def test_every_command_refuses_it(folder: Path, words: tuple[str, ...]) -> None:
    """The whole file is checked, whatever command is called."""
    assert refuse(folder, "[commands.drift]\ntimeout = -1", *words).startswith(
        "storepact.toml:2: timeout is -1"
    )


def test_files_that_are_no_text(folder: Path) -> None:
    """Another encoding has its line; a folder of that name cannot be read."""
    (folder / "storepact.toml").write_bytes(b"# x\nproject = '\xff'")
    result = commands.call("config", "show", cwd=folder)
    assert (result.returncode, result.stderr) == (
        2,
        "storepact: storepact.toml:2: is not a text in UTF-8: save it as UTF-8\n",
    )
    (folder / "sub" / "storepact.toml").mkdir()
    assert "storepact.toml: is a folder" in commands.call("config", "show", cwd=folder / "sub").stderr


def test_no_pipe_is_waited_for(folder: Path) -> None:
    """A folder and a pipe are refused at once, with the name that the user gave."""
    os.mkfifo(folder / "storepact.toml")
    assert commands.call("config", "show", cwd=folder).stderr == "storepact: storepact.toml: is no file\n"
    result = commands.call("config", "show", cwd=folder, environment={"STOREPACT_CONFIG": str(folder)})
    assert result.stderr == f"storepact: STOREPACT_CONFIG: {folder} is a folder; name the file in it\n"


@pytest.mark.parametrize("words", [("--help",), ("verify", "--help"), ("config", "schema"), ("--version",)])
def test_help_needs_no_configuration(folder: Path, words: tuple[str, ...]) -> None:
    """A broken file stops no help."""
    (folder / "storepact.toml").write_text("seed =")
    assert commands.call(*words, cwd=folder).returncode == 0


SECRET = "api-12345678-1234-4123-8123-1234567890ab"


@pytest.mark.parametrize(
    "text",
    [
        f"token = '{SECRET}'",
        f"reader-token = '{SECRET}'",
        f"[targets.a]\nurl = 'http://x'\ntoken = '{SECRET}'",
        f"[targets.a]\nurl = 'http://x'\ntoken-env = '{SECRET}'",
        f"token-command = 'echo {SECRET}'",
        f"[commands.mock]\ntoken = ['ci=writer:{SECRET}']",
        f"project = '{SECRET}'",
        "[targets.a]\nurl = 'http://x'\npassword = 'hunter2hunter2'",
    ],
)
def test_a_token_in_the_file_is_refused(folder: Path, text: str) -> None:
    """The error names token-env, or the variable to set, and repeats no secret."""
    message = refuse(folder, text)
    assert re.match(r"storepact.toml:\d: ", message)
    assert "token-env" in message or "set STOREPACT_" in message
    assert SECRET not in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "text",
    [
        "history = 'postgresql://user:hunter2@host/name'",
        "proxy = 'http://user:hunter2@proxy:1'",
        "header = ['X-Gateway-Token: hunter2']",
        "broker-url = 'https://u:hunter2@broker'",
    ],
)
def test_passwords_in_urls_and_headers_are_refused(folder: Path, text: str) -> None:
    """The error names the variable to set."""
    message = refuse(folder, text)
    assert set(re.findall(r"set (STOREPACT_\w+)", message)) & known_variables()
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("command", "text", "advice"),
    [
        ("verify", "[targets.a]\nurl = 'https://u:hunter2@host'", "without user and password"),
        ("verify", "target = 'a'\n[targets.a]\nurl = 'https://${HIDDEN}@host'", "without user and password"),
        (
            "verify",
            "[targets.a]\nurl = 'https://host'\nproxy = 'http://u:hunter2@host'",
            "set STOREPACT_PROXY",
        ),
        (
            "tripwire",
            "[commands.tripwire]\npublished = 'https://u:hunter2@host'",
            "set STOREPACT_TRIPWIRE_PUBLISHED",
        ),
        (
            "tripwire",
            "[commands.tripwire]\npublished = 'https://${HIDDEN}@host'",
            "set STOREPACT_TRIPWIRE_PUBLISHED",
        ),
        ("twin", "[commands.twin]\nagainst = 'https://u:hunter2@host'", "set STOREPACT_TWIN_AGAINST"),
        (
            "verify",
            "[commands.store.check]\nredis = 'redis://u:hunter2@host'",
            "set STOREPACT_STORE_CHECK_REDIS",
        ),
    ],
)
def test_advice_about_a_password_names_a_variable_that_exists(
    folder: Path, command: str, text: str, advice: str
) -> None:
    """The variable is that of the command whose table holds it; an address of a target has none."""
    message = refuse(folder, text, "config", "show", command, HIDDEN="u:hunter2")
    assert advice in message
    assert set(re.findall(r"set (STOREPACT_\w+)", message)) <= known_variables()
    assert "hunter2" not in message


def test_a_url_that_would_hold_a_password_is_no_missing_variable(folder: Path) -> None:
    """`targets` lists it, with what is wrong."""
    (folder / "storepact.toml").write_text("[targets.a]\nurl = 'https://${HIDDEN}@host'")
    result = commands.call("targets", cwd=folder, environment={"HIDDEN": "u:hunter2"})
    assert "https://${HIDDEN}@host (url would hold a secret" in result.stdout
    assert "hunter2" not in result.stdout


def test_secrets_of_the_environment_are_masked(folder: Path) -> None:
    """`config show` and `targets` show which variable is set, never its value."""
    (folder / "storepact.toml").write_text(STAGING)
    variables = {
        "STAGING_TOKEN": SECRET,
        "STOREPACT_HISTORY": "postgresql://user:hunter2@host/name",
        "STOREPACT_HEADER": "X-Gateway: hunter2",
        "STOREPACT_PROXY": "http://user:hunter2@proxy:1",
        "STOREPACT_TOKEN_COMMAND": "echo hunter2",
    }
    for words in (("config", "show", "--target", "staging"), ("targets",)):
        result = commands.call(*words, cwd=folder, environment=variables)
        assert (result.returncode, result.stderr) == (0, "")
        assert "hunter2" not in result.stdout
        assert SECRET not in result.stdout
    assert "STAGING_TOKEN (set)" in result.stdout


def test_variables_of_the_environment_in_values(folder: Path) -> None:
    """Expanded where they are used, of any type; `$${` is a plain text; the rest needs no variable."""
    (folder / "storepact.toml").write_text(
        'project = "${NAME}-x"\nenvironment = "$${NAME}"\nseed = "${SEED}"\n'
        '[targets.a]\nurl = "https://${HOST}"\n[commands.mock]\ndata = "${UNUSED}"'
    )
    values = show(folder, NAME="shop", SEED="12")
    assert [values[key][0] for key in ("project", "environment", "seed")] == ["shop-x", "${NAME}", "12"]
    listed = commands.call("targets", cwd=folder)
    assert "https://${HOST} (url: the variable HOST is not set)" in listed.stdout
    wrong = commands.call("config", "show", cwd=folder, environment={"NAME": "x", "SEED": "y"})
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("storepact: storepact.toml:3: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("project = '${NOT_SET}'", "the variable NOT_SET is not set"),
        ("project = '${STOREPACT_TOKEN}'", "secret by its name"),
        ("project = '${}'", "write a variable as"),
        ("project = '${open'", "write a variable as"),
        ("project = '${HIDDEN}'", "would hold a secret"),
        ("header = ['X: ${HIDDEN}']", "set STOREPACT_HEADER"),
        ("token-env = '${HIDDEN}'", "token-env takes the name alone"),
        ("token-command = 'cat ${HIDDEN}'", "set STOREPACT_TOKEN_COMMAND"),
    ],
)
def test_variables_that_are_not_expanded(folder: Path, text: str, message: str) -> None:
    """Those that are not set, and those that are secrets by name, value or option."""
    error = refuse(folder, text, HIDDEN=SECRET, STOREPACT_TOKEN=SECRET)
    assert error.startswith("storepact.toml:1: ")
    assert message in error
    assert SECRET not in error


def test_a_named_target(folder: Path) -> None:
    """Its address, scope, permission and variable are used; flags and variables are stronger."""
    (folder / "storepact.toml").write_text(STAGING)
    values = show(folder, "--target", "staging", "--project", "x", STOREPACT_ALLOW_WRITES="no")
    assert values["target"] == ("https://staging.example.com", "storepact.toml:3")
    assert values["project"] == ("x", "command line")
    assert values["allow-writes"] == ("no", "STOREPACT_ALLOW_WRITES")
    assert values["token (may write)"] == ("not set", "STAGING_TOKEN")
    assert show(folder, STOREPACT_TARGET="staging")["target"][0] == "https://staging.example.com"


@pytest.mark.parametrize("command", ["verify", "tripwire", "cleanup", "twin", "prove", "proxy"])
def test_every_command_with_a_target_takes_its_name(folder: Path, command: str) -> None:
    """The name becomes the address."""
    (folder / "storepact.toml").write_text(STAGING)
    assert show(folder, command, "--target", "staging")["target"][0] == "https://staging.example.com"


def test_a_named_target_without_its_token(folder: Path) -> None:
    """The error names the variable; STOREPACT_TOKEN is not sent to it instead."""
    message = refuse(
        folder, STAGING, "verify", "--target", "staging", "--history", "none", STOREPACT_TOKEN="x" * 9
    )
    assert "set STAGING_TOKEN" in message


def test_a_target_that_does_not_exist(folder: Path) -> None:
    """The nearest name of the file is offered."""
    assert "did you mean 'staging'?" in refuse(folder, STAGING, "verify", "--target", "stagin")
    assert "did you mean 'staging'?" in refuse(folder, 'target = "stagign"\n' + STAGING, "verify")


def test_a_permission_counts_for_the_target_of_the_file_only(folder: Path) -> None:
    """What the file allows beside its own target is not allowed for a target that is typed."""
    (folder / "storepact.toml").write_text(
        'target = "http://127.0.0.1:1"\nallow-writes = true\ntoken-env = "X"\n' + STAGING
    )
    assert show(folder)["allow-writes"] == ("true", "storepact.toml:2")
    values = show(folder, "--target", "http://127.0.0.1:2")
    assert values["allow-writes"] == ("false", "default")
    assert values["token-env"] == ("", "default")
    assert "meant for the target http://127.0.0.1:1" in values[""][1]


def test_files_that_are_typed_replace_the_folder_of_the_file(folder: Path) -> None:
    """After `init` has written `contracts`, single pacts can be checked; both typed are refused."""
    (folder / "storepact.toml").write_text('contracts = "pacts"')
    (folder / "pacts").mkdir()
    pact = data_path("contracts/store-operator.json")
    done = commands.call("contracts", "check", pact, cwd=folder)
    assert (done.returncode, done.stdout.startswith("store-operator (")) == (0, True), done.stderr
    done = commands.call("contracts", "check", pact, "--contracts", folder / "pacts", cwd=folder)
    assert (done.returncode, "either FILES or --contracts" in done.stderr) == (2, True)


def test_a_stronger_source_replaces_what_does_not_go_with_it(folder: Path) -> None:
    """A typed --contracts replaces the broker of the file, a token file its variable."""
    (folder / "storepact.toml").write_text(
        'broker-url = "https://b"\npublish = true\nprovider-version = "1"\ntoken-env = "X"'
    )
    values = show(folder, "--contracts", "pacts", STOREPACT_TOKEN_FILE="f")
    assert [values[key][0] for key in ("broker-url", "publish", "token-env")] == ["", "false", ""]


def test_prove_is_no_comparison_because_of_the_file(folder: Path) -> None:
    """The target and scope of the file do not change what `prove` without --target does."""
    (folder / "storepact.toml").write_text(
        'target = "http://x"\nproject = "p"\nallow-writes = true\nseed = 3'
    )
    values = show(folder, "prove")
    assert [values[key][0] for key in ("target", "project", "allow-writes", "seed")] == ["", "", "false", "3"]


def test_options_of_other_commands(folder: Path) -> None:
    """In the table of the command, and in a variable with its name; shared ones at the top level."""
    (folder / "storepact.toml").write_text(
        'contracts = "pacts"\nreport-dir = "out"\n[commands.mock]\nport = 9\n'
        "[commands.contracts.check]\nstrict = true\n[commands.history]\nlimit = 3\n"
        '[commands.check]\nreport-dir = "traffic"\n'
    )
    assert show(folder, "mock")["port"] == ("9", "storepact.toml:4")
    assert show(folder, "mock", STOREPACT_MOCK_PORT="8")["port"] == ("8", "STOREPACT_MOCK_PORT")
    values = show(folder, "contracts", "check")
    assert values["strict"] == ("true", "storepact.toml:6")
    assert values["contracts"] == ("pacts", "storepact.toml:1")
    assert show(folder, "history", "--target", "x")["limit"] == ("3", "storepact.toml:8")
    assert show(folder, "check")["report-dir"] == ("traffic", "storepact.toml:10")
    assert show(folder, "report")["record"] == ("out", "storepact.toml:2")
    assert show(folder, "accept", "abc")["report-dir"] == ("out", "storepact.toml:2")
    assert show(folder, "drift", "x")["report-dir"] == ("", "default")


def test_options_that_a_command_needs_may_stand_in_the_file(folder: Path) -> None:
    """`twin` without options finds its two releases."""
    text = 'target = "http://127.0.0.1:1"\n[commands.twin]\nagainst = "http://127.0.0.1:1/"'
    assert "--allow-writes" in refuse(folder, text, "twin")


def test_the_other_release_may_have_a_name(folder: Path) -> None:
    """`twin --against` takes a name, too, with the variables of its tokens."""
    text = STAGING + '[targets.old]\nurl = "https://old.example.com"\ntoken-env = "OLD_TOKEN"\n'
    (folder / "storepact.toml").write_text(text)
    values = show(folder, "twin", "--target", "staging", "--against", "old")
    assert values["against"] == ("https://old.example.com", "storepact.toml:8")
    assert values["against-token-env"] == ("OLD_TOKEN", "storepact.toml:9")
    words = ("twin", "--target", "staging", "--against", "old")
    assert "set OLD_TOKEN" in refuse(folder, text, *words, STAGING_TOKEN=SECRET)


def test_what_the_file_turns_on_can_be_turned_off(folder: Path) -> None:
    """By `=false` behind the option, and by its variable."""
    (folder / "storepact.toml").write_text("fail-on-not-verified = true")
    assert show(folder, "--fail-on-not-verified=false")["fail-on-not-verified"] == ("false", "command line")
    values = show(folder, STOREPACT_FAIL_ON_NOT_VERIFIED="0")
    assert values["fail-on-not-verified"] == ("0", "STOREPACT_FAIL_ON_NOT_VERIFIED")


def test_a_token_in_the_wrong_variable_is_not_repeated(folder: Path) -> None:
    """Nor one that is typed in the place of a number."""
    result = commands.call("verify", cwd=folder, environment={"STOREPACT_SEED": SECRET})
    assert (result.returncode, SECRET in result.stderr) == (2, False)
    result = commands.call("verify", "--seed", SECRET, cwd=folder)
    assert (result.returncode, SECRET in result.stderr) == (2, False)


def test_lists_in_variables(folder: Path) -> None:
    """Between commas, or one per line; a header may hold commas."""
    values = show(
        folder, STOREPACT_SUITE="pacts, lifecycle", STOREPACT_BASELINE="a\nb", STOREPACT_HEADER="X: 1, 2"
    )
    assert [values[key][0] for key in ("suite", "baseline", "header")] == [
        "pacts, lifecycle",
        "a, b",
        "X: ***",
    ]


@pytest.mark.parametrize(("name", "value"), [("STOREPACT_SEED", "x"), ("STOREPACT_ALLOW_WRITES", "perhaps")])
def test_variables_that_cannot_be_used(folder: Path, name: str, value: str) -> None:
    """The error begins with the variable; an empty one is none."""
    result = commands.call("config", "show", cwd=folder, environment={name: value})
    assert result.returncode == 2
    assert result.stderr.startswith(f"storepact: {name}: ")
    assert show(folder, **{name: ""})["seed"][1] == "default"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("STOREPACT_TARGTE", "did you mean STOREPACT_TARGET?"),
        ("STOREPACT_TARGT", "did you mean STOREPACT_TARGET?"),
        ("STOREPACT_TOKN", "did you mean STOREPACT_TOKEN?"),
        ("STOREPACT_RAEDER_TOKEN", "did you mean STOREPACT_READER_TOKEN?"),
        ("STOREPACT_ENVIROMENT", "did you mean STOREPACT_ENVIRONMENT?"),
        ("STOREPACT_contracts", "did you mean STOREPACT_CONTRACTS?"),
        ("STOREPACT_IMAGE", "docs/configuration.md lists the variables"),
        ("STOREPACT_STAGING_TOKEN", ""),
        ("STOREPACT_SECRET_1", ""),
        ("STOREPACT_STORE_PASSWORD", ""),
        ("STOREPACT_SEED", ""),
    ],
)
def test_a_variable_of_no_option_is_mentioned(name: str, hint: str) -> None:
    """The nearest one is named, the value is not; a token may have any name."""
    lines = list(misspelt_variables({name: "hunter2"}))
    assert lines == ([f"the variable {name} belongs to no option; {hint}"] if hint else [])


@pytest.mark.parametrize(
    "words", [("config", "show"), ("history",), ("targets",), ("explain", "SP605"), ("checks",)]
)
def test_every_command_mentions_it_once(folder: Path, words: tuple[str, ...]) -> None:
    """On stderr, those that read no configuration included."""
    variables = {"STOREPACT_TARGT": "x", "STOREPACT_HISTORY": str(folder / "history.db")}
    result = commands.call(*words, cwd=folder, environment=variables)
    assert result.stderr.count("STOREPACT_TARGT belongs to no option") == 1


def test_variables_that_the_file_or_the_call_names_are_not_mentioned(folder: Path) -> None:
    """Such as that of a token, or one in a value."""
    (folder / "storepact.toml").write_text(
        '[targets.a]\nurl = "https://${STOREPACT_HOST}"\ntoken-env = "STOREPACT_TOKEN2"'
    )
    variables = {"STOREPACT_HOST": "x", "STOREPACT_TOKEN2": "x", "STOREPACT_TOKEN3": "x"}
    words = ("config", "show", "verify", "--reader-token-env", "STOREPACT_TOKEN3")
    assert commands.call(*words, cwd=folder, environment=variables).stderr == ""


def test_another_file_or_none(folder: Path) -> None:
    """STOREPACT_CONFIG names the file."""
    (folder / "storepact.toml").write_text("seed = 1")
    (folder / "sub" / "other.toml").write_text("seed = 2")
    assert show(folder, STOREPACT_CONFIG="sub/other.toml")["seed"][0] == "2"
    assert show(folder, STOREPACT_CONFIG="none")["seed"][1] == "default"
    wrong = commands.call("verify", cwd=folder, environment={"STOREPACT_CONFIG": "nowhere.toml"})
    assert (wrong.returncode, "does not exist" in wrong.stderr) == (2, True)


def test_every_option_of_a_run_has_a_key_and_a_variable_of_its_own(folder: Path) -> None:
    """A file and an environment with every option are read."""
    samples = {"boolean": "true", "integer": "2", "number": "2.5", "array": "['a']", "string": "'a'"}
    schema = json.loads((ROOT / "docs" / "storepact.schema.json").read_text())
    fields = [entry for entry in fields_of(Settings) if entry.option.commands]
    keys = [entry.flag.removeprefix("--") for entry in fields]
    lines = [f"{key} = {samples[schema['properties'][key]['type']]}" for key in keys]
    (folder / "storepact.toml").write_text("\n".join(lines))
    layers = read_layers(folder, {})
    for entry, key in zip(fields, keys, strict=True):
        name = name_option((max(entry.option.commands),), entry.flag, entry.type)
        assert name.variable == f"STOREPACT_{entry.name.upper()}"
        assert layers.resolve([name], {}).values[key].source.endswith(f"storepact.toml:{keys.index(key) + 1}")
        assert Layers({name.variable: "x"}).resolve([name], {}).values[key].source == name.variable


def test_the_committed_schema_is_current() -> None:
    """Made by `storepact config schema > docs/storepact.schema.json`."""
    assert commands.call("config", "schema").stdout == (ROOT / "docs" / "storepact.schema.json").read_text()


def test_the_schema_is_one_and_accepts_what_the_program_accepts() -> None:
    """It is valid itself, and finds an unknown key."""
    import jsonschema

    schema = json.loads((ROOT / "docs" / "storepact.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    assert check.is_valid(
        {"seed": 1, "targets": {"a": {"url": "http://x"}}, "commands": {"mock": {"port": 1}}}
    )
    for wrong in ({"sede": 1}, {"targets": {"a": {}}}, {"commands": {"mock": {"prot": 1}}}):
        assert not check.is_valid(wrong)


def test_no_two_options_share_a_variable() -> None:
    """A variable belongs to one key."""
    from storepact.cli.catalogue import all_options

    places: dict[str, set[tuple[str, ...]]] = {}
    for words, listed in all_options().items():
        for option in listed:
            place = (option.name.key,) if option.name.is_shared else (*words, option.name.key)
            places.setdefault(option.name.variable, set()).add(place)
    assert {name: keys for name, keys in places.items() if len(keys) > 1} == {}
    assert os.environ.get("STOREPACT_TOKEN", "") not in places
    assert not {"STOREPACT_TOKEN", "STOREPACT_READER_TOKEN", "STOREPACT_CONFIG"} & set(places)
    assert {f"STOREPACT_{entry.name.upper()}" for entry in option_fields("verify")} <= set(places)
    assert known_variables() == set(places)


def test_the_page_has_the_keys_of_the_program() -> None:
    """docs/configuration.md holds what `make_reference()` makes; its example can be used."""
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert make_reference() in page


def test_the_example_of_the_page_can_be_used(folder: Path) -> None:
    """Its keys exist, in both files."""
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    (folder / "storepact.toml").write_text(example)
    values = show(folder)
    assert values["target"][0] == "https://staging.example.com"
    assert commands.call("targets", cwd=folder, environment={"PORT": "1"}).returncode == 0


def test_the_configuration_and_the_targets_as_json(folder: Path) -> None:
    """For scripts: what the tables say, secrets masked; nothing else on standard output."""
    (folder / "storepact.toml").write_text(STAGING + '[commands.verify]\nproxy = "http://proxy:1"')
    variables = {"STAGING_TOKEN": SECRET, "STOREPACT_HISTORY": "postgresql://user:hunter2@host/name"}
    words = ("config", "show", "--target", "staging", "--seed", "1", "--json")
    shown = commands.call(*words, cwd=folder, environment=variables)
    data = json.loads(shown.stdout)
    assert (data["command"], data["file"], data["target"]) == ("verify", "storepact.toml", "staging")
    options = {entry["option"]: entry for entry in data["options"]}
    assert (options["seed"]["value"], options["seed"]["source"]) == ("1", "command line")
    assert options["url" if "url" in options else "target"]["source"] == "storepact.toml:3"
    assert {"purpose": "token (may write)", "state": "set", "source": "STAGING_TOKEN"} in data["tokens"]
    listed = commands.call("targets", "--json", cwd=folder, environment=variables)
    (target,) = json.loads(listed.stdout)["targets"]
    assert (target["target"], target["project"], target["writes"]) == ("staging", "shop", "yes")
    assert "hunter2" not in shown.stdout + listed.stdout
    assert SECRET not in shown.stdout + listed.stdout
    assert json.loads(commands.call("targets", "--json", cwd=folder / "sub", environment={}).stdout)


@pytest.mark.parametrize("words", [("-q", "config", "show"), ("config", "show", "--seed", "1", "--no-color")])
def test_options_of_output_are_those_of_config_show_itself(folder: Path, words: tuple[str, ...]) -> None:
    """They are no part of the call whose values it shows."""
    result = commands.call(*words, cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("verify", "--target"), "--target has no value; it takes TEXT"),
        (("verify", "--wrong-option"), "Unknown option: --wrong-option"),
        (("contracts",), "storepact contracts is no command with options"),
    ],
)
def test_a_wrong_call_is_named_by_config_show(folder: Path, words: tuple[str, ...], message: str) -> None:
    """As the call itself would name it."""
    result = commands.call("config", "show", *words, cwd=folder)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert message in result.stderr
