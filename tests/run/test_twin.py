"""`storepact twin`: two releases get the same, and their answers are compared."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import pytest

from commands import call
from fault_proxy import fault_proxy, passing
from network_faults import closes, since
from short_gate import with_scenarios
from storepact.families import DEFAULT_FAMILY
from storepact.mock.serve import serve
from storepact.model.case import Case
from storepact.model.errors import Undetermined, UsageError
from storepact.run import twin
from storepact.run.settings import Settings
from storepact.run.transcript import TranscriptStep, deleting_all
from storepact.run.transcript_differences import cut_journeys
from storepact.run.twin_rules import RULES, group_differences


@pytest.fixture(autouse=True)
def few_stories(monkeypatch):
    """A few scenarios, no generated cases, and no journey."""
    with_scenarios(monkeypatch, "created-and-read", "renamed")
    monkeypatch.setattr(twin, "make_groups", lambda settings: [])
    monkeypatch.setattr(twin, "plan_journeys", lambda settings, urls: {})


@pytest.fixture(scope="module")
def other_mock():
    with serve(conditions=("writer", "reader")) as running:
        yield running


def compare(folder, target, against, *options, name=""):
    """Compare a running mock with another one, or with what is named."""
    tokens = {
        "STOREPACT_TOKEN": target.tokens["writer"],
        "STOREPACT_READER_TOKEN": target.tokens["reader"],
        "STOREPACT_AGAINST_TOKEN": against.tokens["writer"],
        "STOREPACT_AGAINST_READER_TOKEN": against.tokens["reader"],
    }
    words = ("--target", target.url, "--against", name or against.url, "--allow-writes", *options)
    return call("twin", *words, cwd=folder, environment=tokens)


def causes(folder):
    record = json.loads((folder / "storepact-report" / "twin.json").read_text(encoding="utf-8"))
    return {(row["rule"], row["breaks"]) for row in record["causes"]}


def test_equal_releases_do_not_differ(tmp_path, provider_mock, other_mock):
    """Ids, times, ports and links are other ones; nothing of it is a difference."""
    done = compare(tmp_path, provider_mock, other_mock)
    assert (done.returncode, causes(tmp_path)) == (0, set()), done.stdout + done.stderr
    assert "no difference" in done.stdout


RENAMES = [[{"op": "replace", "path": "/name", "value": f"storepact {name}"}] for name in ("a", "b", "c")]
GROUPS = [
    ("update", [Case("updateIntegration", "redis", "examples", body=patch) for patch in RENAMES]),
    ("list", [Case("listIntegrations", source="examples")]),
    ("get", [Case("getIntegration", "redis", "examples")]),
]


@pytest.mark.parametrize("lost", [b"storepact a", b"storepact b", b"storepact c"])
def test_lost_answers_are_no_difference(tmp_path, monkeypatch, provider_mock, other_mock, lost):
    """What cases share is made anew where one loses its answer; later cases find the same as on the other."""
    monkeypatch.setattr(twin, "make_groups", lambda settings: GROUPS)
    attempts = count()

    def choose(exchange):
        is_lost = lost in exchange.body and not next(attempts)
        return closes(done=True) if is_lost else passing

    with fault_proxy(provider_mock.url, choose) as proxy:
        behind = SimpleNamespace(url=proxy.url, tokens=provider_mock.tokens)
        done = compare(tmp_path, behind, other_mock, "--max-network-errors", "50")
    assert (done.returncode, causes(tmp_path)) == (0, set()), done.stdout + done.stderr


def test_what_an_outage_leaves_is_named(tmp_path, monkeypatch, provider_mock, other_mock):
    """Behind the reason, a line for each."""
    with_scenarios(monkeypatch, "renamed")
    with fault_proxy(provider_mock.url, since(12, closes())) as proxy:
        behind = SimpleNamespace(url=proxy.url, tokens=provider_mock.tokens)
        done = compare(tmp_path, behind, other_mock, "--patience", "1")
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stderr.index("has not answered for") < done.stderr.index("could not delete /api/v2/")


@pytest.mark.parametrize("redaction", ["edges", "stars", "last-four"])
def test_a_redacted_secret_that_was_copied_is_no_difference(
    tmp_path, monkeypatch, provider_mock, other_mock, redaction
):
    """Each target gets secrets of its own, so that a name with a part of one is another name there."""
    with_scenarios(monkeypatch, "secrets-copied")
    for mock in (provider_mock, other_mock):
        mock.configure(choices={"redaction": redaction})
    done = compare(tmp_path, provider_mock, other_mock)
    other_mock.configure()
    assert (done.returncode, causes(tmp_path)) == (0, set()), done.stdout + done.stderr


def test_another_order_of_a_list_is_no_difference(tmp_path, monkeypatch, provider_mock, other_mock):
    """No document promises one (D34): the same resource of both lists is compared."""
    with_scenarios(monkeypatch, "defaults-documented")
    other_mock.configure(choices={"list-order": "newest-first"})
    done = compare(tmp_path, provider_mock, other_mock)
    other_mock.configure()
    assert (done.returncode, causes(tmp_path)) == (0, set()), done.stdout + done.stderr


def test_breaking_difference_is_exit_code_1(tmp_path, provider_mock, other_mock):
    """One cause for one member, wherever it shows."""
    provider_mock.configure(faults=["maintainer-added"])
    done = compare(tmp_path, provider_mock, other_mock)
    assert (done.returncode, causes(tmp_path)) == (0, {("member-added", "compatible")}), done.stdout
    done = compare(tmp_path, other_mock, provider_mock)
    assert (done.returncode, causes(tmp_path)) == (1, {("member-removed", "breaking")}), done.stdout


def test_journeys_are_played_on_both(tmp_path, monkeypatch, provider_mock, other_mock):
    """The same steps for both; a difference that no scenario of this run shows is in a story."""
    monkeypatch.setattr(twin, "plan_journeys", lambda settings, urls: {1: 3, 2: 1})
    done = compare(tmp_path, provider_mock, other_mock)
    assert (done.returncode, causes(tmp_path)) == (0, set()), done.stdout + done.stderr
    record = json.loads((tmp_path / "storepact-report" / "twin.json").read_text(encoding="utf-8"))
    assert (record["stories"], record["left_out"]) == (6, [])
    provider_mock.configure(faults=["version-jumps"])
    done = compare(tmp_path, provider_mock, other_mock)
    assert (done.returncode, causes(tmp_path)) == (1, {("value-changed", "breaking")}), done.stdout
    example = json.loads((tmp_path / "storepact-report" / "twin.json").read_text(encoding="utf-8"))
    assert "journey 1 story" in json.dumps(example["causes"])


@pytest.mark.parametrize(
    ("ours", "theirs", "length"),
    [
        ("a200 b200 c200", "a200 b200 c200", 3),
        ("a200 b400 c404 d404", "a200 b200 c200 d200", 2),
        ("a200 b200 c200", "a200 x200 c200", 1),
        ("a200", "a200 b200", 1),
    ],
)
def test_journeys_are_compared_up_to_another_status(ours, theirs, length):
    """What follows another status, or another step, is its consequence; scenarios are compared whole."""

    def transcript(text):
        steps = [TranscriptStep(step[0], "get", int(step[1:]), {}) for step in text.split()]
        return {"journey 1 story 1": steps, "renamed": steps}

    for cut, whole in zip(cut_journeys(transcript(ours), transcript(theirs)), (ours, theirs), strict=True):
        assert len(cut["journey 1 story 1"]) == length
        assert len(cut["renamed"]) == len(whole.split())


def test_record_stands_for_a_release(tmp_path, provider_mock, other_mock):
    """The transcript of an earlier comparison, with the same seed."""
    compare(tmp_path, provider_mock, other_mock)
    record = tmp_path / "storepact-report" / "transcript.json"
    done = compare(tmp_path, other_mock, provider_mock, name=record)
    assert (done.returncode, causes(tmp_path)) == (0, set()), done.stdout + done.stderr
    done = compare(tmp_path, other_mock, provider_mock, "--seed", "5", name=record)
    assert (done.returncode, "--seed" in done.stderr) == (2, True)
    text = record.read_text(encoding="utf-8")
    assert provider_mock.tokens["writer"] not in text


@pytest.mark.parametrize("name", ["run.json", "missing"])
def test_what_is_no_transcript_is_refused(tmp_path, provider_mock, other_mock, name):
    """Another file, and a name that is neither file nor target."""
    (tmp_path / "run.json").write_text("{}")
    done = compare(tmp_path, provider_mock, other_mock, name=name)
    assert done.returncode == 2
    assert done.stderr.startswith("storepact: ")


def test_one_target_twice_is_refused(tmp_path, provider_mock, other_mock):
    """Also under another name of this machine, and with a slash."""
    for name in (provider_mock.url, provider_mock.url.replace("127.0.0.1", "localhost") + "/"):
        done = compare(tmp_path, provider_mock, other_mock, name=name)
        assert (done.returncode, "one target" in done.stderr) == (2, True), done.stderr


def step(status=200, role="get", **members):
    return TranscriptStep("read A", role, status, {f"/{name}": value for name, value in members.items()})


PAIRS = {
    "status-failed": (step(200), step(500)),
    "status-refused": (step(200), step(404)),
    "status-let-in": (step(401), step(200)),
    "status-accepted": (step(409, "create"), step(201, "create")),
    "status-changed": (step(200), step(202)),
    "refusal-changed": (step(400, "list"), step(422, "list")),
    "member-removed": (step(name='"a"'), step()),
    "member-added": (step(), step(name='"a"')),
    "type-changed": (step(version="1"), step(version='"1"')),
    "value-changed": (step(name='"a"'), step(name='"A"')),
    "provider-value-changed": (step(_status='"a"'), step(_status='"b"')),
    "text-changed": (step(404, message='"a"'), step(404, message='"b"')),
    "header-changed": (
        TranscriptStep("x", "get", 200, {"header Allow": "there"}),
        TranscriptStep("x", "get", 200, {}),
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_a_pair(rule):
    """The rule of a difference, and its class."""
    before, after = PAIRS[rule]
    after = TranscriptStep(before.does, after.role, after.status, after.members)
    found = group_differences({"s": [before]}, {"s": [after]}, DEFAULT_FAMILY.api, lambda *place: ())
    assert [(cause.rule, cause.breaks) for cause in found] == [(rule, RULES[rule][0])]


def test_refusal_that_a_consumer_relies_on_is_breaking():
    """Somebody tells 404 and 400 apart."""
    found = group_differences(
        {"s": [step(404)]}, {"s": [step(400)]}, DEFAULT_FAMILY.api, lambda *place: ["a-consumer"]
    )
    assert found[0].breaks == "breaking"


def test_a_transcript_that_does_not_exist_is_no_unknown_target(tmp_path):
    """Its name says that it is a file."""
    words = ("--target", "http://127.0.0.1:1", "--against", "missing.json", "--allow-writes")
    done = call("twin", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert "--against missing.json cannot be read: No such file or directory" in done.stderr


class Remaining:
    """A harness that could not delete something."""

    def close(self):
        return ["/a/1: its delete was answered with 403", "/a/2: its delete has no answer"]


def test_what_the_stories_leave_is_reported():
    """A comparison that could not delete what it created ends undetermined, and names it."""
    expected = r"could not delete /a/1: .* could not delete /a/2: "
    with pytest.raises(Undetermined, match=expected), deleting_all(Remaining()):
        pass


@pytest.mark.parametrize(
    "against",
    [
        "https://App.example.com/",
        "https://app.example.com:443",
        "https://app.example.com.",
        "https://app.example.com.:443/",
        "https://%61pp.example.com",
        "https://app.example.com//",
        "https://app.example.com/./a/..",
    ],
)
def test_other_spellings_of_a_target_are_the_same_one(against):
    """Case, the usual port, slashes, escapes and the dot of a whole domain name change nothing."""
    settings = Settings(target="https://app.example.com")
    with pytest.raises(UsageError, match="are one target"):
        twin._refuse_one_target(settings, replace(settings, target=against))


@pytest.mark.parametrize(
    "pair",
    [
        ("https://192.0.2.2/api", "https://3221225986/%61pi"),
        ("https://192.0.2.2", "https://0xc0000202:443"),
        ("https://192.0.2.2", "https://[::ffff:192.0.2.2]"),
        ("https://192.0.2.2", "https://[::FFFF:C000:202]/"),
        ("https://192.0.2.2", "https://192.0.2.2."),
        ("https://[2001:db8::1]", "https://[2001:DB8:0:0::1]"),
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
        ("https://localhost", "https://[::1]"),
        ("https://localhost", "https://127.1"),
        ("https://localhost", "https://[::ffff:127.0.0.1]"),
        ("https://localhost", "https://0.0.0.0"),
    ],
)
def test_other_spellings_of_an_address_are_the_same_one(pair):
    """Whole numbers, other bases, IPv4 within IPv6 and the names of this machine."""
    target, against = pair
    settings = Settings(target=target)
    with pytest.raises(UsageError, match="are one target"):
        twin._refuse_one_target(settings, replace(settings, target=against))


@pytest.mark.parametrize(
    "against",
    [
        "https://192.0.2.3",
        "https://192.0.2.2:8443",
        "https://192.0.2.2/v2",
        "https://a.example",
        "https://192.0.2.2/a%2Fb",
    ],
)
def test_other_targets_are_compared(against):
    """Another host, port or path is another target."""
    settings = Settings(target="https://192.0.2.2")
    twin._refuse_one_target(settings, replace(settings, target=against))


def test_an_escaped_slash_is_no_slash():
    """It names another path."""
    settings = Settings(target="https://192.0.2.2/a/b")
    twin._refuse_one_target(settings, replace(settings, target="https://192.0.2.2/a%2Fb"))
