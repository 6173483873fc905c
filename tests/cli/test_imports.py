"""Which modules a call loads: what answers at once loads neither engines nor the libraries of a run."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Libraries and parts of the program that take long to load, and that only runs or reports need.
ENGINES = frozenset(
    {
        *("httpcore", "httpx", "hypothesis", "jinja2", "pact", "pytest", "schemathesis", "sqlalchemy"),
        *("openapi_spec_validator", "pydantic", "requests", "storepact.engines.workspace"),
    }
)

#: What the configuration and records need besides.
DATA = frozenset(
    {
        *("jsonschema", "jsonschema_rs", "msgspec", "tomllib", "yaml"),
        *("storepact.checks", "storepact.cli.sources", "storepact.families", "storepact.openapi"),
        *("storepact.pacts", "storepact.record", "storepact.report", "storepact.run", "storepact.transport"),
    }
)

#: What a mock does without: all that judges a provider, and reports.
MOCK = ENGINES | {
    *("storepact.families.persistent_store.oracle", "storepact.families.persistent_store.scenarios"),
    *("storepact.families.persistent_store.stores", "storepact.record", "storepact.report"),
}

#: What a wrong call does without, of whichever command: all but the options and the configuration.
WRONG_CALL = ENGINES | {
    *(
        "cyclopts.help",
        "jsonschema",
        "msgspec",
        "rich.console",
        "tomllib",
        "yaml",
        "storepact.record",
        "storepact.openapi",
    ),
    *("storepact.transport.client", "storepact.families.persistent_store"),
}

#: Calls, the modules that they must not load, and their exit codes.
CALLS = {
    "--help": (ENGINES | DATA, 0),
    "-V": (ENGINES | DATA, 0),
    "verfy": (ENGINES | DATA, 2),
    "verify --help": (ENGINES, 0),
    "verify --no-such-option": (WRONG_CALL, 2),
    "checks": (ENGINES, 0),
    "explain SP101": (ENGINES, 0),
    "report no-such-folder": (ENGINES, 2),
    "mock --choice nothing=1": (MOCK, 2),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_loads_only_what_it_needs(call, tmp_path):
    """The modules that are loaded at the end of a call, in a process of its own."""
    forbidden, code = CALLS[call]
    script = (
        "import sys\n"
        f"sys.argv = ['storepact', *{call.split()!r}]\n"
        "from storepact.cli.main import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        f"    print(end.code, *sorted({set(forbidden)!r} & sys.modules.keys()), file=sys.stderr)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.stderr.splitlines()[-1] == str(code)


def test_a_wrong_option_loads_no_work_of_any_command(tmp_path):
    """All commands in one process: their modules hold signatures; what they call is loaded in the call."""
    script = (
        "import sys\n"
        "from storepact.cli.main import app, run\n"
        "for name in [name for name in app if not name.startswith('-')]:\n"
        "    below = [] if app[name].default_command else [word for word in app[name] if word[0] != '-']\n"
        "    for words in [[name, word] for word in below] or [[name]]:\n"
        "        code = run([*words, '--no-such-option'])\n"
        f"        loaded = sorted({set(WRONG_CALL)!r} & sys.modules.keys())\n"
        "        print(*words, code, *loaded)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    calls = result.stdout.splitlines()
    assert len(calls) > len(CALLS)
    assert [call for call in calls if not call.endswith(" 2")] == []
    assert all("Unknown option: --no-such-option" in line for line in result.stderr.splitlines())
