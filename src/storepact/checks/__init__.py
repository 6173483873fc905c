"""The checks: generators that read an exchange and say what is wrong with it; one table, written out by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from storepact.checks import answer, promise, story
from storepact.checks.evidence import Check, Evidence, Observation
from storepact.model.finding import Finding, Severity

_ERROR, _CRITICAL, _WARNING = Severity.ERROR, Severity.CRITICAL, Severity.WARNING


def _check(code: str, severity: Severity, look: Callable[[Evidence], Iterator[Observation]]) -> Check:
    return Check(code, getattr(look, "__name__", code), severity, (look.__doc__ or "").strip(), look)


CHECKS: tuple[Check, ...] = (
    _check("SP101", _ERROR, answer.server_does_not_fail),
    _check("SP102", _ERROR, answer.status_is_documented),
    _check("SP103", _ERROR, answer.content_type_is_documented),
    _check("SP104", _ERROR, answer.body_fits_schema),
    _check("SP105", _WARNING, answer.members_are_documented),
    _check("SP106", _ERROR, answer.body_is_there_or_not),
    _check("SP107", _ERROR, answer.headers_fit),
    _check("SP108", _ERROR, answer.refused_verb_names_others),
    _check("SP109", _ERROR, answer.error_is_consistent),
    _check("SP110", _CRITICAL, answer.error_shows_no_internals),
    _check("SP111", _ERROR, answer.limit_is_told),
    _check("SP112", _ERROR, story.limits_count_down),
    _check("SP113", _ERROR, story.origin_is_allowed),
    _check("SP201", _ERROR, promise.valid_request_is_accepted),
    _check("SP202", _ERROR, promise.invalid_request_is_refused),
    _check("SP203", _CRITICAL, promise.token_is_required),
    _check("SP204", _CRITICAL, promise.reader_may_not_write),
    _check("SP205", _CRITICAL, promise.beta_gate_holds),
    _check("SP206", _ERROR, promise.wrong_verb_is_refused),
    _check("SP207", _ERROR, promise.refusal_has_the_right_status),
    _check("SP301", _CRITICAL, promise.secrets_stay_secret),
    _check("SP302", _CRITICAL, story.scopes_are_apart),
    _check("SP303", _ERROR, story.access_tells_the_truth),
    _check("SP601", _ERROR, story.write_is_kept_as_given),
    _check("SP602", _ERROR, story.read_shows_last_write),
    _check("SP603", _ERROR, story.list_shows_what_lives),
    _check("SP604", _ERROR, story.deleted_is_gone),
    _check("SP605", _ERROR, story.refused_changes_nothing),
    _check("SP606", _ERROR, story.version_counts_updates),
    _check("SP607", _ERROR, story.identity_is_its_own),
    _check("SP608", _ERROR, story.links_lead_there),
    _check("SP609", _ERROR, story.precondition_holds),
    _check("SP610", _ERROR, story.secret_survives),
    _check("SP611", _ERROR, story.siblings_stay_untouched),
    _check("SP612", _ERROR, story.writers_do_not_undo_each_other),
    _check("SP613", _ERROR, story.defaults_hold),
)


def judge(evidence: Evidence, source: str, *, excluded_checks: Collection[str] = ()) -> Iterator[Finding]:
    """Every finding about one exchange, by every check but those whose codes are in `without`. `source` is the suite that asked."""
    for check in CHECKS:
        for seen in check.look(evidence) if check.code not in excluded_checks else ():
            yield Finding(
                code=check.code,
                check=check.name,
                severity=seen.severity or check.severity,
                source=source,
                operation=evidence.operation.id,
                locus=seen.locus,
                message=seen.message,
                expected=seen.expected,
                actual=seen.actual,
                rule=check.rule,
                pointer=seen.pointer or evidence.operation.pointer,
                mutation=evidence.prepared.case.mutation,
                case_source=evidence.prepared.case.source,
                exchange=evidence.exchange,
            )
