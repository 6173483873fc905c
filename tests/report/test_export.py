"""`storepact export`: files that run without storepact, and hold no secret."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import msgspec
import pytest

import records
from commands import call
from gate import SCENARIOS, gate
from sample_records import as_values
from storepact.model import curl
from storepact.model.case import TOKEN_VARIABLE, Auth
from storepact.model.errors import StorepactError
from storepact.model.flaw import FlawKind
from storepact.record.sent_requests import _pack
from storepact.record.store import dump
from storepact.record.values import RecordedStory, SentRequest, StoriesRecord
from storepact.report.export import EXPORT_FORMATS, curl_script, pytest_file
from storepact.report.export import story as story_module
from storepact.report.export.bodies import exported_body
from storepact.report.export.claims import claims_of, claims_of_steps
from storepact.report.export.story import ExportSource, divide, stories_of_findings, stories_of_run
from storepact.run.plan import make_plan
from storepact.transport.credentials import Credentials, placeholder

FAULTS = ("stale-read", "delete-202")
TESTS = ("lifecycle: renamed", "lifecycle: deleted")
DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def run(provider_mock_process):
    """The record and the stories of a few tests on a mock with faults, and the mock's tokens."""
    provider_mock_process.configure(faults=FAULTS)
    with gate(provider_mock_process) as harness:
        plan = make_plan(harness.document, harness.family, harness.interactions())
        for test in plan.tests:
            if test.name in TESTS:
                with contextlib.suppress(StorepactError):
                    test.run(harness)
        findings = tuple(harness.recorder.findings.values())
    provider_mock_process.configure()
    with gate(provider_mock_process) as harness:
        harness.run_scenario(SCENARIOS["renamed"])
        stories = tuple(
            RecordedStory(name=name, requests=requests) for name, requests in harness.recorder.stories.items()
        )
    record = msgspec.structs.replace(as_values(records.record()), findings=findings)
    return record, stories


def source_of(record):
    return ExportSource(record, "_id", "items", (("LD-API-Version", "beta"),))


def render_stories(run, kind):
    record, stories = run
    exported = [*stories_of_findings(record.findings), *stories_of_run(stories[:1])]
    render = next(row.render for row in EXPORT_FORMATS if row.name == kind)
    return exported, render(source_of(record), exported)


def start(running, command, faults):
    """Run a command at a mock with faults, without storepact's modules."""
    running.configure(faults=faults)
    tokens = {f"STOREPACT_{name.upper()}_TOKEN": token for name, token in running.tokens.items()}
    environment = {
        "PATH": os.environ["PATH"],
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "STOREPACT_TARGET": running.url,
        "STOREPACT_TOKEN": running.tokens["writer"],
        **tokens,
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    with gate(running) as harness:
        assert harness.workspace.inventory.listing.count() == 0
    return done


def test_pytest_file(run, provider_mock_process, tmp_path):
    """Each test of a finding fails with the fault and passes without it; what they create is deleted."""
    exported, text = render_stories(run, "pytest")
    path = tmp_path / "test_storepact.py"
    path.write_text(text, encoding="utf-8")
    assert "import storepact" not in text
    words = ("-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", tmp_path, "--tb=line", path)
    command = [sys.executable, "-m", "pytest", *words]
    broken = start(provider_mock_process, command, FAULTS)
    assert f"{len(run[0].findings)} failed, 1 passed" in broken.stdout, broken.stdout + broken.stderr
    fixed = start(provider_mock_process, command, ())
    assert f"{len(exported)} passed" in fixed.stdout, fixed.stdout + fixed.stderr


def test_shell_script(run, provider_mock_process, tmp_path):
    """A line of TAP for each story; exit code 1 with the fault and 0 without it."""
    exported, text = render_stories(run, "curl")
    path = tmp_path / "storepact.sh"
    path.write_text(text, encoding="utf-8")
    broken = start(provider_mock_process, ["sh", path], FAULTS)
    lines = broken.stdout.splitlines()
    assert (broken.returncode, broken.stderr) == (1, "")
    assert sum(line.startswith("not ok") for line in lines) == len(run[0].findings)
    fixed = start(provider_mock_process, ["sh", path], ())
    assert (fixed.returncode, fixed.stderr) == (0, "")
    assert fixed.stdout.count("\nok") + 1 == len(exported) == int(fixed.stdout.split("..")[-1])


@pytest.mark.parametrize("kind", ["curl", "pytest"])
@pytest.mark.parametrize("is_reachable", [False, True])
def test_no_target_and_a_token_that_it_refuses(run, kind, is_reachable, provider_mock_process, tmp_path):
    """Neither is a finding: exit code 3, and a line that says so."""
    url = provider_mock_process.url if is_reachable else "http://127.0.0.1:1"
    line = f"{url} refuses STOREPACT_TOKEN (401): " if is_reachable else f"no answer from {url}: "
    _, text = render_stories(run, kind)
    path = tmp_path / "test_storepact.py"
    path.write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, path]
    done = subprocess.run(
        ["sh", path] if kind == "curl" else words,
        env={
            "PATH": os.environ["PATH"],
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "STOREPACT_TARGET": url,
            **{f"STOREPACT_{name}TOKEN": "x" for name in ("", "READER_", "WRITER_")},
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert line in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("status", "token", "variable"),
    [
        (200, "${STOREPACT_TOKEN}", "STOREPACT_TOKEN"),
        (403, "${STOREPACT_READER_TOKEN}", "STOREPACT_READER_TOKEN"),
        (401, "${STOREPACT_TOKEN}", ""),  # the finding itself: a valid token is refused
        (401, "${STOREPACT_TOKEN%?}", ""),
        (200, "${STOREPACT_TOKEN%?}", ""),  # the finding itself: a wrong token is accepted
        (401, "", ""),
    ],
)
def test_a_token_has_to_be_accepted_unless_its_refusal_is_the_story(status, token, variable):
    """Only a 401 that the run did not have says that the token is one of another target."""
    request = SentRequest(
        does="", method="GET", path="/x", headers=(("Authorization", token),), body=None, status=status
    )
    (story,) = stories_of_run([RecordedStory(name="x", requests=(request,))])
    assert story.requests[0].accepted_token == variable
    text = curl_script.render(source_of(as_values(records.record())), [story])
    assert ("needs STOREPACT_READER_TOKEN || return" in text) is ("READER" in token)


def test_har(run):
    """It is HAR 1.2, an entry for each request."""
    exported, text = render_stories(run, "har")
    har = json.loads(text)
    jsonschema.validate(har, json.loads((DATA / "har-1.2.schema.json").read_text()))
    assert len(har["log"]["entries"]) == sum(len(story.requests) for story in exported)


def check_export(record, folder, stories=()):
    """The findings of `storepact check` in an exported HAR file of a record."""
    exported = [*stories_of_findings(record.findings), *stories_of_run(stories)]
    render = next(row.render for row in EXPORT_FORMATS if row.name == "har")
    path = folder / "storepact.har"
    path.write_text(render(source_of(record), exported), encoding="utf-8")
    done = call("check", path, "--report-dir", folder / "checked", "--json")
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)["findings"]


def test_check_of_an_exported_har_has_no_further_findings(run, tmp_path):
    """What the record does not hold is not judged, and a story knows nothing of another one's."""
    record, stories = run
    own = {(finding.code, finding.operation) for finding in record.findings}
    checked = {(finding["code"], finding["operation"]) for finding in check_export(record, tmp_path, stories)}
    assert ("SP102", "deleteIntegration") in checked
    assert {pair for pair in checked if pair[0] != "SP401"} <= own


def test_check_of_exported_stories_without_findings_is_clean(run, tmp_path):
    """Those of passed tests hold statuses only."""
    record, stories = run
    assert stories
    assert check_export(msgspec.structs.replace(record, findings=()), tmp_path, stories) == []


def test_a_body_that_the_record_has_cut_is_not_exported(run):
    """A part of JSON is no JSON."""
    record, _ = run
    finding = next(finding for finding in record.findings if finding.exchange)
    response = msgspec.structs.replace(finding.exchange.response, body='{"a… (9,000 characters in all)')
    exchange = msgspec.structs.replace(finding.exchange, response=response)
    cut = msgspec.structs.replace(finding, exchange=exchange)
    record = msgspec.structs.replace(record, findings=(cut,))
    render = next(row.render for row in EXPORT_FORMATS if row.name == "har")
    har = json.loads(render(source_of(record), list(stories_of_findings(record.findings))))
    jsonschema.validate(har, json.loads((DATA / "har-1.2.schema.json").read_text()))
    contents = [entry["response"]["content"] for entry in har["log"]["entries"]]
    assert {content["size"] for content in contents} == {-1}
    assert not [content for content in contents if "text" in content]


def requests_of(text):
    """The requests of a `.http` file, by a small grammar of VS Code's REST Client."""
    for block in re.split(r"(?m)^###.*\n", text)[1:]:
        lines = block.rstrip("\n").split("\n")
        names = [line.removeprefix("# @name ") for line in lines if line.startswith("# @name ")]
        rest = [line for line in lines if not line.startswith("#")]
        method, _, url = rest[0].partition(" ")
        end = rest.index("") if "" in rest else len(rest)
        headers = dict(line.split(": ", 1) for line in rest[1:end])
        yield names, method, url, headers, "\n".join(rest[end + 1 :])


def test_http_file(run):
    """Each request has a line, headers and a body; each variable is defined before it is used."""
    exported, text = render_stories(run, "http")
    variables = set(re.findall(r"(?m)^@(\w+) = .+$", text))
    names = set()
    parsed = list(requests_of(text))
    for own, method, url, headers, body in parsed:
        assert re.fullmatch(r"[A-Z]+", method)
        assert url.startswith("{{target}}/api/v2/")
        for used in re.findall(r"\{\{([^}]+)\}\}", url + body + "".join(headers.values())):
            name, dot, rest = used.partition(".")
            assert (name in names and rest == "response.body.$._id") if dot else name in variables
        if body:
            json.loads(body)
        names.update(own)
    assert len(parsed) >= sum(len(story.requests) for story in exported)


@pytest.mark.parametrize("kind", [row.name for row in EXPORT_FORMATS])
def test_no_secret(run, kind, provider_mock_process):
    """Tokens and secrets are names of variables."""
    _, text = render_stories(run, kind)
    assert not [token for token in provider_mock_process.tokens.values() if token in text]
    assert "storepact-canary" not in text
    assert "STOREPACT_TOKEN" in text


@pytest.mark.parametrize("member", ["", "/version", "content-type"])
def test_every_flaw(member):
    """Whatever a finding is about: its claims can be written in every format, or it is left to replay."""
    request = {**records.exchange()["request"], "status": 200, "role": "get"}
    findings = [
        records.finding(
            f"{number:012x}", flaw=flaw.value, member=member, value='"1"', statuses=[200], requests=[request]
        )
        for number, flaw in enumerate(FlawKind)
    ]
    record = as_values(records.record(*findings))
    exported = list(stories_of_findings(record.findings))
    assert len(exported) == len(FlawKind)
    for row in EXPORT_FORMATS:
        text = row.render(source_of(record), exported)
        if row.name == "pytest":
            compile(text, "test_storepact.py", "exec")
        if row.name == "curl":
            subprocess.run(["sh", "-n"], input=text, text=True, check=True)


@pytest.mark.parametrize(
    "body", [b'{"name": "\xed\xa0\xbd"}', b"\xff\x00'", b"", b"it's {{A}} $(id) `id` \\ \n", b"x" * 9_000]
)
def test_any_body(body, tmp_path):
    """Bytes that are no text arrive as they are, and nothing in a body is run by the shell."""
    from storepact.model.exchange import Exchange, Request, Response
    from storepact.model.story import SentRequest as Sent
    from storepact.record.sent_requests import to_sent_requests

    exchange = Exchange(Request("POST", "/x", (("Content-Type", "a/b"),), body), Response(200, (), b""))
    requests = to_sent_requests([Sent(exchange)])
    (story,) = stories_of_run([RecordedStory(name="a body", requests=requests)])
    text = curl_script.render(source_of(as_values(records.record())), [story])
    line = next(line for line in text.splitlines() if line.lstrip().startswith("printf") and "| send" in line)
    sent = subprocess.run(
        ["sh", "-c", f"{line.split(' | send ')[0]}"], capture_output=True, check=True
    ).stdout
    assert sent == body or json.loads(sent) == json.loads(body.decode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("body", "exported"),
    [
        ('{"a": 1, "password": "****"}', '{"a": 1, "password": "{{S}}"}'),
        ('{"password":"****","b":"é"}', '{"password": "{{S}}", "b": "\\u00e9"}'),
        ('{"a": 1, "a": 2, "password": "****"}', '{"a": 1, "a": 2, "password": "{{S}}"}'),
        ('{"a": 1e999, "password":\n"****"}', '{"a": 1e999, "password":\n"{{S}}"}'),
        ('{"a": NaN, "password": "****"}', '{"a": NaN, "password": "{{S}}"}'),
        ('{"a":\n"****", "password": "****"}', None),
        (b'{"a": "\xed\xa0\xbd", "password": "****"}', None),
    ],
)
def test_a_body_with_a_secret_is_sent_as_it_was(body, exported):
    """Doubled names and numbers beyond all stay as they are; what cannot be written so is sent as bytes."""
    raw = body.encode() if isinstance(body, str) else body
    text, encoding = _pack(raw)
    request = SentRequest(
        method="POST",
        path="/",
        headers=(),
        status=201,
        body=text,
        encoding=encoding,
        secrets=(('["password"]', "1"),),
    )
    assert exported_body(request, lambda name: "S", str) == (exported, raw if exported is None else None)


def test_requests_at_one_moment_may_change_places():
    """Each may get any status of them; one before or behind them only its own."""
    requests = tuple(
        SentRequest(method="PATCH", path="/", headers=(), status=status, simultaneous=together)
        for status, together in ((201, False), (409, True), (200, True), (409, True), (204, False))
    )
    (story,) = stories_of_run([RecordedStory(name="a race", requests=requests)])
    assert [request.claims[0].statuses for request in story.requests] == [
        *((201,), (200, 409), (200, 409), (200, 409), (204,))
    ]


def test_a_masked_secret_may_be_what_was_refused():
    """A password of a form that is refused is replaced by an ordinary one."""
    request = SentRequest(
        method="POST", path="/", headers=(), status=400, body="{}", secrets=(('["a"]', "1"),)
    )
    assert claims_of_steps([request]) == ()
    assert claims_of_steps([msgspec.structs.replace(request, status=201)])[0].statuses == (201,)


def test_no_variable_of_the_script_is_that_of_a_resource():
    """Resources are A, B, … Z, A1, …: any number of them."""
    assert re.findall(r"\$\{?([A-Z]\d*)\b|^\s*([A-Z]\d*)=", curl_script.HEAD.read_text(), re.M) == []


def _write(folder, stories=None, **changes):
    record = {**records.record(*changes.pop("findings", ())), **changes}
    (folder / "run.json").write_text(json.dumps(record))
    if stories is not None:
        request = SentRequest(method="GET", path="/", headers=(), status=200)
        own = (RecordedStory(name="lifecycle: it", requests=(request,)),)
        record = StoriesRecord(format=1, started=stories, stories=own)
        (folder / "stories.json").write_text(dump(record))


BAD = (
    (("--as", "pytset"), {}, 2, "did you mean 'pytest'"),
    (("--as", "har"), {}, 3, "--all exports the stories"),
    (("--as", "har"), {"findings": [records.finding()]}, 3, "test again"),
    (("--as", "har", "--all"), {}, 2, "stories.json"),
    (("--as", "har", "--all"), {"stories": "2020-01-01T00:00:00+00:00"}, 2, "of another run"),
    (("--as", "har"), {"format": 3}, 2, "newer storepact"),
    ((), {}, 2, "--as"),
)


@pytest.mark.parametrize(("words", "changes", "code", "message"), BAD)
def test_bad_input(tmp_path, words, changes, code, message):
    """One line that says what to do next."""
    _write(tmp_path, **dict(changes))
    done = call("export", ".", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert not list(tmp_path.glob("storepact.*"))


def test_passed_run(tmp_path):
    """A run without findings is exported with --all; - prints the file, a folder is made."""
    started = records.record()["started"]
    _write(tmp_path, stories=started)
    done = call("export", tmp_path, "--as", "curl", "--all", "--output", "-", cwd=tmp_path)
    assert (done.returncode, done.stdout[:9]) == (0, "#!/bin/sh")
    done = call("export", tmp_path, "--as", "pytest", "--all", "--output", "new/folder", cwd=tmp_path)
    assert done.stdout == "1 story in new/folder/test_storepact.py\n"
    compile((tmp_path / "new/folder/test_storepact.py").read_text(), "x", "exec")
    (tmp_path / "file").write_text("")
    done = call("export", tmp_path, "--as", "har", "--all", "--output", "file/x.har", cwd=tmp_path)
    assert (done.returncode, "--output" in done.stderr) == (2, True)


@pytest.mark.parametrize("kind", [row.name for row in EXPORT_FORMATS])
def test_a_file_that_is_no_export_is_not_replaced(tmp_path, kind):
    """An earlier export is, and the output says so; --force replaces any file."""
    _write(tmp_path, stories=records.record()["started"])
    words = ("export", tmp_path, "--as", kind, "--all")
    path = tmp_path / next(row.file for row in EXPORT_FORMATS if row.name == kind)
    assert "in place of" not in call(*words, cwd=tmp_path).stdout
    assert "in place of an earlier export" in call(*words, cwd=tmp_path).stdout
    path.write_text("mine", encoding="utf-8")
    refused = call(*words, cwd=tmp_path)
    assert (refused.returncode, refused.stdout, path.read_text(encoding="utf-8")) == (2, "", "mine")
    assert "--output" in refused.stderr
    assert call(*words, "--force", cwd=tmp_path).returncode == 0
    assert path.read_text(encoding="utf-8") != "mine"


def test_texts_of_others_are_not_run():
    """Paths and headers with quotes and variables are quoted."""
    assert list(divide("/a/{{A}}/b")) == [("/a/", False), ("A", True), ("/b", False)]


def test_race_has_no_single_right_value():
    """After simultaneous requests no value is claimed."""
    request = {**records.exchange()["request"], "status": 200, "role": "get", "simultaneous": True}
    finding = records.finding(flaw="stale", member="/name", right='"a"', requests=[request])
    assert claims_of(as_values(records.record(finding)).findings[0], str) == ()


@pytest.mark.parametrize(
    ("locus", "member", "value", "expected"),
    [
        ("200 /items/*/version", "/version", '"1"', ["type is not"]),
        ("200 /items/*/_links/self/href", "/_links/self/href", "7", ["type is not"]),
        ("200 /_links/self/href", "/_links/self/href", "7", []),
        ("200 /_links/self/href", "/_links/self/href", "", []),
        ("200 /items/*/name", "/name", "", []),
    ],
)
def test_members_of_lists(locus, member, value, expected):
    """Claims are about elements: one about the list itself, or without a value, would hold by chance."""
    request = {**records.exchange()["request"], "status": 200, "role": "list"}
    body = '{"name": "x", "_links": {"self": {"href": "/a"}}, "items": []}'
    finding = records.finding(
        locus=locus, member=member, value=value, flaw="type", requests=[request],
        exchange=records.exchange(200, body),
    )  # fmt: skip
    assert [
        claim.kind for claim in claims_of(as_values(records.record(finding)).findings[0], str)
    ] == expected


@pytest.mark.parametrize(
    ("status", "statuses", "expected"),
    [
        (201, [201, 400, 422], [("or status", (400, 422)), ("is", ())]),
        (400, [201, 400], [("or status", (201,)), ("is", ())]),
        (201, [201, 202], [("is", ())]),
        (201, [], [("is", ())]),
        (500, [201, 400], [("is", ())]),
    ],
)
def test_refusal_instead(status, statuses, expected):
    """Where a refusal is as right as a success, it has no member to compare."""
    request = {**records.exchange()["request"], "status": status, "role": "create", "created": "a" * 24}
    finding = records.finding(
        locus="201 /name", member="/name", right='"\\ud83d"', flaw="value", statuses=statuses,
        requests=[request], exchange=records.exchange(status, "{}"),
    )  # fmt: skip
    record = as_values(records.record(finding))
    claims = claims_of(record.findings[0], str)
    assert [(claim.kind, claim.statuses) for claim in claims] == expected
    exported = list(stories_of_findings(record.findings))
    script = curl_script.render(source_of(record), exported)
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)
    guard = script.find("! has_status ")
    assert (guard > 0) is (len(expected) == 2)
    assert "nothing was created" not in script


@pytest.mark.parametrize("flaw", ["type", "undescribed"])
def test_error_has_no_member(flaw):
    """What holds of any error, too, is claimed of the status that was recorded."""
    request = {**records.exchange()["request"], "status": 200, "role": "get"}
    finding = records.finding(
        locus="200 /version", member="/version", value='"1"', flaw=flaw, statuses=[200], requests=[request]
    )
    claims = claims_of(as_values(records.record(finding)).findings[0], str)
    assert [(claim.kind, claim.statuses) for claim in claims[:1]] == [("status", (200,))]
    assert len(claims) == 2


@pytest.mark.parametrize(("code", "sent", "count"), [("SP601", "2", 1), ("SP601", "1", 0), ("SP610", "2", 0)])
def test_redacted_secrets(code, sent, count):
    """How a secret is shown, and what depends on it, is compared by storepact alone."""
    read = {
        **records.exchange()["request"],
        "status": 200,
        "role": "get",
        "shows": [["/config/password", "1"]],
    }
    patch = {**read, "method": "PATCH", "role": "update", "secrets": [["[0]", sent]], "shows": []}
    finding = records.finding(code=code, flaw="missing", member="/name", requests=[read, patch, read])
    assert len(claims_of(as_values(records.record(finding)).findings[0], str)) == count


def test_create_that_has_to_be_refused():
    """A script that waits for a refusal does not fail because nothing was created."""
    request = {**records.exchange()["request"], "method": "POST", "role": "create", "created": "a" * 24}
    first, last = {**request, "status": 201}, {**request, "status": 201, "created": "b" * 24}
    read = {**records.exchange()["request"], "path": f"/x/{'a' * 24}", "status": 200, "role": "get"}
    finding = records.finding(
        flaw="accepted", statuses=[403], requests=[first, read, last],
        exchange={**records.exchange(201, "{}"), "request": last_request(last)},
    )  # fmt: skip
    record = as_values(records.record(finding))
    script = curl_script.render(source_of(record), list(stories_of_findings(record.findings)))
    assert re.findall(r"\[ -n \"\$(\w)\" \]", script) == ["A"]
    assert "\n  status 403\n" in script


def last_request(request):
    """The request of an exchange, as a record has it."""
    names = records.exchange()["request"]
    return {**names, "method": request["method"], "path": request["path"]}


@pytest.mark.parametrize(
    "auth",
    [
        Auth.WRITER,
        Auth.LONGER,
        Auth.FOLLOWED,
        Auth.PRECEDED,
        Auth.SHORTER,
        Auth.ALTERED,
        Auth.RECASED,
        Auth.UNSEPARATED,
        Auth.REARRANGED,
    ],
)
def test_a_changed_token_is_changed_by_every_line(auth, monkeypatch):
    """What curl lines and exported files send is what the run sent, whatever token there is."""
    monkeypatch.setenv(TOKEN_VARIABLE, "api-12345678")
    sent = Credentials({Auth.WRITER: "api-12345678"}).token(auth)
    shown = placeholder(auth)
    header = curl._header("Authorization", shown)
    assert _printed_by_shell(f"printf %s {header}") == f"Authorization: {sent}"
    token = story_module._token(shown)
    assert _printed_by_shell(f'printf %s "{curl_script._token(token)}"') == sent
    names = {"os": os, "pytest": pytest, "re": re}
    exec(_function_of(pytest_file._HEAD.read_text(), "token"), names)
    changes = pytest_file._changes(token)
    assert eval(f"token({token.variable!r}{changes})", names) == sent


@pytest.mark.parametrize("command", ["touch stolen", "tr -d ._-; touch stolen", "tr -d ._-) $(touch stolen"])
def test_a_command_of_a_record_is_no_command_of_a_script(command):
    """A record may come from others: of what changes a token only the commands of storepact are known."""
    value = f'$(printf %s "${TOKEN_VARIABLE}" | {command})'
    assert story_module._token(value) == value
    assert _printed_by_shell(f"printf %s {curl._header('Authorization', value)}") == f"Authorization: {value}"


def _printed_by_shell(line):
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout


def _function_of(text, name):
    """The source of a function in a module's text."""
    tree = ast.parse(text)
    (function,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    return ast.unparse(function)
