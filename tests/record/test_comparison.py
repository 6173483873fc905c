"""A run compared with an earlier one."""

from __future__ import annotations

import json

import msgspec
import pytest

import commands
import records
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.outcome import Reason
from storepact.record.comparison import compare_runs, past_findings, since
from storepact.record.recorder import Recorder
from storepact.record.store import dump, read_record
from storepact.record.values import ObservedMember, Since, Snapshot
from storepact.report import compare as report
from storepact.transport.redaction import Secrets


def finding(fingerprint, code="SP104", operation="getIntegration", locus="200 /version", **changes):
    defaults = {
        "code": code,
        "check": "c",
        "operation": operation,
        "locus": locus,
        "message": f"{locus} is wrong",
        "consumers": ["mine"],
        "actual": "wrong",
    }
    return records.finding(fingerprint.ljust(12, "0"), **{**defaults, **changes})


def data(*findings, **changes):
    """A record as plain data, to be changed before it is read."""
    coverage = {"getIntegration": {"200": 9, "404": 2}, "deleteIntegration": {"204": 3}}
    return records.record(*findings, **{"coverage": coverage, "latency": {}, **changes})


def record(*findings, **changes):
    return read_record(data(*findings, **changes), "test")


def names(findings):
    return [finding.fingerprint.rstrip("0") for finding in findings]


def shape_changes(change):
    changed = data()
    change(changed["observed"]["getIntegration 200"])
    drift = compare_runs([record()], read_record(changed, "test")).drift
    return [(difference.what, difference.where, difference.detail) for difference in drift]


def test_nothing_changed():
    """The same run twice."""
    comparison = compare_runs([record(finding("a"))], record(finding("a")))
    assert (comparison.regression, names(comparison.still)) == (False, ["a"])
    assert report.headline(compare_runs([record()], record())) == "Nothing changed."


def test_new_and_gone():
    """A new finding is a regression, one that is gone is none."""
    comparison = compare_runs([record(finding("a"), finding("b"))], record(finding("b"), finding("c")))
    assert names(comparison.new) == ["c"]
    assert names(comparison.still) == ["b"]
    assert names(comparison.gone) == ["a"]
    assert comparison.regression
    assert not compare_runs([record(finding("a"))], record()).regression


def compare_presence(presence, previous=None):
    """The comparison of runs of which those with a `1` have a finding; the last is the run."""
    *bases, run = (record(*[finding("a")] * (digit == "1")) for digit in presence)
    return compare_runs(bases, run, previous=previous)


SECTIONS = ("new", "back", "still", "gone", "flapping")


@pytest.mark.parametrize(
    ("presence", "sections"),
    [
        ("01", ["new"]),
        ("11", ["still"]),
        ("10", ["gone"]),
        ("010", ["gone"]),
        ("0110", ["gone"]),
        ("101", ["back"]),
        ("1001", ["back"]),
        ("1011", ["still"]),
        ("1010", ["flapping"]),
        ("0101", ["back", "flapping"]),
        ("01011", ["flapping"]),
    ],
)
def test_flapping_takes_three_changes(presence, sections):
    """What came and went once is gone, what came again is back, and only that is a regression."""
    comparison = compare_presence(presence)
    assert [name for name in SECTIONS if getattr(comparison, name)] == sections
    assert comparison.regression is bool({"new", "back"} & set(sections))


def test_what_only_the_previous_run_had_is_gone():
    """The base is an older green run; a finding that came and went since then is gone."""
    previous = record(finding("a"))
    past = past_findings([record(), previous])
    comparison = compare_runs([record()], record(), past, previous)
    assert (names(comparison.gone), len(comparison.ended)) == (["a"], 1)
    assert report.headline(comparison) == "No regression; 1 finding gone."
    assert compare_runs([record()], previous, past, previous).gone == ()


def test_findings_of_one_cause_are_grouped():
    """A member that goes wrong does so in every operation, every suite and every pact that relies on it."""
    findings = [
        finding("a"),
        finding("b", operation="listIntegrations", locus="200 /items/*/version"),
        finding(
            "c", code="SP401", locus="mine/asks/body $.version", touches="200 /version", consumers=["other"]
        ),
        finding("d", code="SP602", locus="200 /name", message='/name is "a", not "b"'),
    ]
    causes = compare_runs([record()], record(*findings)).causes
    groups = [sorted(name.rstrip("0") for name in cause.fingerprints) for cause in causes]
    assert groups == [["a", "b", "c"], ["d"]]
    assert causes[0].operations == ("getIntegration", "listIntegrations")
    assert causes[0].consumers == ("mine", "other")
    assert causes[0].curl


def test_accepted_findings_are_no_regression():
    """What somebody has accepted is listed apart, and breaks nothing."""
    held = {"fingerprint": "a".ljust(12, "0"), "reason": "known", "owner": "me", "until": "2027-01-31"}
    comparison = compare_runs([record()], record(finding("a", accepted=held)))
    assert (comparison.regression, comparison.new, names(comparison.accepted)) == (False, (), ["a"])


def test_since():
    """How many runs in a row a finding has been there, and whether it came back."""
    with_it = [record(finding("a"), started=f"2026-11-2{day}T03:00:00+00:00") for day in range(3)]
    without = record()
    name = "a".ljust(12, "0")
    assert since(name, [], "now") is None
    assert since(name, past_findings([without]), "now") == Since(runs=1, first="now", flapping=False)
    assert since(name, past_findings([without, *with_it]), "now") == Since(
        runs=4, first="2026-11-20T03:00:00+00:00", flapping=False
    )
    back = Since(runs=1, first="now", flapping=False, back=True)
    assert since(name, past_findings([with_it[0], without]), "now") == back
    unsteady = Since(runs=1, first="now", flapping=True, back=True)
    assert since(name, past_findings([without, with_it[0], without]), "now") == unsteady


def test_what_only_a_mock_can_show_is_not_lost_on_a_live_target():
    """A row that no live target can be brought to is listed apart; any other row is lost."""
    row = records.row("getIntegration", "404", 0, "an explanation", reason_code="orphaned_token")
    coverage = {"getIntegration": {"200": 9}, "deleteIntegration": {"204": 3}}
    live = record(coverage=coverage, target="http://127.0.0.1:1", rows=[row])
    comparison = compare_runs([record()], live)
    assert (comparison.regression, [loss.status for loss in comparison.out_of_reach]) == (False, ["404"])
    assert compare_runs([record()], record(coverage=coverage, rows=[row])).regression


def test_reasons_of_earlier_records_have_codes():
    """The sentences that earlier versions wrote are read as the codes of today."""
    reason = "needs a token whose project is gone; only a mock can be brought into this state"
    rows = [
        records.row("getIntegration", "404", 0, reason),
        records.row("getIntegration", "410", 0, "allowed, but not owed: no answer was like this"),
    ]
    orphaned, optional = record(rows=rows).rows
    assert (orphaned.reason_code, orphaned.owed) == (Reason.ORPHANED_TOKEN, True)
    assert (optional.reason_code, optional.owed, optional.counts) == (Reason.OPTIONAL, False, False)


def test_a_repaired_provider_has_lost_nothing():
    """A status that is not described, and a member that was a finding, are no coverage."""
    odd = {**records.row("getIntegration", "418", 2), "outcome": "not described"}
    base = data(finding("a", code="SP105", locus="200 /note"), rows=[odd])
    base["coverage"]["getIntegration"]["418"] = 2
    repaired = data()
    del repaired["observed"]["getIntegration 200"]["members"]["/note"]
    comparison = compare_runs([read_record(base, "base")], read_record(repaired, "run"))
    assert (comparison.regression, comparison.lost, names(comparison.gone)) == (False, (), ["a"])


def test_what_comes_back_is_a_regression():
    """It flaps, and it is there: what was green yesterday is not today."""
    bases = [record(), record(finding("a")), record()]
    comparison = compare_runs(bases, record(finding("a")))
    assert (names(comparison.flapping), comparison.regression) == (["a"], True)
    assert comparison.flapping[0].back


def test_only_a_cause_that_explains_a_loss_takes_it():
    """A wrong member does not make a status disappear; a response of another status does."""
    coverage = {"getIntegration": {"200": 9}, "deleteIntegration": {"204": 3}}
    apart = compare_runs([record()], record(finding("a"), coverage=coverage))
    assert ([loss.status for loss in apart.apart], apart.causes[0].lost) == (["404"], ())
    status = finding("b", code="SP207", locus="id 403", actual="403", message="refused with 403")
    explained = compare_runs([record()], record(status, coverage=coverage))
    assert (explained.apart, [loss.status for loss in explained.causes[0].lost]) == ((), ["404"])


def latency_changes(before, after):
    comparison = compare_runs([record(latency=before)], record(latency=after))
    assert not comparison.regression
    return [change.operation for change in comparison.slower]


def latencies(*buckets):
    operations = ("listIntegrations", "getIntegration", "createIntegration")
    return {name: records.latency(400, bucket) for name, bucket in zip(operations, buckets, strict=True)}


@pytest.mark.parametrize(
    ("buckets", "operations"),
    [
        ((81, 80, 80), []),
        ((80, 110, 80), ["getIntegration"]),
        ((110, 110, 110), ["every operation alike"]),
    ],
)
def test_latency(buckets, operations):
    """A p95 that moved beyond chance is a note; what moved everything alike is one."""
    assert latency_changes(latencies(80, 80, 80), latencies(*buckets)) == operations


def test_latency_of_few_responses():
    """A few responses say nothing about a percentile."""
    before, after = ({"getIntegration": records.latency(20, bucket)} for bucket in (50, 110))
    assert latency_changes(before, after) == []


def test_what_comes_of_an_accepted_finding_is_accepted_with_it():
    """A status that an accepted cause has taken the place of is no coverage lost."""
    held = {"fingerprint": "a" * 12, "reason": "r", "owner": "o", "until": "2027-01-01"}
    coverage = {"getIntegration": {"200": 40}, "deleteIntegration": {"204": 5}}
    wrong = finding("a", code="SP102", locus="418", actual="418", accepted=held)
    assert compare_runs([record()], record(wrong, coverage=coverage)).regression is False
    assert compare_runs([record()], record(finding("a"), coverage=coverage)).regression is True


def refusals(**statuses):
    """A record of an operation with these statuses beside its successes."""
    counts = {"200": 90, **{name.removeprefix("s"): count for name, count in statuses.items()}}
    return record(coverage={"updateIntegration": counts})


def status_changes(comparison):
    return [(change.what, change.where, change.places) for change in comparison.drift]


def test_a_status_instead_of_another_is_one_change():
    """Never received before, and in the place of one that is gone: no lost coverage."""
    comparison = compare_runs([refusals(s409=5)], refusals(s422=6))
    assert status_changes(comparison) == [("status changed", "409 → 422", ("updateIntegration",))]
    assert (comparison.lost, comparison.regression) == ((), False)
    assert report.headline(comparison) == "No regression; 1 change of responses."


@pytest.mark.parametrize(
    ("before", "after", "lost", "changes"),
    [
        ({"s409": 5}, {"s409": 2, "s422": 3}, [], [("new status", "422")]),
        ({"s409": 5, "s422": 3}, {"s422": 8}, [], [("status changed", "409 → 422")]),
        ({"s409": 5, "s422": 3}, {"s422": 4}, ["409"], []),
        ({"s409": 40}, {"s422": 1}, ["409"], [("new status", "422")]),
        ({"s409": 5}, {"s201": 5}, ["409"], [("new status", "201")]),
        ({"s429": 5}, {"s409": 5}, ["429"], [("new status", "409")]),
        ({"s409": 5, "s404": 30}, {"s422": 6}, ["404"], [("status changed", "409 → 422")]),
        ({"s409": 5, "s404": 30}, {"s422": 6, "s400": 29}, [],
         [("status changed", "409 → 422"), ("status changed", "404 → 400")]),
    ],
)  # fmt: skip
def test_what_takes_the_place_of_a_status(before, after, lost, changes):
    """A new status of the same class with about as many responses; each takes the place of one."""
    comparison = compare_runs([refusals(**before)], refusals(**after))
    assert [loss.status for loss in comparison.lost] == lost
    assert [change[:2] for change in status_changes(comparison)] == changes


def test_other_cases_do_not_move_a_status():
    """With another seed a status is more frequent because other cases led to it."""
    before = record(coverage={"updateIntegration": {"200": 90, "409": 5, "422": 3}}, seed=2)
    assert [loss.status for loss in compare_runs([before], refusals(s422=8)).lost] == ["409"]


def test_a_header_that_is_rare_is_compared_over_all_responses():
    """`Access-Control-Allow-Origin` is in few responses of each operation; rare here, it is not new."""
    runs = []
    for origin in ("https://a.example.com", "*"):
        shapes = {}
        for name in ("get 200", "list 200", "create 201"):
            run = record_of_bodies([{}] * 9, [("X", "1")])
            shape = json.loads(dump(run.observed["get 200"]))
            other = json.loads(dump(record_of_bodies([{}], [("Access-Control-Allow-Origin", origin)])))
            shape["headers"]["access-control-allow-origin"] = 1
            shape["header_values"].update(other["observed"]["get 200"]["header_values"])
            shapes[name] = shape
        shapes["get 404"] = json.loads(dump(record_of_bodies([{}] * 9).observed["get 200"]))
        if origin == "*":
            shapes["get 404"]["headers"]["access-control-allow-origin"] = 2
        runs.append(record(observed=shapes))
    assert changes_between(*runs) == [("new form", "access-control-allow-origin", "*, before a URL")]


def test_a_status_that_the_document_does_not_describe_is_a_finding():
    """It is in the findings, not among the changed responses."""
    odd = {**records.row("updateIntegration", "418", 5), "outcome": "not described"}
    run = record(coverage={"updateIntegration": {"200": 90, "418": 5}}, rows=[odd])
    comparison = compare_runs([refusals(s409=5)], run)
    assert ([loss.status for loss in comparison.lost], comparison.drift) == (["409"], ())


@pytest.mark.parametrize(
    ("status", "count", "is_lost"), [("429", 9, False), ("409", 2, False), ("409", 9, True)]
)
def test_what_a_live_target_shows_by_chance_is_not_lost(status, count, is_lost):
    """A limit that was hit one night, or a conflict or two, is no coverage of the next night."""
    target = "https://app.example.com"
    row = records.row("updateIntegration", status, 0, "a reason", reason_code="concurrent_requests")
    base = record(coverage={"updateIntegration": {"200": 90, status: count}}, target=target)
    run = record(coverage={"updateIntegration": {"200": 90}}, target=target, rows=[row])
    comparison = compare_runs([base], run)
    assert comparison.regression is is_lost
    lines = [line for section in report.sections(comparison) for line in section.lines]
    assert len(lines) == 1
    assert "only a mock" not in lines[0]


def test_many_lines_about_one_member_are_one():
    """Losses, changes of responses and remaining findings: a line for each member, its places in it."""
    base, run = data(), data()
    for status in ("201", "200"):
        name = f"createIntegration {status}"
        base["observed"][name] = json.loads(json.dumps(base["observed"]["getIntegration 200"]))
        run["observed"][name] = json.loads(json.dumps(run["observed"]["getIntegration 200"]))
        for record_data in (base, run):
            record_data["coverage"].setdefault("createIntegration", {})[status] = 9
    for shape in run["observed"].values():
        del shape["members"]["/name"]
        shape["members"]["/version"] = records.member(5, string=5)
    comparison = compare_runs([read_record(base, "base")], read_record(run, "run"))
    sections = {section.kind: section.lines for section in report.sections(comparison)}
    places = "getIntegration 200, createIntegration 201, createIntegration 200"
    assert sections[report.SectionKind.LOST] == (f"/name: member, received 27 times before, in {places}",)
    (line,) = sections[report.SectionKind.RESPONSES]
    assert line.startswith("/version: new type (string, before integer), no longer always there in getInt")
    assert "1 item no longer exercised" in report.headline(comparison)
    both = finding("a"), finding("b", locus="200 /items/*/version", operation="listIntegrations")
    still = compare_runs([record(*both)], record(*both))
    assert [len(section.lines) for section in report.sections(still)] == [1]


def test_a_member_with_a_new_finding_is_told_once():
    """Its cause says what happened to the member; the changed shape would say it again."""
    changed = data(finding("a", member="/version"))
    changed["observed"]["getIntegration 200"]["members"]["/version"] = records.member(9, string=9)
    comparison = compare_runs([record()], read_record(changed, "run"))
    assert len(comparison.drift) == 1
    assert [section.kind for section in report.sections(comparison)] == [report.SectionKind.NEW]


def test_a_run_that_was_cut_short_has_lost_nothing():
    """What it did not come to is not known."""
    short = record(coverage={}, verdict="undetermined", reasons=["cannot reach it"])
    comparison = compare_runs([record()], short)
    assert (comparison.lost, comparison.regression) == ((), False)
    assert comparison.run.why == "cannot reach it"
    assert report.headline(comparison).endswith("cannot reach it")


@pytest.mark.parametrize(("suites", "is_known"), [(("lifecycle",), False), (("pacts", "lifecycle"), True)])
def test_what_a_suite_would_have_shown_is_not_known_where_it_did_not_run(suites, is_known):
    """A run without a suite of the base has lost nothing, and no finding of that suite is gone."""
    base = record(
        finding("a", source="pacts"),
        outcomes=[records.outcome(suite) for suite in ("document", "pacts", "lifecycle")],
    )
    comparison = compare_runs(
        [base], record(coverage={}, outcomes=[records.outcome(suite) for suite in suites])
    )
    assert (bool(comparison.lost), comparison.regression, len(comparison.gone)) == (
        is_known,
        is_known,
        is_known,
    )
    named = [line for section in report.sections(comparison) for line in section.lines if "suites" in line]
    assert (len(named), "document" in named[0]) == (1, True)


def test_what_is_back_is_grouped_by_cause():
    """With its consumers and a line that shows it; accepted findings that are back break nothing."""
    both = finding("a"), finding("b", locus="200 /items/*/version", operation="listIntegrations")
    runs = [record(*both), record()]
    comparison = compare_runs(runs, record(*both))
    assert [len(cause.fingerprints) for cause in comparison.back] == [2]
    assert comparison.back[0].consumers == ("mine",)
    assert report.headline(comparison).startswith("Regression: 1 cause back again")
    held = {"fingerprint": "a" * 12, "reason": "r", "owner": "o", "until": "2027-01-01"}
    accepted = compare_runs(runs, record(*({**each, "accepted": held} for each in both)))
    assert (accepted.regression, accepted.back, len(accepted.accepted_causes)) == (False, (), 1)


def test_coverage_lost():
    """An operation, a status or a member that is no longer exercised is a regression."""
    run = data(coverage={"getIntegration": {"200": 9}})
    del run["observed"]["getIntegration 200"]["members"]["/name"]
    comparison = compare_runs([record()], read_record(run, "test"))
    losses = [(loss.what, loss.operation, loss.status, loss.member) for loss in comparison.lost]
    assert losses == [
        ("member", "getIntegration", "200", "/name"),
        ("status", "getIntegration", "404", ""),
        ("operation", "deleteIntegration", "", ""),
    ]
    assert comparison.regression


PORT = "/components/schemas/Redis/properties/port"


def record_of_keywords(*keywords):
    """A record of keywords, each with whether a valid value was sent."""
    rows = [
        {"operation": "getIntegration", "pointer": pointer, "line": 9, "kept": kept, "broken": False}
        for pointer, kept in keywords
    ]
    return record(keywords=rows)


def test_a_member_that_is_no_longer_sent_is_lost():
    """A member of requests is lost where no keyword of it is tried any more."""
    base = record_of_keywords((f"{PORT}/type", True), (f"{PORT}/pattern", False))
    run = record_of_keywords((f"{PORT}/type", False), (f"{PORT}/pattern", False))
    (loss,) = compare_runs([base], run).lost
    assert (loss.what, loss.operation, loss.member) == ("request member", "getIntegration", PORT)


@pytest.mark.parametrize(
    "keywords",
    [
        [(f"{PORT}/type", True), (f"{PORT}/pattern", False)],
        [(f"{PORT}/type", False), (f"{PORT}/pattern", True)],
        [],
    ],
)
def test_a_member_that_is_sent_or_not_described_is_not_lost(keywords):
    """One keyword that is tried is enough; a member that the document no longer has cannot be lost."""
    base = record_of_keywords((f"{PORT}/type", True), (f"{PORT}/pattern", False))
    assert compare_runs([base], record_of_keywords(*keywords)).lost == ()


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            lambda shape: shape["members"].update({"/_maintainer": records.member(9, string=9)}),
            ("new member", "/_maintainer", "always"),
        ),
        (
            lambda shape: shape["members"].update({"/_maintainer": records.member(2, string=2)}),
            ("new member", "/_maintainer", "sometimes"),
        ),
        (
            lambda shape: shape["members"].update({"/version": records.member(9, string=9)}),
            ("new type", "/version", "string, before integer"),
        ),
        (
            lambda shape: shape["members"].update({"/kind": records.member(9, ["mongo", "redis"], string=9)}),
            ("new value", "/kind", "mongo"),
        ),
        (
            lambda shape: shape["members"].update({"/name": records.member(5, string=5)}),
            ("no longer always there", "/name", ""),
        ),
        (lambda shape: shape["headers"].update({"x-new": 9}), ("new header", "x-new", "always")),
        (
            lambda shape: shape["headers"].pop("content-type"),
            ("header gone", "content-type", "it always came"),
        ),
    ],
)
def test_shape_changes(change, difference):
    """How responses look different; that alone is no regression."""
    assert shape_changes(change) == [difference]


@pytest.mark.parametrize(
    "change",
    [
        lambda shape: shape["members"].update({"/kind": records.member(9, None, string=9)}),
        lambda shape: shape["headers"].pop("x-trace"),
        lambda shape: shape.update(answers=2),
    ],
)
def test_no_shape_changes(change):
    """Free text, headers that came sometimes, and too few responses say nothing."""
    assert shape_changes(change) == []


def snapshot(*bodies):
    """The snapshot of a recorder that has observed these bodies, sent to another process."""
    recorder = Recorder()
    for body in bodies:
        headers = (("Content-Type", "application/json"), ("Date", "now"))
        response = Response(200, headers, json.dumps(body).encode(), 0.0)
        recorder.observe("get", Exchange(Request("GET", "/", (), None), response))
    return Snapshot.decode(recorder.snapshot().encode())


def observe(*snapshots):
    """The shape that the snapshots of several processes add up to."""
    recorder = Recorder()
    for part in snapshots:
        recorder.merge(part)
    return recorder.shapes["get 200"]


def test_shapes_add_up_over_processes():
    """Members, types, few values and headers of two processes are counted together."""
    first = snapshot({"kind": "redis", "tags": ["a", 1]})
    second = snapshot({"kind": "dynamodb", "tags": []}, {"kind": "redis"})
    shape = observe(first, second).snapshot()
    assert (shape.answers, shape.headers) == (3, {"content-type": 3})
    assert shape.members["/kind"] == ObservedMember(
        seen=3, types={"string": 3}, values=("dynamodb", "redis"), forms={"a word": 3}
    )
    assert shape.members["/tags/*"] == ObservedMember(
        seen=2,
        types={"integer": 1, "string": 1},
        values=("a",),
        forms={"a word": 1},
        negative=0,
        digits=(1, 1),
    )


HEX, UUID = "12ab3c4d5ef1a2345bcde6{:02x}", "7f3f1d2c-0b1a-4c3d-8e9f-0011223344{:02x}"


def record_of_bodies(bodies=({},), headers=(), shown=()):
    """The record of a run that received these bodies, with headers; secrets were shown in these forms."""
    recorder = Recorder()
    for number, body in enumerate(bodies):
        named = tuple((name, value.format(number)) for name, value in headers)
        response = Response(200, named, json.dumps(body).encode(), 0.0)
        redactions = tuple(("/config/password", text) for text in shown)
        exchange = Exchange(Request("GET", "/", (), None), response, redactions=redactions)
        recorder.observe("get", exchange)
    shapes = Snapshot.decode(recorder.snapshot().encode()).shapes
    merged = Recorder()
    merged.merge(msgspec.structs.replace(recorder.snapshot(), shapes=shapes))
    shape = merged.shapes["get 200"].to_record()
    return record(observed={"get 200": json.loads(dump(shape))}, coverage={"get": {"200": len(bodies)}})


def bodies_of(name, *values, times=9):
    """Bodies in which a member has these values; in texts, `{}` is different each time."""
    texts = [values[number % len(values)] for number in range(times)]
    return [
        {name: text.format(number) if isinstance(text, str) else text} for number, text in enumerate(texts)
    ]


def changes_between(before, after):
    drift = compare_runs([before], after).drift
    return [(change.what, change.where, change.detail) for change in drift]


@pytest.mark.parametrize(
    ("name", "before", "after", "change"),
    [
        ("_id", [HEX], [UUID], ("new form", "/_id", "a UUID, before 24 hexadecimal digits")),
        ("_id", [HEX], ["store {}"], ("new form", "/_id", "text, before 24 hexadecimal digits")),
        ("_id", [HEX], [HEX + "00"],
         ("new form", "/_id", "26 hexadecimal digits, before 24 hexadecimal digits")),
        ("_id", [HEX], [UUID, UUID, HEX], ("new form", "/_id", "a UUID, before 24 hexadecimal digits")),
        ("at", ["2026-11-24T03:00:{:02d}Z"], ["17172630000{:02d}"],
         ("new form", "/at", "a number, before a date and time and Z")),
        ("lastSync", [1717263000000], [1717263000], ("new size", "/lastSync", "10 digits, before 13 digits")),
        ("lastSync", ["17172630000{:02d}"], ["17172630{:02d}"],
         ("new size", "/lastSync", "10 digits, before 13 digits")),
        ("version", [1, 2, 30], [1_000_001], ("new size", "/version", "7 digits, before 1 to 2 digits")),
        ("version", [1, 2, 30], [-1, 2], ("new sign", "/version", "negative, never before")),
        ("offset", [-60], [60], ("new sign", "/offset", "never negative, before mostly")),
    ],
)  # fmt: skip
def test_changed_forms_of_members(name, before, after, change):
    """Forms of ids and times, signs and sizes of numbers; that alone is no regression."""
    runs = record_of_bodies(bodies_of(name, *before)), record_of_bodies(bodies_of(name, *after))
    assert changes_between(*runs) == [change]
    assert not compare_runs([runs[0]], runs[1]).regression


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("_id", [HEX], [HEX, HEX, UUID]),
        ("message", ["it failed {}"], [HEX]),
        ("kind", ["redis"], ["redis"]),
        ("version", [1, 2], [1, 150]),
        ("lastSync", [0], [1717263000000]),
        ("lastSync", [1717263000000, 0], [0]),
        ("share", [0.25], [0.5]),
        ("key", ["x1" + "{:08d}", "x22{:08d}", "x333{:08d}"], ["x4444{:08d}"]),
        ("huge", [10**300, 1e300], [10**299]),
    ],
)  # fmt: skip
def test_forms_that_say_nothing(name, before, after):
    """A few of another form, free text, what grows, a state that is 0: no change."""
    assert (
        changes_between(record_of_bodies(bodies_of(name, *before)), record_of_bodies(bodies_of(name, *after)))
        == []
    )


@pytest.mark.parametrize(
    ("header", "before", "after", "change"),
    [
        ("Content-Type", "application/json", "application/json; charset=utf-8",
         ("new value", "content-type", "application/json; charset=utf-8")),
        ("X-Ratelimit-Reset", "17172630000{:02d}", "17172630{:02d}",
         ("new size", "x-ratelimit-reset", "10 digits, before 13 digits")),
        ("Location", "/api/v2/{}", "https://example.com/api/v2/{}",
         ("new form", "location", "a URL, before a path")),
        ("Retry-After", "{}", "Tue, 24 Nov 2026 03:00:{:02d} GMT",
         ("new form", "retry-after", "an HTTP date, before a number")),
        ("ETag", '"0123456789abcd{:02x}"', 'W/"0123456789abcd{:02x}"',
         ("new form", "etag", "weak, quoted, 16 hexadecimal digits, before quoted, 16 hexadecimal digits")),
        ("X-Request-Id", UUID, HEX, ("new form", "x-request-id", "24 hexadecimal digits, before a UUID")),
        ("Access-Control-Allow-Origin", "https://a.example.com", "*",
         ("new form", "access-control-allow-origin", "*, before a URL")),
    ],
)  # fmt: skip
def test_changed_values_of_headers(header, before, after, change):
    """Media types, units, addresses, tags."""
    runs = (record_of_bodies([{}] * 9, [(header, value)]) for value in (before, after))
    assert changes_between(*runs) == [change]


@pytest.mark.parametrize("header", ["Set-Cookie", "X-Cache", "Date", "CF-Ray"])
def test_headers_of_sessions_and_proxies_have_no_values(header):
    """What they hold says nothing about the API, and may be secret."""
    run = record_of_bodies([{}] * 9, [(header, "a=b"), ("Content-Type", "application/json")])
    assert list(run.observed["get 200"].header_values) == ["content-type"]


def test_a_changed_form_of_a_redacted_secret():
    """How much is shown, and where; never the secret, nor what was shown of it."""
    bodies = [{"config": {"password": "********"}}] * 9
    before = record_of_bodies(bodies, shown=["3 characters, 8 × *, 3 characters"])
    assert changes_between(before, record_of_bodies(bodies, shown=["8 × *"])) == [
        ("new form", "/config/password", "8 × *, before 3 characters, 8 × *, 3 characters")
    ]
    assert changes_between(before, before) == []


def test_a_secret_is_described_before_it_is_masked():
    """The exchange has the form of the secret, and its text nowhere."""
    secrets = Secrets(frozenset({"password"}))
    body = b'{"items": [{"config": {"password": "sup********123"}}]}'
    exchange = secrets.redact(Request("GET", "/", ()), Response(200, (), body))
    assert exchange.redactions == (("/items/0/config/password", "3 characters, 8 × *, 3 characters"),)
    recorder = Recorder()
    recorder.observe("get", exchange)
    member = recorder.shapes["get 200"].to_record().members["/items/*/config/password"]
    assert member.forms == {"3 characters, 8 × *, 3 characters": 1}


def test_an_earlier_record_without_forms_has_no_changes():
    """What an earlier version did not record has not changed."""
    run = record_of_bodies(bodies_of("_id", HEX), [("Content-Type", "application/json")])
    plain = json.loads(dump(run))
    for shape in plain["observed"].values():
        del shape["header_values"]
        for member in shape["members"].values():
            for name in ("forms", "negative", "digits"):
                member.pop(name, None)
    earlier = read_record(plain, "an earlier record")
    assert changes_between(earlier, run) == []
    assert changes_between(run, earlier) == []


def test_many_values_are_free_text():
    """They are not kept."""
    shape = observe(snapshot(*({"name": f"name {number}"} for number in range(20))))
    assert shape.snapshot().members["/name"].values is None


def test_values_that_never_come_again_are_not_on_record():
    """Ids are few in a short run, and no list of choices."""
    bodies = [{"id": f"id-{number}", "kind": "redis"} for number in range(6)]
    members = observe(snapshot(*bodies)).to_record().members
    assert (members["/id"].values, members["/kind"].values) == (None, ("redis",))


def test_lone_surrogates_survive_a_snapshot():
    """A provider can send half a character, and a worker passes it on."""
    recorder = Recorder(troubles=["\ud800"])
    assert Snapshot.decode(recorder.snapshot().encode()).troubles == ("\ud800",)


def test_renderings():
    """Text, Markdown and page agree; what comes from a provider cannot break out of them."""
    odd = finding("f00", message="<script>alert(1)</script> | `x`", locus="200 /name")
    comparison = compare_runs([record()], record(odd))
    last = report.render(comparison, 100).splitlines()[-1]
    assert last == report.headline(comparison)
    assert last.startswith("Regression: 1 new cause (1 finding)")
    lines = report.render(comparison, 40).splitlines()
    assert max(len(line) for line in lines if "curl" not in line) <= 40
    assert "<script>alert" not in report.render_html(comparison)
    assert "<script>" not in report.render_markdown(comparison)
    for render in (report.render, report.render_markdown, report.render_html):
        assert "f00" in render(comparison)
        assert render(comparison) == render(comparison)


# the command


def storepact(folder, *arguments):
    done = commands.call("compare", *arguments, cwd=folder)
    assert "Traceback" not in done.stderr
    return done


def test_command(tmp_path):
    """Files or folders; the reports are written where that is wished."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "run.json").write_text(dump(record()))
    (tmp_path / "new.json").write_text(dump(record(finding("f00"))))
    done = storepact(tmp_path, "old", "new.json", "--report-dir", "diff")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        1,
        "Regression: 1 new cause (1 finding); affects mine.",
    )
    assert sorted(path.name for path in (tmp_path / "diff").iterdir()) == [
        "compare.html",
        "compare.json",
        "compare.md",
    ]
    assert storepact(tmp_path, "old", "old").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.json",), "give two records"),
        (("a.json", "none.json"), "none.json: cannot be read"),
        (("a.json", "bad.json"), "bad.json: is not JSON"),
        (("a.json", "empty.json"), "empty.json: is empty"),
        (("a.json", "other.json"), "other.json: has format 99, this version reads format 2"),
    ],
)
def test_bad_input(tmp_path, arguments, words):
    """One line, exit code 2."""
    (tmp_path / "a.json").write_text(dump(record()))
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "other.json").write_text('{"format": 99}')
    done = storepact(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
