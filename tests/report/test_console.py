"""The summary on a terminal: what ends it, what is grouped, and the consumers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

import records
from sample_records import as_values, broken, clean
from storepact.model.outcome import OutcomeKind, Reason, Status
from storepact.report import RenderOptions, console, wording
from storepact.report.consumers import consumer_results
from storepact.report.gaps import GapKind, group_gaps, kind_of
from storepact.report.wording import by_operation


def lines_of(record, width=100, **options):
    """The lines of the summary."""
    return console.render(record, RenderOptions(Path("r"), width, **options)).splitlines()


def record_with_gaps(target, *reasons):
    """A record with an item that was not verified for each of these reasons."""
    items = [
        {"what": f"item {number}", "reason": f"because of {reason}", "reason_code": reason}
        for number, reason in enumerate(reasons)
    ]
    return as_values(records.record(target=target, not_verified=items))


def interactions(consumer, *statuses, kind=OutcomeKind.INTERACTION):
    """The outcomes of a consumer's interactions."""
    return [
        {**records.outcome("pacts", f"{consumer} {number}", status), "kind": kind, "consumer": consumer}
        for number, status in enumerate(statuses)
    ]


def test_causes_and_verdict_end_the_summary():
    """Each cause in a line, the worst first, accepted ones last; then the verdict, as the last line."""
    lines = lines_of(broken(), width=300)
    assert [line.split()[0] for line in lines[-4:]] == ["critical", "error", "error", "BROKEN:"]
    assert lines[-4].startswith("critical SP205: deleteIntegration: answered 204")
    assert lines[-4].endswith("affects store-operator [aaaaaaaaaaaa]")
    assert "SP602 (accepted)" in lines[-2]
    assert lines[-1] == "BROKEN: 2 causes, 3 findings"


def test_causes_are_ordered_by_severity_then_by_consumers():
    """The cause that hurts more consumers is named first; more findings do not outweigh that."""
    few = records.finding("1" * 12, code="SP206", operation="listIntegrations", consumers=["a"])
    more = records.finding("2" * 12, code="SP206", operation="listIntegrations", consumers=["a"])
    many = records.finding("3" * 12, code="SP108", operation="getIntegration", consumers=["a", "b"])
    causes = as_values(records.record(few, more, many)).causes
    assert [len(cause.consumers) for cause in causes] == [2, 1]


def test_findings_of_operations_are_in_the_order_of_the_causes():
    """The page begins with the cause that the summary names first, though an earlier finding is as grave."""
    few = records.finding("1" * 12, code="SP206", operation="createIntegration", consumers=["a"])
    many = records.finding("3" * 12, code="SP108", operation="getIntegration", consumers=["a", "b"])
    record = as_values(records.record(few, many))
    assert [operation for operation, _ in by_operation(record)] == ["getIntegration", "createIntegration"]


@pytest.mark.parametrize("reason", [Reason.MAX_FAILURES, Reason.READ_ONLY, Reason.NO_STORE])
def test_what_another_run_reaches_has_the_option_for_it(reason):
    """The count of the items is that of the remedies."""
    (gaps,) = group_gaps(record_with_gaps("mock", *[reason] * 3))
    assert ": 3 with" in gaps.summary


@pytest.mark.parametrize("target", ["mock", "https://app.example.com"])
def test_what_was_not_verified_takes_four_lines(target):
    """What another run reaches, what was tried without a result, what only a mock shows, and the rest."""
    lines = [
        line for line in lines_of(record_with_gaps(target, *Reason), 400) if line.startswith("not verified")
    ]
    assert len(lines) == (3 if target == "mock" else 4)
    assert "with --allow-enable" in lines[0]
    assert not any("item 0" in line for line in lines)


def test_verbose_lists_everything_that_was_not_verified():
    """Each item with its reason, and every cause."""
    text = "\n".join(lines_of(record_with_gaps("https://app.example.com", *Reason), verbose=True))
    assert all(
        f"item {number}" in text and f"because of {reason}" in text for number, reason in enumerate(Reason)
    )


@pytest.mark.parametrize(
    ("reason", "is_mock", "kind"),
    [
        (Reason.NOT_REACHED, False, GapKind.ANOTHER_RUN),
        (Reason.NO_READER_TOKEN, False, GapKind.ANOTHER_RUN),
        (Reason.MOCK_ONLY, False, GapKind.MOCK),
        (Reason.CONCURRENT_REQUESTS, True, GapKind.ANOTHER_RUN),
        (Reason.NOT_OFFERED, False, GapKind.NOT_HERE),
        (Reason.OUTSIDE_SCOPE, False, GapKind.NOT_HERE),
        (Reason.SETUP_FAILED, True, GapKind.UNDECIDED),
        (Reason.UNDETERMINED, False, GapKind.UNDECIDED),
        (None, False, GapKind.ANOTHER_RUN),
    ],
)
def test_what_reaches_a_gap(reason, is_mock, kind):
    """On a mock, what only a mock can show is a matter of another run."""
    assert kind_of(reason, is_mock=is_mock) is kind


def test_a_record_without_codes_of_reasons_has_gaps_too():
    """Records of earlier versions have sentences only."""
    (gaps,) = group_gaps(clean())
    assert gaps.summary == "1 item that another run can reach"


def test_each_consumer_has_a_line():
    """How many of its interactions hold; what failed, and what was not verified."""
    outcomes = [
        *interactions("my-client", Status.PASSED, Status.PASSED, Status.PASSED),
        *interactions("other", Status.PASSED, Status.FAILED, Status.SKIPPED, Status.UNDETERMINED),
        *interactions("other", Status.PASSED, kind=OutcomeKind.CONTRACT),
    ]
    lines = lines_of(as_values(records.record(outcomes=outcomes)))
    assert "my-client 3/3" in lines
    assert "other 1/4, 1 failed, 2 not verified" in lines


def test_consumers_of_a_run_without_a_target_are_compared_with_the_document():
    """Where no interaction was verified, the comparisons count."""
    outcomes = interactions("my-client", Status.PASSED, kind=OutcomeKind.CONTRACT)
    assert [result.score for result in consumer_results(as_values(records.record(outcomes=outcomes)))] == [
        "1/1"
    ]
    assert consumer_results(clean()) == []


def test_the_provider_and_its_version_are_named():
    """Before the target, where a version was given."""
    record = msgspec.structs.replace(clean(), provider="big-store", provider_version="7.1")
    assert "big-store 7.1, target mock" in "\n".join(lines_of(record))


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_the_end_fits_the_terminal(width):
    """No line of the end is wider than the terminal."""
    assert max(map(len, lines_of(broken(), width)[-12:])) <= width


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        (
            {"base_url": "http://127.0.0.1:43211"},
            "storepact mock --port 8080 --token me=writer:STOREPACT_TOKEN",
        ),
        ({"target": "http://127.0.0.1:8080"}, ""),
    ],
)
def test_the_mock_for_the_curl_lines_can_be_started(changes, command):
    """Where the lines send to, whatever port the embedded one had; no other target is ours to start."""
    record = msgspec.structs.replace(broken(), **changes)
    assert wording.mock_to_start(record) == command
    lines = "\n".join(lines_of(record, width=300))
    assert ("The mock of this run has ended" in lines) is bool(command)
    assert command in lines


def test_a_run_without_reports_names_no_folder():
    """As of the history: a command is no folder."""
    assert lines_of(clean(), width=300, has_reports=False)[-2].startswith("target mock, seed")
    assert "reports in" not in "\n".join(lines_of(broken(), width=300, has_reports=False))


def test_what_was_not_selected_is_said_to_be_so():
    """The count of a run with --check says what left it out."""
    (gaps,) = group_gaps(record_with_gaps("mock", *[Reason.NOT_SELECTED] * 3))
    assert gaps.summary.endswith("3 without --operation, --check, --exclude-check")


def test_requests_of_a_live_run_that_are_not_judged_are_counted():
    """Preparations, looks and clean-up send requests, too: limits and bills count them."""
    record = records.record(
        target="https://app.example.com", exchanges_total=89, traffic={"requests": 179, "waited_s": 0.0}
    )
    assert "89 exchanges judged, 179 requests sent in" in wording.totals(as_values(record))
    record["traffic"]["requests"] = 89
    assert "89 exchanges in" in wording.totals(as_values(record))
