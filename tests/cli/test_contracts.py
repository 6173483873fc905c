"""`storepact contracts check` and `impact` as users type them, and the guide for consumers, step by step."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

import commands
from pact_files import BASE, interaction, write_pact
from storepact.families import DEFAULT_FAMILY
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.pacts.check import compare_contracts
from storepact.report import fit
from storepact.run.contracts import collect_pacts

TYPE = {"match": "type"}
OUR_DOCUMENT = data_path("openapi", DEFAULT_FAMILY.document)


def storepact(folder, *arguments, columns="100"):
    """A command in a folder, its output in a pipe."""
    done = commands.call("contracts", *arguments, cwd=folder, environment={"COLUMNS": columns})
    assert "Traceback" not in done.stderr
    return done


def test_committed_pacts_fit(tmp_path):
    """All of them, without a target; what they leave unused is listed."""
    done = storepact(tmp_path, "check")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("FITS: what the consumers rely on is described.\n")
    assert storepact(tmp_path, "impact", "version", "colour").returncode == 3
    assert "terraform-provider-launchdarkly" in done.stdout
    assert "Described, and relied on by none of them (safe to change):" in done.stdout
    assert "/config/externalId" in done.stdout


@pytest.mark.parametrize(
    ("state", "is_known"),
    [
        ("a redis integration exists", True),
        ("There is a DynamoDB integration.", True),
        ("the moon is full", False),
        ("", True),
    ],
)
def test_unknown_provider_state_is_an_error(tmp_path, state, is_known):
    """No target can be brought into it, so that the interaction would stay undetermined in every run."""
    relied = interaction(
        body={"name": "x"}, rules={"$.name": TYPE}, description="reads", states=(state,) if state else ()
    )
    write_pact(tmp_path / "mine.json", relied, consumer="mine")
    done = storepact(tmp_path, "check", "mine.json")
    assert done.returncode == (0 if is_known else 1), done.stdout
    assert ("is unknown: no target can be brought into it" in done.stdout) is not is_known


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({}, ""),
        ({"kind": "redis", "projectKey": "default", "ENV": "test", "name": "x"}, ""),
        ({"colour": "red"}, "/interactions/0/providerStates/0/params/colour"),
        ({"name": "x", "a/b": 1}, "/interactions/0/providerStates/0/params/a~1b"),
    ],
)
def test_unknown_parameter_of_a_state_is_an_error(tmp_path, parameters, pointer):
    """No run could verify the interaction, as with an unknown state."""
    relied = interaction(body={"name": "x"}, rules={"$.name": TYPE}, states=("an integration exists",))
    path = write_pact(tmp_path / "mine.json", relied, consumer="mine")
    pact = json.loads(path.read_text())
    pact["interactions"][0]["providerStates"][0]["params"] = parameters
    path.write_text(json.dumps(pact, indent=1))
    done = storepact(tmp_path, "check", "mine.json")
    assert done.returncode == (1 if pointer else 0), done.stdout
    assert ("has an unknown parameter" in done.stdout) is bool(pointer)
    assert pointer in done.stdout


def test_provider_states_are_listed(tmp_path):
    listed = storepact(tmp_path, "check", "--provider-states").stdout
    assert all(f"  {state.name}  (" in listed for state in DEFAULT_FAMILY.states)


def test_operation_that_no_pact_calls_is_one_line(tmp_path):
    relied = interaction(body={"name": "x"}, rules={"$.name": TYPE}, description="reads")
    write_pact(tmp_path / "mine.json", relied, consumer="mine")
    lines = storepact(tmp_path, "check", "mine.json").stdout.splitlines()
    assert [line for line in lines if "deleteIntegration" in line] == ["  deleteIntegration: never called"]


def test_disagreement_has_its_places(tmp_path):
    """Consumer, interaction, line of the pact, line of the document."""
    pact_interaction = interaction(body={"owner": "x"}, rules={"$.owner": TYPE}, description="needs an owner")
    write_pact(tmp_path / "mine.json", pact_interaction, consumer="mine")
    done = storepact(tmp_path, "check", "mine.json")
    assert done.returncode == 1
    words = " ".join(done.stdout.split())
    assert "mine (mine.json, 1 interaction): does not fit" in words
    assert "error getIntegration: relies on the member /owner, which is not described" in words
    assert "in “needs an owner”, mine.json:1 /interactions/0/response/body/content/owner" in words
    assert re.search(r"by \S*persistent-store-integrations\.yaml:\d+ /components/schemas/Integration", words)
    assert words.endswith("1 contract, 1 interaction: 1 error, 0 warnings, 0 notes DOES NOT FIT: see above.")


def test_warnings_fail_if_wished(tmp_path):
    """What the document calls optional is no error, unless `--strict` says so; notes are shown on demand."""
    pact_interaction = interaction(
        body={"_status": {"lastSync": 1717263000000}, "integrationKey": "redis"}, rules={"$": TYPE}
    )
    write_pact(tmp_path / "mine.json", pact_interaction)
    assert storepact(tmp_path, "check", "mine.json").returncode == 0
    assert storepact(tmp_path, "check", "mine.json", "--strict").returncode == 1
    assert "accepts more of /integrationKey" not in storepact(tmp_path, "check", "mine.json").stdout
    assert "accepts more of /integrationKey" in storepact(tmp_path, "check", "mine.json", "--notes").stdout


def test_a_pact_with_another_provider_is_told_which_one_is_tested(tmp_path):
    """Its author learns the name that the pact needs."""
    path = write_pact(tmp_path / "mine.json", interaction())
    pact = json.loads(path.read_text())
    path.write_text(json.dumps({**pact, "provider": {"name": "integrations"}}))
    line = "its provider is 'integrations': `verify` tests pacts with 'persistent-store-integrations' only"
    assert line in storepact(tmp_path, "check", "mine.json").stdout


def test_json(tmp_path):
    """The same as data."""
    write_pact(tmp_path / "mine.json", interaction(body={"name": 5}, rules={"$": TYPE}))
    done = storepact(tmp_path, "check", "mine.json", "--json")
    result = json.loads(done.stdout)
    (disagreement,) = result["contracts"][0]["interactions"][0]["disagreements"]
    assert (disagreement["level"], disagreement["rule"], disagreement["pact"]["pointer"]) == (
        "error",
        "type",
        "/interactions/0/response/body/content/name",
    )
    assert result["counts"] == {"error": 1, "warning": 0, "note": 0}
    assert done.returncode == 1


def test_another_document(tmp_path):
    """Any OpenAPI document that is given, 3.0 too."""
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {BASE: {"get": {"responses": {"200": {"description": "d", "content": {"application/json": {"schema": {  # noqa: E501
            "type": "object", "properties": {"items": {"type": "array", "nullable": True, "items": {"type": "string"}}},  # noqa: E501
        }}}}}}}},
    }  # fmt: skip
    (tmp_path / "other.json").write_text(json.dumps(document))
    write_pact(
        tmp_path / "mine.json",
        interaction("GET", BASE, body={"items": ["x"]}, rules={"$.items": TYPE}, headers={}),
    )
    told = json.loads(storepact(tmp_path, "check", "mine.json", "--openapi", "other.json", "--json").stdout)
    found = told["contracts"][0]["interactions"][0]["disagreements"]
    assert [(each["level"], each["rule"]) for each in found] == [
        ("warning", "optional"),
        ("warning", "tighter"),
    ]
    assert found[1]["message"] == "relies on /items as array, the document also allows null"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (None, 2, "cannot be read"),
        ("", 2, "is empty, and no pact"),
        ("{}", 2, "is not a pact"),
        ("[]", 2, "is not a pact"),
        (
            '{"consumer": {"name": "c"}, "provider": {"name": "p"}, "interactions": []}',
            3,
            "holds no interactions",
        ),
        (
            '{"consumer": {"name": "c"}, "provider": {"name": "p"}, "messages": [{}]}',
            3,
            "is a pact about messages",
        ),
        (
            '{"consumer": {"name": "c"}, "provider": {"name": "p"}, "interactions": [{"description": "m", '
            '"type": "Asynchronous/Messages", "contents": {}}], '
            '"metadata": {"pactSpecification": {"version": "4.0"}}}',
            3,
            "is a pact about messages",
        ),
        ('{"consumer": {}, "provider": {"name": "p"}}', 2, "it has no `consumer` with a `name`"),
        (
            '{"consumer": {"name": "c"}, "provider": {"name": "p"}, "interactions": [5]}',
            2,
            "/interactions/0 is not an object",
        ),
        ("[" * 100_000, 2, "is nested too deeply"),
        ('{"consumer": {"name": "c"},\n"provider": 5,}', 2, r":2: is not JSON: .*, column 15"),
        (
            '{"consumer": {"name": "c"}, "provider": {"name": "p"}, '
            '"interactions": [\n\n{"description": "d"}]}',
            2,
            ":3: is not a pact: /interactions/0 has no object `request`",
        ),
        ("\ufeff\ud7ff", 2, "is not JSON"),
    ],
)
def test_bad_file(tmp_path, content, code, words):
    """One line that says what is wrong with which file, and the right exit code."""
    if content is not None:
        (tmp_path / "bad.json").write_text(content, encoding="utf-8")
    done = storepact(tmp_path, "check", "bad.json")
    assert (done.returncode, done.stdout) == (code, "")
    assert re.fullmatch(rf"storepact: .*bad\.json.*{words}.*\n", done.stderr)


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ('"swagger": "2.0"', "is Swagger 2.0; OpenAPI 3.0 to 3.2 is supported: convert it first"),
        ('"openapi": "4.0.0"', "is OpenAPI 4.0.0; versions 3.0 to 3.2 are supported"),
        ('"arazzo": "1.0.0"', "is not an OpenAPI document: it has no member `openapi`"),
    ],
)
def test_other_documents(tmp_path, member, words):
    """A document of another version or kind is named."""
    (tmp_path / "other.json").write_text(f'{{{member}, "paths": {{"/a": {{}}}}}}')
    done = storepact(tmp_path, "check", "--openapi", "other.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_annotations_on_github(tmp_path):
    """Each error and warning is an annotation at its line of the pact; an unreadable interaction, too."""
    wrong = interaction(body={"owner": "x"}, rules={"$.owner": TYPE}, description="needs, an owner")
    path = write_pact(tmp_path / "mine.json", wrong, {"description": "broken"})
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    environment = {"GITHUB_ACTIONS": "true", "COLUMNS": "100"}
    done = commands.call("contracts", "check", "mine.json", cwd=tmp_path, environment=environment)
    line = 1 + path.read_text().partition('"owner"')[0].count("\n")
    annotations = [text for text in done.stdout.splitlines() if text.startswith("::")]
    assert annotations[0].startswith(
        f"::error file=mine.json,line={line},col=1,title=storepact contracts check::"
    )
    assert "relies on the member /owner, which is not described" in annotations[0]
    assert any("/interactions/1 has no object `request`" in text for text in annotations)
    assert done.returncode == 1
    assert "::" not in storepact(tmp_path, "check", "mine.json").stdout


def test_no_pacts(tmp_path):
    """An empty folder is undetermined; files and a folder are too much."""
    (tmp_path / "none").mkdir()
    assert storepact(tmp_path, "check", "none").returncode == 3
    assert storepact(tmp_path, "check", "--contracts", "none").returncode == 3
    assert storepact(tmp_path, "check", "none", "--contracts", "none").returncode == 2


def test_narrow():
    """40 columns: nothing is lost, and only what cannot be broken is longer."""
    document = load_document(data_path("openapi", DEFAULT_FAMILY.document))
    pacts = collect_pacts((), data_path("contracts"), lenient=True)
    result = compare_contracts(pacts, document, DEFAULT_FAMILY.provider, whole=True)
    lines = fit.render(result, 40).splitlines()
    assert all(len(line) <= 40 or " " not in line.strip().removeprefix("by ") for line in lines)


def test_tabs_are_json(tmp_path):
    """A file that is indented with tabs has no lines to be told, and is compared all the same."""
    path = write_pact(tmp_path / "mine.json", interaction(body={"name": 5}, rules={"$": TYPE}))
    path.write_text(json.dumps(json.loads(path.read_text()), indent="\t"))
    assert storepact(tmp_path, "check", "mine.json").returncode == 1


def test_impact(tmp_path):
    """Who relies on a member and who does not, tab by tab in a pipe."""
    rows = [
        line.split("\t") for line in storepact(tmp_path, "impact", "_status/lastSync").stdout.splitlines()
    ]
    assert rows[0] == ["operation", "status", "member", "affected", "not affected"]
    others = "launchdarkly-api-typescript, store-operator, terraform-provider-launchdarkly"
    assert rows[1] == ["createIntegration", "201", "/_status/lastSync", "launchdarkly-api-python", others]
    assert len(rows) == 5


@pytest.mark.parametrize(
    ("word", "member", "hurt"),
    [
        ("Retry-After", "header Retry-After", "store-operator"),
        ("roleArn", "/items/*/config/roleArn", "none"),
        ("_access", "/_access", "launchdarkly-api-python"),
        ("204", "(whole response)", None),
    ],
)
def test_impact_of(tmp_path, word, member, hurt):
    """Headers, statuses, and what nobody uses."""
    rows = [line.split("\t") for line in storepact(tmp_path, "impact", word).stdout.splitlines()]
    assert rows[1][2] == member
    assert hurt is None or rows[1][3] == hurt


def test_impact_of_what_is_not_there(tmp_path):
    """A member that nobody knows is told."""
    done = storepact(tmp_path, "impact", "colour")
    assert (done.returncode, done.stdout) == (3, "")
    assert "nothing that is described or relied on is called colour" in done.stderr


def test_impact_as_json(tmp_path):
    """The whole map as data."""
    result = json.loads(storepact(tmp_path, "impact", "--json").stdout)
    assert len(result["consumers"]) == 4
    assert {"operation": "getIntegration", "status": "200", "member": "/version"}.items() <= next(
        place
        for place in result["places"]
        if place["member"] == "/version" and place["operation"] == "getIntegration"
    ).items()


def test_pact_of_another_repository(tmp_path, monkeypatch):
    """The lines of docs/consumers.md for pact-python make a pact that fits."""
    text = data_path("suites").parent.joinpath("docs", "consumers.md").read_text(encoding="utf-8")
    lines = re.search(r"^```python\n(.*?)^```", text, re.M | re.S)[1]
    path = f"{BASE}/default/test/redis/64f0c0ffee"
    headers = {"Authorization": "token", "LD-API-Version": "beta"}
    client = f"import httpx; httpx.get(f'{{server.url}}{path}', headers={headers!r}).raise_for_status()"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pacts").mkdir()
    exec(compile(lines.replace("...  #", f"{client}  #"), "consumers.md", "exec"), {})
    done = storepact(tmp_path, "check", "pacts/")
    assert done.returncode == 0, done.stdout
    assert (
        "dashboard (pacts/dashboard-persistent-store-integrations.json, 1 interaction): fits" in done.stdout
    )


def test_guide(tmp_path):
    """docs/consumers.md, its two files as they stand: written, pinned, compared, verified."""
    text = data_path("suites").parent.joinpath("docs", "consumers.md").read_text(encoding="utf-8")
    *_, client, test = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    folder = tmp_path / "suites" / "consumers"
    folder.mkdir(parents=True)
    for name in ("conftest.py", "interactions.py"):
        shutil.copy(data_path("suites", "consumers", name), folder)
    (folder / "store_dashboard.py").write_text(client)
    (folder / "test_store_dashboard.py").write_text(test)
    (tmp_path / "contracts").mkdir()

    def pin(*arguments):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "storepact.run.plugin",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
        ]
        return subprocess.run(
            [*command, "suites/consumers", "--contracts", "contracts", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    assert "store-dashboard.json is not committed; write it with --update-contracts" in pin().stdout
    first = pin("--update-contracts")
    assert first.returncode == 0, first.stdout
    pact = tmp_path / "contracts" / "store-dashboard.json"
    before = pact.read_bytes()
    assert pin().returncode == 0
    part = pin("-k", "pinned", "--update-contracts")
    assert "is neither compared nor written: test_lists failed or did not run" in part.stdout
    assert pact.read_bytes() == before
    old = (folder / "test_store_dashboard.py").read_text()
    (folder / "test_store_dashboard.py").write_text(old.replace('"list the stores"', '"list them"'))
    assert "has drifted: 'list them' is new; 'list the stores' is gone." in pin().stdout
    assert storepact(tmp_path, "check", "contracts/store-dashboard.json").returncode == 0
    done = commands.call("verify", "--suite", "pacts", "--contracts", "contracts", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests: 1 passed" in done.stdout


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_pact_in_another_encoding(tmp_path, encoding):
    """The line of the first character, and what to do."""
    (tmp_path / "bad.json").write_bytes('{"consumer": {"name": "é"}}'.encode(encoding))
    done = storepact(tmp_path, "check", "bad.json")
    assert done.returncode == 2
    assert done.stderr == "storepact: bad.json:1: is not a text in UTF-8: save it as UTF-8\n"
