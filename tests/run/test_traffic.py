# ruff: noqa: E501 - one line for each recording
"""`storepact check`: recorded traffic of any tool is judged, without a false alarm and without a secret."""

from __future__ import annotations

import base64
import gzip
import json
import os
import zlib

import pytest

from commands import call
from har_files import BASE, BODY, COLLECTION, CONFIG, Client, entry, har, path_of, resource
from storepact.engines.traffic.secrets import TrafficSecrets
from storepact.model.errors import UsageError
from storepact.run import traffic as traffic_module
from storepact.run import traffic_steps
from storepact.run.traffic_files import read_traffic

ITEM = resource()
PATH = path_of(ITEM)
CREATED = entry("POST", COLLECTION, 201, ITEM, BODY)
READ = entry("GET", PATH, 200, ITEM)
RENAME = [{"op": "replace", "path": "/name", "value": "New"}]
RENAMED = resource(name="New", version=2)
LINKS = {"self": {"href": BASE, "type": "application/json"}}


def list_entry(*items):
    return entry("GET", BASE, 200, {"_links": LINKS, "items": list(items)})


def check(folder, content, *options):
    """Judge a HAR file; returns the process and the codes of its findings."""
    path = folder / "traffic.har"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    done = call("check", path, *options, cwd=folder)
    record = folder / "storepact-traffic" / "run.json"
    codes = {row["code"] for row in json.loads(record.read_text())["findings"]} if record.exists() else set()
    return done, codes


def without(made, *members):
    """The entry without these members of its request."""
    return {**made, "request": {key: value for key, value in made["request"].items() if key not in members}}


def with_sent(made, text, *, content_length=False):
    """The entry with another text of its body, which was longer when it was sent."""
    request = {
        **made["request"],
        "postData": {"mimeType": "application/json", "text": text, "params": []},
        "bodySize": 120,
    }
    if content_length:
        request |= {
            "bodySize": -1,
            "headers": [*request["headers"], {"name": "Content-Length", "value": "120"}],
        }
    return {**made, "request": request}


CLEAN = {
    "a story": [CREATED, READ, list_entry(ITEM), entry("PATCH", PATH, 200, RENAMED, RENAME), entry("GET", PATH, 200, RENAMED)],
    "the middle of a story": [entry("GET", PATH, 200, resource(version=7)), entry("DELETE", PATH, 204)],
    "another client has changed it": [CREATED, READ, entry("GET", PATH, 200, resource(name="Other", version=3))],
    "another client has deleted it": [CREATED, READ, entry("GET", PATH, 404, {"code": "not_found", "message": "none"})],
    "another client has deleted it, as the list shows": [CREATED, READ, list_entry()],
    "another client has changed it before a patch": [CREATED, READ, entry("PATCH", PATH, 200, resource(name="New", version=4), RENAME)],
    "a token without permission": [entry("GET", PATH, 403, {"code": "forbidden", "message": "no"})],
    "an unknown id": [entry("GET", PATH, 404, {"code": "not_found", "message": "no"})],
    "a browser leaves the token out": [entry("GET", PATH, 200, ITEM, headers={"LD-API-Version": "beta"})],
    "no header was recorded": [entry("GET", PATH, 200, ITEM, headers={})],
    "no body was recorded": [{**READ, "response": {**READ["response"], "content": {"size": 900}}}],
    "the request's body was not recorded": [without(entry("POST", COLLECTION, 201, ITEM, BODY), "postData", "bodySize") | {}],
    "the request's body was cleared": [with_sent(entry("POST", COLLECTION, 201, ITEM, BODY), ""), with_sent(entry("PATCH", PATH, 200, RENAMED, RENAME), "", content_length=True)],
    **{
        f"{status} to a request whose {part} not recorded": [CREATED, READ, made, READ]
        for status in (400, 409, 422)
        for refused in ({"code": "optimistic_locking_error" if status == 409 else "invalid_request", "message": "no"},)
        for part, made in (
            ("body was", without(entry("PATCH", PATH, status, refused, RENAME), "postData", "bodySize")),
            ("text was", with_sent(entry("PATCH", PATH, status, refused, RENAME), None)),
            ("create's body was", without(entry("POST", COLLECTION, status, refused, BODY), "postData", "bodySize")),
            ("headers were", without(entry("PATCH", PATH, status, refused, RENAME), "headers")),
        )
    },
    "the request's body is cut": [with_sent(entry("POST", COLLECTION, 201, ITEM, BODY), json.dumps(BODY)[:40])],
    "the response's body is cut": [{**READ, "response": {**READ["response"], "content": {"size": 900, "text": json.dumps(ITEM)[:200]}}}],
    "pseudo headers": [entry("GET", PATH, 200, ITEM, headers={":authority": "x", ":method": "GET", "authorization": "t-0815-abcdef", "ld-api-version": "beta"})],
    "aborted": [READ, entry("GET", PATH, 0)],
    "a gateway's page": [READ, entry("GET", PATH, 502, "<html>Bad gateway</html>")],
    "not modified": [READ, entry("GET", PATH, 304, headers={"Authorization": "x-0815-abcdef", "LD-API-Version": "beta", "If-None-Match": "a"})],
    "not modified, and no header was recorded": [READ, entry("GET", PATH, 304, headers={})],
    "a change to another protocol": [READ, entry("GET", BASE, 101, headers={"Upgrade": "websocket", "Connection": "Upgrade"}), entry("GET", f"wss://app.example.com{BASE}", 101)],
    "what is not HTTP": [READ, *(entry("GET", url, 200) for url in ("data:text/plain,://hi", "blob:https://x/1", "chrome-extension://abc/x.js", "file:///etc/x"))],
    "to HTTPS": [READ, entry("GET", f"http://app.example.com{PATH}", 301, redirected=f"https://app.example.com{PATH}")],
    "a browser goes to HTTPS by itself": [READ, entry("PATCH", f"http://app.example.com{PATH}", 307, body=RENAME, redirected=f"https://app.example.com{PATH}")],
    "a login elsewhere": [READ, entry("GET", PATH, 302, "<html>", redirected="//login.example.org/?next=x")],
    "a proxy's login": [READ, entry("GET", PATH, 407, "<html>Proxy</html>"), entry("GET", PATH, 511, "<html>")],
    "a preflight": [READ, entry("OPTIONS", PATH, 204, headers={"Origin": "https://x.example"})],
    "other paths": [READ, entry("GET", "/api/v2/flags/default", 500, "oops")],
    "entries that are none": [READ, None, {}, {"request": {"method": "GET"}}],
    "a URL of damaged text": [READ, {**READ, "request": {**READ["request"], "url": "https://a.example.com/\ud800"}}],
    "two hosts": [CREATED, entry("GET", f"https://b.example.com{PATH}", 200, resource(name="There", version=1)), READ],
    "a list for another token": [CREATED, READ, entry("GET", BASE, 200, {"_links": LINKS, "items": []}, headers={"Authorization": "other-token-1", "LD-API-Version": "beta"})],
    "at the same moment": [entry("POST", COLLECTION, 201, ITEM, BODY, at=0), entry("PATCH", PATH, 200, RENAMED, RENAME, at=1, took=800),
                           entry("GET", PATH, 200, ITEM, at=1.2, took=100), entry("GET", PATH, 200, RENAMED, at=3)],
    "the file is in another order": [entry("GET", PATH, 200, RENAMED, at=3), entry("POST", COLLECTION, 201, ITEM, BODY, at=0), entry("PATCH", PATH, 200, RENAMED, RENAME, at=1)],
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAN)
def test_traffic_without_a_fault_has_no_finding(tmp_path, name):
    """Whatever a tool leaves out, and whatever other clients do meanwhile."""
    done, codes = check(tmp_path, har(*CLEAN[name]))
    assert (done.returncode, codes) == (0, set()), done.stdout + done.stderr


GONE = {"code": "not_found", "message": "none"}
JUMPS = [
    made
    for number in (1, 2, 3)
    for item in (resource(name=str(number), version=1 + 2 * number),)
    for made in (
        entry("PATCH", PATH, 200, item, [{"op": "replace", "path": "/name", "value": str(number)}]),
        entry("GET", PATH, 200, item),
    )
]
BROKEN = {
    "an empty body": ("SP106", [entry("GET", PATH, 200)]),
    "a member of another type": ("SP104", [entry("GET", PATH, 200, resource(version="1"))]),
    "an undescribed status": ("SP102", [entry("GET", PATH, 202, ITEM)]),
    "a failure": ("SP101", [entry("GET", PATH, 500, GONE)]),
    "a failure in no form": ("SP101", [entry("GET", PATH, 500, "<html>")]),
    "without the version header": ("SP205", [entry("GET", PATH, 200, ITEM, headers={"Authorization": "t-0815-abcdef"})]),
    "an SDK's key": ("SP203", [entry("GET", PATH, 200, ITEM, headers={"Authorization": "sdk-12", "LD-API-Version": "beta"})]),
    "a valid create is refused": ("SP201", [entry("POST", COLLECTION, 400, GONE, BODY)]),
    "an invalid create is accepted": ("SP202", [entry("POST", COLLECTION, 201, ITEM, {"name": "x"})]),
    "another name is kept": ("SP601", [entry("POST", COLLECTION, 201, resource(name="orders"), BODY)]),
    "a secret is shown": ("SP301", [entry("POST", COLLECTION, 201, resource(config=CONFIG), BODY)]),
    "a stale read": ("SP602", [CREATED, entry("PATCH", PATH, 200, RENAMED, RENAME), READ]),
    "a stale read between two stories": ("SP602", [CREATED, entry("POST", COLLECTION, 201, resource(2), BODY), entry("PATCH", PATH, 200, RENAMED, RENAME), entry("GET", path_of(resource(2)), 200, resource(2)), READ]),
    "not readable after its create": ("SP602", [CREATED, entry("GET", PATH, 404, GONE)]),
    "not listed after its create": ("SP603", [CREATED, list_entry()]),
    "deleted and there": ("SP604", [CREATED, entry("DELETE", PATH, 204), READ]),
    "known by reading": ("SP602", [entry("GET", PATH, 200, ITEM), entry("GET", PATH, 200, resource(name="Other"))]),
    "versions jump again and again": ("SP606", [CREATED, READ, *JUMPS]),
    "a redirect within the host": ("SP102", [entry("GET", PATH, 308, redirected=f"{PATH}/")]),
    "a redirect to nowhere": ("SP102", [entry("GET", PATH, 302)]),
    "a change of the protocol that was not asked for": ("SP102", [entry("GET", PATH, 101)]),
    "a wrong verb": ("SP206", [entry("PUT", PATH, 200, ITEM)]),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_fault_is_found(tmp_path, name):
    """The document, the rules of one request, and the rules with memory: exit code 1."""
    code, entries = BROKEN[name]
    done, codes = check(tmp_path, har(*entries))
    assert code in codes, done.stdout
    assert done.returncode == 1


def test_complete_traffic_has_no_other_writers(tmp_path):
    """With --complete a resource that is gone without a delete is a finding at once."""
    entries = CLEAN["another client has deleted it"]
    assert "SP602" in check(tmp_path, har(*entries), "--complete")[1]


def test_bodies_in_base64_are_read(tmp_path):
    """Proxies write bodies in base64; a byte order mark is before the whole file."""
    made = entry("GET", PATH, 200, ITEM)
    text = base64.b64encode(json.dumps(resource(version="x")).encode()).decode()
    made["response"]["content"] = {"size": 9, "encoding": "base64", "text": text}
    assert "SP104" in check(tmp_path, "\ufeff" + json.dumps(har(made)))[1]


@pytest.mark.parametrize(("coding", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
@pytest.mark.parametrize("is_decoded", [True, False])
def test_bodies_that_were_recorded_as_sent_are_decoded(tmp_path, coding, encode, is_decoded):
    """Most tools decode a body and keep the header of its coding; some record the bytes of the wire."""
    made = entry("GET", PATH, 200, ITEM)
    text = made["response"]["content"]["text"].encode()
    body = text if is_decoded else encode(text)
    encoded = base64.b64encode(body).decode()
    made["response"]["content"] = {"size": len(body), "encoding": "base64", "text": encoded}
    made["response"]["headers"].append({"name": "content-encoding", "value": coding})
    done, codes = check(tmp_path, har(made))
    assert (done.returncode, codes) == (0, set()), done.stdout


def test_no_secret_is_written(tmp_path):
    """Tokens, passwords and cookies are in no report, even where a provider has shown them."""
    headers = {
        "Authorization": "Bearer tok-55aa-77cc",
        "LD-API-Version": "beta",
        "Cookie": "sid=c00kie-value-1",
    }
    config = {"host": "redis.example.com", "password": "pa55-w0rd-xyz"}
    entries = [
        entry("POST", COLLECTION, 201, resource(config=config), {**BODY, "config": config}, headers=headers),
        entry("GET", PATH, 500, {"message": "token tok-55aa-77cc is broken"}, headers=headers),
    ]
    done, codes = check(tmp_path, har(*entries))
    assert {"SP301", "SP101"} <= codes
    texts = [
        path.read_text(errors="replace")
        for path in (tmp_path / "storepact-traffic").rglob("*")
        if path.is_file()
    ]
    for secret in ("tok-55aa-77cc", "c00kie-value-1", "pa55-w0rd-xyz"):
        assert not any(secret in text for text in (*texts, done.stdout, done.stderr)), secret


BAD = {
    "empty": ("", 2, "is empty"),
    "not JSON": ("hello", 2, "is not JSON"),
    "truncated": (json.dumps(har(READ, READ))[:-300], 2, "is cut off"),
    "NDJSON of entries": ("\n".join([json.dumps(READ)] * 3), 2, "the second begins at line 2; a HAR file is"),
    "two HAR files in one": (json.dumps(har(READ), indent=1) * 2, 2, "more than one JSON value"),
    "what follows is no JSON": (json.dumps(har(READ)) + "\n-- end", 2, "more than one JSON value"),
    "damaged near its end": (json.dumps(har(READ))[:-20] + "?}}}", 2, "is not JSON: line 1"),
    "another file": ('{"openapi": "3.1.0"}', 2, "neither a HAR file"),
    "a list": ("[]", 2, "neither a HAR file"),
    "entries of another type": ('{"log": {"entries": {}}}', 2, "neither a HAR file"),
    "no entry": (json.dumps(har()), 3, "there was no exchange"),
    "another API": (json.dumps(har(entry("GET", "/api/v2/flags", 200, {}))), 3, "/api/v2/flags"),
    "nothing but failures": (json.dumps(har(entry("GET", PATH, 0))), 3, "there was no response"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_has_a_clear_error(tmp_path, name):
    """Exit code 2 where a file cannot be used, 3 where it says nothing about this API."""
    content, code, message = BAD[name]
    done, _ = check(tmp_path, content)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_every_beginning_of_a_recording_is_called_cut_off(tmp_path):
    """Wherever a copy ends: in a long text, an escape, a number, a literal, between two members."""
    value = {"log": {"entries": [{"a": "é\\u1", "b": "x" * 2_000, "c": [1.5e3, -2, True, False, None, {}]}]}}
    text = json.dumps(value).replace("1500.0", "1.5e+3")
    path = tmp_path / "traffic.har"
    for end in [*range(1, 40), *range(1_990, len(text))]:
        path.write_text(text[:end], encoding="utf-8")
        with pytest.raises(UsageError, match="is cut off after"):
            list(read_traffic([path]))


def test_damaged_recording_is_parsed_once_by_each_parser(tmp_path, monkeypatch):
    """The fast parser refuses it, and the exact one says where: a large file takes no third reading."""
    calls = []
    decode = json.JSONDecoder.raw_decode
    monkeypatch.setattr(
        json.JSONDecoder, "raw_decode", lambda *arguments: calls.append(1) or decode(*arguments)
    )
    path = tmp_path / "traffic.har"
    path.write_text(json.dumps(har(READ, READ))[:-300], encoding="utf-8")
    with pytest.raises(UsageError):
        list(read_traffic([path]))
    assert len(calls) == 1


def test_recordings_in_other_encodings_are_read(tmp_path):
    """PowerShell writes UTF-16; a browser wrote a byte that UTF-8 does not have."""
    text = json.dumps(har(READ, READ))
    path = tmp_path / "traffic.har"
    for content in (
        text.encode("utf-16"),
        text.replace("redis.example", "redis\udcff").encode("utf-8", "surrogateescape"),
    ):
        path.write_bytes(content)
        (traffic,) = read_traffic([path])
        assert len(traffic.entries) == 2


def test_reports_show_no_seed_and_no_profile(tmp_path):
    """No case was generated: a seed and a profile would say that some were."""
    done, _ = check(tmp_path, har(CREATED, READ))
    folder = tmp_path / "storepact-traffic"
    assert json.loads((folder / "run.json").read_text())["profile"] == "traffic"
    texts = [done.stdout, *(path.read_text() for path in folder.glob("*.[hm][td]*"))]
    assert len(texts) > 2
    assert not any(
        word in text for text in texts for word in ("Seed and profile", "20261123", "profile live")
    )


@pytest.mark.parametrize("arguments", [(), ("nowhere.har",), (".",)])
def test_missing_files(tmp_path, arguments):
    """No file, one that does not exist, a folder without traffic."""
    done = call("check", *arguments, cwd=tmp_path)
    assert done.returncode in (2, 3)
    assert done.stderr.startswith("storepact: ")


@pytest.mark.parametrize("fault", ["", "stale-read", "version-jumps"])
def test_stories_of_a_client_on_a_mock(tmp_path, provider_mock, fault):
    """Two interleaved stories; what `verify` finds with memory is found in them, too."""
    names = {"stale-read": "SP602", "version-jumps": "SP606"}
    provider_mock.configure(faults=[fault] if fault else [])
    first, second = Client(provider_mock), Client(provider_mock)
    first.story("One")
    second.story("Two")
    done, codes = check(tmp_path, har(*first.entries, *second.entries))
    assert codes == ({names[fault]} if fault else set()) or names.get(fault) in codes, done.stdout


ODD = {
    "an unknown kind": entry("POST", f"{BASE}/default/test/cassandra", 404, GONE, BODY),
    "members of other types": entry("POST", COLLECTION, 400, GONE, {**BODY, "tags": 5, "on": "x"}),
    "a patch of other types": entry("PATCH", PATH, 400, GONE, [{"op": "replace", "path": 5, "value": 1}, 7]),
    "a patch that is none": entry("PATCH", PATH, 400, GONE, "x"),
    "a list as body": entry("POST", COLLECTION, 400, GONE, [1]),
}


@pytest.mark.parametrize("name", ODD)
def test_invalid_requests_in_traffic_are_no_problem(tmp_path, name):
    """Whatever a client sends, its refusal is right."""
    done, codes = check(tmp_path, har(CREATED, READ, ODD[name], READ))
    assert (done.returncode, codes) == (0, set()), done.stdout + done.stderr


#: What differs from run to run.
_OF_THE_RUN = {"started", "duration_s", "first_finding_s", "base_url", "latency"}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """A folder with recordings of every kind: with findings, without, with what cannot be judged."""
    folder = tmp_path_factory.mktemp("recordings")
    for number, entries in enumerate([*CLEAN.values(), *(entries for _, entries in BROKEN.values())]):
        (folder / f"{number:02}.har").write_text(json.dumps(har(*entries)))
    return folder


@pytest.fixture(scope="module")
def expected(recordings, tmp_path_factory):
    """The record of one process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traffic_module, "PROCESSES", 1)
        return record_of(recordings, tmp_path_factory.mktemp("expected"))


def record_of(recordings, folder):
    """The record of the recordings, without what differs from run to run."""
    call("check", recordings, cwd=folder)
    record = json.loads((folder / "storepact-traffic" / "run.json").read_text())
    return {name: value for name, value in record.items() if name not in _OF_THE_RUN}


@pytest.fixture
def two_processes(monkeypatch):
    """Two processes, however few exchanges there are."""
    monkeypatch.setattr(traffic_module, "PROCESSES", 2)
    monkeypatch.setattr(traffic_module, "FEWEST", 1)
    monkeypatch.setattr(traffic_steps, "_BATCH", 7)


def test_two_processes_make_the_record_of_one(recordings, expected, two_processes, monkeypatch, tmp_path):
    """Findings, fingerprints, counts, what was not judged: all of it; the second process was not lost."""

    def fail(*arguments):
        raise AssertionError("judged once more by one process")

    monkeypatch.setattr(traffic_module, "follow", fail)
    assert expected["findings"]
    assert record_of(recordings, tmp_path) == expected


def test_loss_of_the_second_process_loses_nothing(recordings, expected, two_processes, monkeypatch, tmp_path):
    """One that the system ends half-way is replaced by the first one."""
    to_send, packed = traffic_steps._to_send, []

    def end_after_some(*arguments):
        packed.append(to_send(*arguments))
        if len(packed) > 20:
            os._exit(137)
        return packed[-1]

    monkeypatch.setattr(traffic_steps, "_to_send", end_after_some)
    assert record_of(recordings, tmp_path) == expected


def test_late_registrations_mask_texts():
    """What the second process has registered is masked in messages of the first one."""
    there, here = TrafficSecrets(), TrafficSecrets()
    there.register("hunter-2-correct-horse", "the access token")
    here.register_late(there.take_new())
    assert "hunter-2-correct-horse" not in here.mask_text("shows hunter-2-correct-horse")
    assert there.take_new() == ()
