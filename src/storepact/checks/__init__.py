"""The checks: one row for every code, with its severity, rule, generator, and what its findings are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from storepact.checks import answer, body, headers, promise, story, subjects
from storepact.checks.evidence import Check, Evidence, Observation, Report
from storepact.model.finding import Severity
from storepact.model.flaw import Subject

_ERROR, _CRITICAL, _WARNING = Severity.ERROR, Severity.CRITICAL, Severity.WARNING


def _check(
    code: str,
    name: str,
    severity: Severity,
    judge: Callable[[Evidence], Iterator[Observation]],
    subject: Callable[[Report], Subject] = subjects.of_check,
) -> Check:
    """A check that is a generator, whose docstring is the rule."""
    return Check(code, name, severity, (judge.__doc__ or "").strip(), judge, subject)


def _oracle(
    code: str, name: str, rule: str, subject: Callable[[Report], Subject], severity: Severity = _ERROR
) -> Check:
    """A check of the oracle's divergences by the rule of this name."""
    return Check(code, name, severity, rule, story.by_oracle(name), subject)


def _store(code: str, name: str, rule: str, severity: Severity = _ERROR) -> Check:
    """A check of what a store holds; `storepact store check` makes its findings."""
    return Check(code, name, severity, rule, None, subjects.of_check)


CHECKS: tuple[Check, ...] = (
    _check("SP101", "server_does_not_fail", _ERROR, answer.check_server, subjects.of_failure),
    _check("SP102", "status_is_documented", _ERROR, answer.check_status, subjects.of_status),
    _check("SP103", "content_type_is_documented", _ERROR, headers.check_content_type, subjects.of_media),
    _check("SP104", "body_fits_schema", _ERROR, body.check_schema, subjects.of_member),
    _check("SP105", "members_are_documented", _WARNING, body.check_members, subjects.of_member),
    _check("SP106", "body_is_there_or_not", _ERROR, body.check_body, subjects.of_media),
    _check("SP107", "headers_fit", _ERROR, headers.check_headers, subjects.of_member),
    _check("SP108", "refused_verb_names_others", _ERROR, headers.check_allow_header),
    _check("SP109", "error_is_consistent", _ERROR, answer.check_error_code),
    _check("SP110", "error_shows_no_internals", _CRITICAL, answer.check_internals),
    _check("SP111", "limit_is_told", _ERROR, headers.check_limit_headers),
    _check("SP112", "limits_count_down", _ERROR, story.check_limits, subjects.of_limits),
    _oracle(
        "SP113",
        "origin_is_allowed",
        "A browser's origin is echoed, or any is allowed, in every answer alike.",
        subjects.of_check,
    ),
    _check(
        "SP201", "valid_request_is_accepted", _ERROR, promise.check_valid_request, subjects.of_valid_request
    ),
    _check(
        "SP202",
        "invalid_request_is_refused",
        _ERROR,
        promise.check_invalid_request,
        subjects.of_invalid_request,
    ),
    _check("SP203", "token_is_required", _CRITICAL, promise.check_token),
    _check("SP204", "reader_may_not_write", _CRITICAL, promise.check_reader),
    _check("SP205", "beta_gate_holds", _CRITICAL, promise.check_version_gate),
    _check("SP206", "wrong_verb_is_refused", _ERROR, promise.check_verb),
    _check("SP207", "refusal_has_the_right_status", _ERROR, promise.check_refusal, subjects.of_refusal),
    _check("SP301", "secrets_stay_secret", _CRITICAL, promise.check_secrets, subjects.of_leak),
    _check("SP302", "scopes_are_apart", _CRITICAL, story.check_scopes, subjects.of_read),
    _oracle(
        "SP303",
        "access_tells_the_truth",
        "`_access` allows what the token may do, and denies it nothing that it may.",
        subjects.of_check,
    ),
    Check(
        "SP401",
        "interaction_holds",
        _ERROR,
        "The provider does what this consumer relies on.",
        None,
        subjects.of_pact,
    ),
    Check(
        "SP402",
        "pact_fits_the_document",
        _ERROR,
        "What a consumer sends and relies on is described.",
        None,
        subjects.of_check,
    ),
    Check(
        "SP501",
        "document_is_sound",
        _ERROR,
        "The document is valid OpenAPI, and its examples fit its schemas.",
        None,
        subjects.of_check,
    ),
    _oracle(
        "SP601",
        "write_is_kept_as_given",
        "What a create or update accepts is kept as it was given, character for character, and nothing else "
        "changes with it.",
        subjects.of_value,
    ),
    _oracle(
        "SP602",
        "read_shows_last_write",
        "A get shows what the last accepted write answered.",
        subjects.of_read,
    ),
    _oracle(
        "SP603",
        "list_shows_what_lives",
        "The list shows every resource that lives, once, as it is, and none that does not.",
        subjects.of_list,
    ),
    _check("SP604", "deleted_is_gone", _ERROR, story.check_after_delete),
    _oracle(
        "SP605",
        "refused_changes_nothing",
        "A request that is refused leaves everything as it was: a patch is done whole or not at all.",
        subjects.of_read,
    ),
    _oracle(
        "SP606",
        "version_counts_updates",
        "A version begins at 1, and each update that has an effect counts one.",
        subjects.of_value,
    ),
    _oracle(
        "SP607",
        "identity_is_its_own",
        "Every resource has an id of its own, and stays in the scope and kind that it was created in.",
        subjects.of_check,
    ),
    _oracle("SP608", "links_lead_there", "A link leads where its name says.", subjects.of_check),
    _check("SP609", "precondition_holds", _ERROR, story.check_precondition, subjects.of_rule),
    _oracle(
        "SP610",
        "secret_survives",
        "A secret stays as it is until it is written: neither a redacted value written back nor another "
        "change touches it.",
        subjects.of_value,
    ),
    _oracle(
        "SP611",
        "siblings_stay_untouched",
        "What is done to one resource shows on no other.",
        subjects.of_read,
    ),
    _oracle(
        "SP612",
        "writers_do_not_undo_each_other",
        "Of requests at the same moment each is done whole or refused, and none that was accepted is lost.",
        subjects.of_race,
    ),
    _oracle(
        "SP613",
        "defaults_hold",
        "A member that was not given is absent, or has the default that is documented.",
        subjects.of_value,
    ),
    _store(
        "SP701",
        "store_is_ready",
        "The server or table can be written, keeps what was written, and has the right keys.",
    ),
    _store(
        "SP702",
        "permissions_suffice",
        "The user of the store may send every command that writer and readers need.",
    ),
    _store(
        "SP703", "metadata_is_there", "The time of synchronization and the last applied version are there."
    ),
    _store(
        "SP704",
        "times_are_milliseconds",
        "The time of synchronization is in milliseconds since 1970, as an integer.",
    ),
    _store(
        "SP705",
        "store_is_fresh",
        "The time of synchronization is at most as old as SDKs accept, and not in the future.",
    ),
    _store(
        "SP706",
        "values_have_their_type",
        "Times and versions are strings or numbers, memberships are sets of strings.",
    ),
    _store("SP707", "contexts_are_hashed", "A context is stored under base64 of the SHA-256 of its key."),
    _store(
        "SP708", "references_name_a_generation", "A reference of a segment is its key and its generation."
    ),
    _store(
        "SP709", "names_belong_to_the_layout", "No name below the prefix is unknown to the layout.", _WARNING
    ),
    _store(
        "SP710",
        "memberships_are_as_given",
        "An SDK reads from the store which contexts a segment includes and excludes, as they were given.",
    ),
    _store("SP711", "cursor_is_last_version", "The version in the store is the one of the last change."),
    _store(
        "SP712",
        "patch_holds_the_lock",
        "A patch watches the lock where the layout has one, so that two writers exclude each other.",
    ),
    _store(
        "SP713",
        "patch_is_whole",
        "All changes of a patch and its version are written in one transaction, or not at all.",
    ),
    _store(
        "SP714",
        "status_follows_the_store",
        "`_status` says whether the store could be written last, and when; it shows failures and their end.",
    ),
    _store(
        "SP715",
        "switch_is_obeyed",
        "A resource that is off or deleted writes nothing, and removes nothing that is in the store.",
    ),
)

#: The checks that read exchanges; the other findings come from engines of their own.
EXCHANGE_CHECKS = tuple(check for check in CHECKS if check.judge is not None)

#: Those of them that report divergences alone: without any they have nothing to say.
_ORACLE_CODES = frozenset(check.code for check in EXCHANGE_CHECKS if story.is_by_oracle(check.judge))

#: The checks of an exchange without divergences.
CHECKS_WITHOUT_ORACLE = tuple(check for check in EXCHANGE_CHECKS if check.code not in _ORACLE_CODES)
