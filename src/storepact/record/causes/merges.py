"""Explanations: which groups of findings take in which others, and why; a table of rules, the surest first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from storepact.record.causes.clusters import CROWD
from storepact.record.causes.subjects import PATH, STORY, FindingView, Group

Rule = Callable[[Group, Group], bool]


def _below(place: str, other: str) -> bool:
    return place == other or place.startswith(f"{other.rstrip('/')}/")


def _same_member(lead: Group, other: Group) -> bool:
    """A malformed member is also not as it was written, if that is how it shows."""
    members = {each.removesuffix("/*") for each in (lead.subject[-1], *(sign.member for sign in lead.signs))}
    if lead.kind != "member" or other.subject[-1] not in members:
        return False
    shown = {str(each.finding["actual"]) for each in lead.signs}
    listed = [each.message for each in lead.signs if each.flaw == "is not one of"]

    def is_seen(sign: FindingView) -> bool:
        actual = str(sign.finding["actual"])
        return (
            sign.is_malformed
            or actual in shown
            or any(actual.strip('"') not in each.partition("is not one of")[2] for each in listed)
        )

    return other.kind == "SP607" or (other.kind == "kept" and all(map(is_seen, other.signs)))


def _inside_malformed(lead: Group, other: Group) -> bool:
    """What lies in a place that is missing, or of another type, cannot be right either, wherever both show."""
    return (
        lead.kind == other.kind == "member"
        and lead is not other
        and lead.subject[1] not in ("", "/")
        and (other.subject[1].startswith(f"{lead.subject[1]}/") and other.places <= lead.places)
    )


def _whole_body(lead: Group, other: Group) -> bool:
    """A pact that misses members of the body as a whole speaks of those that are missing."""
    return (
        other.subject == ("member", "/")
        and other.codes <= {"SP401"}
        and lead.kind in ("member", "media")
        and (bool(other.operations & lead.operations))
    )


def _leaked(lead: Group, other: Group) -> bool:
    """A secret that is shown somewhere changes what is there."""
    return (
        lead.kind == "leak" and other.kind in ("kept", "member") and _below(other.subject[1], lead.subject[1])
    )


def _renamed(lead: Group, other: Group) -> bool:
    """A member that is missing where another one is new, of a like name or around it, has been renamed or wrapped."""
    if (
        lead.kind != "member"
        or other.kind != "member"
        or "SP105" not in lead.codes
        or "SP104" not in other.codes
    ):
        return False
    new, old = lead.subject[1], other.subject[1]
    if new.rpartition("/")[0] != old.rpartition("/")[0]:
        return False
    gone = all("missing" in sign.finding["message"] for sign in other.signs if sign.code == "SP104")
    described = {place for place in other.places if place not in lead.places}
    if not gone or described:
        return False
    if len({each.member for each in other.signs if each.code == "SP104"}) >= CROWD or (
        lead.places == other.places and len(lead.places) == 1
    ):
        return True  # wrapped as a whole, or the one place where both show
    one, two = new.rpartition("/")[2], old.rpartition("/")[2]
    alike = (
        difflib.SequenceMatcher(None, one.lower(), two.lower()).ratio() > 0.5
        or one.lower() in two.lower()
        or two.lower() in one.lower()
    )
    return alike or any(
        f"'{two}'" in str(each.finding["actual"]) for each in lead.signs if each.code == "SP105"
    )


def _status_of_pact(lead: Group, other: Group) -> bool:
    """A pact that gets another status than it relies on says what a check of that operation says."""
    if other.kind != "pact status" or not other.operations & lead.operations or lead.kind == "pact status":
        return False
    got = other.subject[3]
    if lead.kind in ("status", "refused", "refusal", "fails"):
        return got in lead.answered or got == lead.subject[-1]
    return got.startswith("2") and bool(
        lead.codes & {"SP202", "SP203", "SP204", "SP205", "SP206", "SP302", "SP604", "SP609"}
    )


def _same_status_of_pact(lead: Group, other: Group) -> bool:
    return lead.kind == other.kind == "pact status" and lead.subject[2:] == other.subject[2:]


def _refused_whatever(lead: Group, other: Group) -> bool:
    """Where what is right is refused with a status, what is wrong is refused with it, too."""
    return (
        lead.kind == "refused"
        and other.kind in ("refusal", "status")
        and other.subject[-1] == lead.subject[1]
        and (other.operations <= lead.operations)
    )


def _undocumented_refusal(lead: Group, other: Group) -> bool:
    """A status that is not described is also none of those that were due."""
    return (
        lead.kind == "status"
        and other.kind in ("refusal", "refused")
        and other.subject[-1] == lead.subject[2]
        and (other.operations <= lead.operations)
    )


def _same_refusal(lead: Group, other: Group) -> bool:
    """What is refused with the same wrong status in the same words is refused by the same piece of code."""
    same = (
        other.kind == "refusal"
        and lead.subject[-1] == other.subject[-1]
        and lead.operations == other.operations
    )
    return same and len({_quoted(each.message) for each in (*lead.signs, *other.signs)}) == 1


def _quoted(message: str) -> str:
    """What a refusal said."""
    match = re.search(r"\('.*?'\)", message)
    return match.group(0) if match else message


def _vanished(lead: Group, other: Group) -> bool:
    """What is answered with 404 though it lives is missed by whoever looks for it."""
    missed = other.subject in (("list", "missing"), ("SP602", "gone"), ("SP611", "gone"), ("SP612", "gone"))
    return lead.subject == ("refused", "404") and (missed or other.kind == "order")


def _nameless(lead: Group, other: Group) -> bool:
    """What was created without a word about its id cannot be asked for."""
    created = (
        bool(lead.places) and {status for _, status in lead.places} <= {"201", ""} and "SP106" in lead.codes
    )
    return lead.kind == "media" and created and other.subject in (("refused", "404"), ("list", "missing"))


def _elsewhere(lead: Group, other: Group) -> bool:
    """What was made under an id or in a place that is not its own is not found where it should be, and others are in its stead."""
    mixed = other.subject == ("SP302", "scope") and all(
        "other kind" in sign.message for sign in other.signs if sign.code == "SP302"
    )
    unknown = other.subject == ("kept", "/_id") and other.codes == {"SP603"}
    found = (
        mixed
        or unknown
        or other.subject in (("refused", "404"), ("list", "missing"))
        or other.kind in ("SP611", "order")
    )
    foreign = other.kind == "member" and other.subject[1].startswith("/config")
    return lead.kind == "SP607" and (
        found or (foreign and all(_is_of_another_kind(each) for each in other.signs))
    )


def _is_of_another_kind(sign: FindingView) -> bool:
    """Whether a member is there, or is missing, as it is in an object of another kind."""
    return sign.code != "SP104" or "missing" in sign.message or "not described" in sign.message


def _not_listed(lead: Group, other: Group) -> bool:
    """A list without items lacks them all."""
    malformed = lead.kind == "member" and lead.subject[1] == "/items"
    return (
        (malformed or lead.kind == "media") and other.kind == "list" and other.operations <= lead.operations
    )


def _of_another_kind(lead: Group, other: Group) -> bool:
    """Several members that are new in one object below the top, and those that are missing there, are another kind of object."""
    if lead.kind != "member" or other.kind != "member":
        return False
    above = lead.subject[1].rpartition("/")[0]
    if not above or above != other.subject[1].rpartition("/")[0] or "SP105" not in lead.codes:
        return False
    return other.places <= lead.places and all(
        "not described" in sign.message or "missing" in sign.message for sign in other.signs
    )


def _taken_for_another_kind(lead: Group, other: Group) -> bool:
    """An object that is not looked at closely is shown with what nobody described."""
    return (
        lead.kind == "takes"
        and other.kind == "member"
        and other.codes == {"SP105"}
        and lead.subject[2].startswith("/")
        and (other.subject[1].startswith(f"{lead.subject[2]}/"))
    )


_NOT_OF_STATUS = ("SP113", "SP107", "SP109", "SP110", "SP111", "header", "limits", "media", "member")


def _only_at(lead: Group, other: Group) -> bool:
    """What shows with an undocumented status only comes along with it."""
    return (
        lead.kind in ("status", "refusal")
        and other.kind in (("SP113",) if lead.kind == "refusal" else _NOT_OF_STATUS)
        and other.places <= {(operation, lead.subject[2]) for operation in lead.operations}
    )


def _crashes(lead: Group, other: Group) -> bool:
    """Whoever fails over a body that is no structure, a wrong path, or anything, does so whatever else is wrong."""
    if lead.kind != "fails" or other.kind != "fails" or lead.subject[1] != other.subject[1]:
        return False
    if lead.subject[2] == "json":
        return all(sign.is_no_structure for sign in other.signs)
    if lead.subject[2] == "path":
        again = other.operations <= lead.operations and all("conflict" in each.words for each in other.signs)
        return again or all(_OF_PATH.search(str(each.finding["mutation"] or "")) for each in other.signs)
    return any(len(each.words) == 1 for each in lead.signs) and other.operations <= lead.operations


#: Words of a mutation that was made to where a request is aimed.
_OF_PATH = re.compile(r"\bpath\b|Key\b|\bintegrationId\b")


def _silent_limit(lead: Group, other: Group) -> bool:
    """A 429 without headers lacks the ones that pacts rely on."""
    return (
        lead.kind == "SP111" and other.kind == "header" and {status for _, status in other.places} == {"429"}
    )


def _gate(lead: Group, other: Group) -> bool:
    """A door that lets the wrong ones in and keeps the right ones out looks at the wrong thing."""
    return (
        lead.kind == "SP205" and other.subject == ("refused", "403") and other.operations <= lead.operations
    )


def _test_in_patch(lead: Group, other: Group) -> bool:
    """Tests that are not looked at may also be malformed."""
    structural = (
        other.kind == "takes" and not other.subject[2].startswith("/") and other.operations <= lead.operations
    )
    return lead.kind == "SP609" and structural and all('"test"' in sign.sent for sign in other.signs)


def _old_version(lead: Group, other: Group) -> bool:
    """What is stale with its version is one version behind, and its tests hold though they should not."""
    stale = (
        lead.kind in ("kept", "stale")
        and lead.codes & {"SP602", "SP603", "SP612"}
        and any("/version" in sign.message for sign in lead.signs)
    )
    return bool(stale) and (other.subject == ("kept", "/version") or other.kind == "SP609")


def _below_one(lead: Group, other: Group) -> bool:
    """Members of one object below the top that are not as they were written, by the same operation."""
    if (
        lead.kind != "kept"
        or other.kind not in ("kept", "takes")
        or not ("SP601" in lead.codes and lead.codes <= _OF_WRITES)
        or not other.operations <= lead.operations
    ):
        return False
    above = lead.subject[1].rpartition("/")[0]
    if other.kind == "takes":
        return (
            bool(above)
            and other.subject[2] == above
            and all(sign.words[-1] == "required" for sign in other.signs)
        )
    return bool(above) and other.codes <= _OF_WRITES and other.subject[1].rpartition("/")[0] == above


#: What checks say of writes that were not kept as they were given: at once, or when they are read.
_OF_WRITES = frozenset({"SP601", "SP602"})


def _done_in_part(lead: Group, other: Group) -> bool:
    """A patch that cannot be applied, because an earlier operation of it has not been done."""
    return (
        lead.kind == "kept"
        and other.kind == "takes"
        and all("cannot be applied" in sign.message for sign in other.signs)
        and all(
            _below(_nothing_at(each.message) or other.subject[2], lead.subject[1]) for each in other.signs
        )
    )


def _nothing_at(message: str) -> str:
    """The place that a patch is said to miss."""
    match = re.search(r"there is nothing at (/\S*)", message)
    return match.group(1).rstrip(";,.") if match else ""


def _undead(lead: Group, other: Group) -> bool:
    """What is there after its delete is listed, read and deleted again."""
    return "SP604" in lead.codes and (
        other.subject == ("list", "listed")
        or (other.kind == "takes" and other.subject[2] == "id")
        or other.kind == "order"
    )


def _same_name(lead: Group, other: Group) -> bool:
    """A member that is new in several places under one name."""
    new = lead.kind == other.kind == "member" and lead.codes | other.codes == {"SP105"}
    return new and lead.subject[1].rpartition("/")[2] == other.subject[1].rpartition("/")[2]


def _taken_as_it_is(lead: Group, other: Group) -> bool:
    """What should have been refused is shown as it was sent."""
    return (
        lead.kind == "takes"
        and other.kind in ("member", "leak")
        and lead.subject[2].startswith("/")
        and (
            (
                _below(lead.subject[2], other.subject[1])
                or (other.kind == "leak" and _below(other.subject[1], lead.subject[2]))
            )
            and all(sign.finding["mutation"] for sign in other.signs if sign.code != "SP401")
        )
    )


def _only_when_taken(lead: Group, other: Group) -> bool:
    """What is wrong with answers to what should have been refused, and with no others, comes of that."""
    aimed = lead.kind == "takes" and lead.subject[2] in PATH
    taken = lead.kind == "SP206" or aimed or lead.subject in (("SP604", "gone"), ("SP302", "scope"))
    if (
        not taken
        or other.kind not in ("member", "status", "media")
        or not other.operations <= lead.operations
    ):
        return False
    return all(sign.finding["mutation"] or sign.is_refusal for sign in other.signs if sign.code != "SP401")


def _taken_without(lead: Group, other: Group) -> bool:
    """What may be left out is missing; what may be anything is not what a test says."""
    if lead.kind != "takes" or not lead.subject[2].startswith("/"):
        return False
    place = lead.subject[2]
    if other.kind == "member":
        required = any(sign.words[-1] == "required" for sign in lead.signs)
        return (
            required
            and other.subject[1].startswith(f"{place}/")
            and all("missing" in each.message for each in other.signs)
        )
    return other.kind == "SP609" and all(f"{place} is another one" in each.message for each in other.signs)


def _taken_together(lead: Group, other: Group) -> bool:
    """Whoever does not look at a place does not look at what is in it."""
    return (
        lead.kind == other.kind == "takes"
        and other.subject[2].startswith(f"{lead.subject[2].rstrip('/')}/")
        and (lead.subject[2].startswith("/"))
    )


def _loose_patch(lead: Group, other: Group) -> bool:
    """A patch that is not looked at closely is taken in many forms."""
    if lead.kind != "takes" or other.kind != "takes" or lead.operations != other.operations:
        return False
    structural = not other.subject[2].startswith("/")
    return structural and any(sign.words[0] in ("patch", "body") for sign in lead.signs)


def _stale(lead: Group, other: Group) -> bool:
    """An answer that shows an old state as a whole shows it in each member, in secrets and after simultaneous writes, too."""
    if lead.kind == other.kind == "stale":
        return True  # what is old wherever it is read was never written
    if other.kind not in ("kept", "stale") or not (
        other.operations <= lead.operations or other.codes == {"SP602"}
    ):
        return False
    members = {sign.member for sign in lead.signs if sign.code == "SP602"}
    if lead.kind == "kept" and (not members or (len(members) < 2 and "SP602" not in other.codes)):
        return False
    changed = all(each.code != "SP610" or "redacted otherwise" in each.message for each in other.signs)
    return other.codes <= {"SP302", "SP602", "SP605", "SP610", "SP611", "SP612"} and changed


def _not_done(lead: Group, other: Group) -> bool:
    """A write that is not done at all leaves every member as it was, and its version."""
    if lead.kind != "kept" or other.kind not in ("kept", "takes", "SP609") or "SP601" not in lead.codes:
        return False
    unchanged = [sign for sign in lead.signs if sign.code in ("SP601", "SP606")]
    return len({each.member for each in unchanged}) > 3 and other.operations <= lead.operations


def _written_members(lead: Group, other: Group) -> bool:
    """A write that misses several members of one operation misses them together, its version included."""
    wrong = {"SP601", "SP606"}
    return (
        lead.kind == other.kind == "kept"
        and lead.codes <= wrong
        and other.codes <= wrong
        and (lead.operations == other.operations and _wrapped(lead) and _wrapped(other))
    )


def _wrapped_ignored(lead: Group, other: Group) -> bool:
    """Whoever does nothing with a wrapped patch takes wrong ones, too."""
    return (
        lead.kind == "kept"
        and other.kind == "takes"
        and lead.codes <= {"SP601", "SP606"}
        and lead.operations == other.operations
        and _wrapped(lead)
        and _wrapped(other)
    )


def _built_on_lost(lead: Group, other: Group) -> bool:
    """What was answered and never written is missing in what is written next, and in what is asked of it before."""
    lost = lead.kind == "stale" and {"SP602", "SP603"} <= lead.codes
    next_write = other.kind == "kept" and other.codes <= {"SP601", "SP602", "SP605", "SP606", "SP612"}
    return (
        lost and other.operations <= lead.operations and (next_write or other.subject == ("refused", "409"))
    )


def _version_along(lead: Group, other: Group) -> bool:
    """What is not done as it was asked for is not counted, either, where both show in one answer."""
    seen = {(sign.operation, sign.sent) for sign in lead.signs}
    return (
        lead.kind == "kept"
        and "SP601" in lead.codes
        and other.subject == ("kept", "/version")
        and other.codes == {"SP606"}
        and all((each.operation, each.sent) in seen for each in other.signs)
    )


def _in_long_patches(lead: Group, other: Group) -> bool:
    """Members that patches of several operations get wrong, and no others do, are got wrong together."""
    same = lead.kind == other.kind == "kept" and lead.operations == other.operations
    return same and all(_is_long(each.sent) for each in (*lead.signs, *other.signs))


def _is_long(sent: str) -> bool:
    return sent.startswith("[") and sent.count('"op"') > 1


def _race_of_versions(lead: Group, other: Group) -> bool:
    """After simultaneous requests versions are off where updates are not done as they should be without them."""
    return (
        other.subject == ("kept", "/version")
        and other.codes == {"SP612"}
        and lead.kind == "kept"
        and "SP601" in lead.codes
    )


def _siblings(lead: Group, other: Group) -> bool:
    """Whoever writes to others does so to whatever member."""
    return all(each.kind in ("kept", "stale") and "SP611" in each.codes for each in (lead, other))


def _trace(lead: Group, other: Group) -> bool:
    """Where what was refused is done all the same, integrations are gone and passwords are other ones."""
    done = lead.kind in ("kept", "stale") and "SP605" in lead.codes
    gone = other.subject == ("refused", "404") and any("permission" in sign.words for sign in other.signs)
    return done and (gone or (other.subject[0] == "kept" and other.codes == {"SP610"}))


def _list_lags(lead: Group, other: Group) -> bool:
    """A list that lacks the newest shows the others as they were."""
    lacks = any(sign.subject == ("list", "missing") for sign in lead.signs)
    return lacks and other.kind == "stale" and other.operations <= lead.operations


def _any_kind(lead: Group, other: Group) -> bool:
    """Whoever does not look at the kind in a path takes one that does not exist, and the other one."""
    same = lead.kind == "takes" and lead.subject[2] == "kind" and lead.operations == other.operations
    return (
        same
        and other.subject == ("SP302", "scope")
        and all("kind" in sign.message or "it is a" in sign.message for sign in other.signs)
    )


def _pact_of_values(lead: Group, other: Group) -> bool:
    """A pact that gets another value than was written says what the oracle says of that answer."""
    values = (
        other.kind == "member"
        and other.codes == {"SP401"}
        and all("to be equal to" in sign.message for sign in other.signs)
    )
    return values and lead.kind == "kept" and "SP601" in lead.codes and other.operations <= lead.operations


def _leaks(lead: Group, other: Group) -> bool:
    """A secret that is seen in a body that cannot be read is the one that is seen where it can."""
    return (
        lead.kind == other.kind == "leak"
        and lead.subject[1].startswith("/")
        and other.subject[1] == "body"
        and other.operations <= lead.operations
    )


def _wrapped(group: Group) -> bool:
    """Whether every patch of it that is on record came with a comment."""
    return all('"patch"' in sign.sent for sign in group.signs)


def _version_confuses(lead: Group, other: Group) -> bool:
    """Whoever miscounts versions lets preconditions hold that do not, and the other way round."""
    about = lead.kind in ("member", "kept", "takes", "SP609") and (
        lead.subject[-1] in ("/version", "/_id") or lead.kind == "SP609"
    )
    if not about:
        return False
    pact = other.kind == "pact status" and other.subject[3] == "409"
    return pact or other.kind == "order" or other.subject in (("refused", "409"), ("refusal", "path", "409"))


def _order_explained(lead: Group, other: Group) -> bool:
    """Simultaneous requests only show again what was found without them."""
    return (
        other.kind == "order"
        and lead.kind in ("kept", "stale", "SP604", "list", "refused")
        and bool(lead.codes & STORY)
    )


#: Each with the kinds of groups that it may take others into; none: any.
RULES: tuple[tuple[Rule, frozenset[str]], ...] = (
    (_same_member, frozenset({"member"})),
    (_crashes, frozenset({"fails"})),
    (_leaks, frozenset({"leak"})),
    (_only_at, frozenset({"status", "refusal"})),
    (_not_listed, frozenset({"member", "media"})),
    (_inside_malformed, frozenset({"member"})),
    (_leaked, frozenset({"leak"})),
    (_renamed, frozenset({"member"})),
    (_taken_for_another_kind, frozenset({"takes"})),
    (_of_another_kind, frozenset({"member"})),
    (_same_name, frozenset({"member"})),
    (_whole_body, frozenset({"member", "media"})),
    (_silent_limit, frozenset({"SP111"})),
    (_gate, frozenset({"SP205"})),
    (_test_in_patch, frozenset({"SP609"})),
    (_below_one, frozenset({"kept"})),
    (_done_in_part, frozenset({"kept"})),
    (_taken_as_it_is, frozenset({"takes"})),
    (_any_kind, frozenset({"takes"})),
    (_pact_of_values, frozenset({"kept"})),
    (_only_when_taken, frozenset({"takes", "SP206", "SP604", "SP302"})),
    (_taken_without, frozenset({"takes"})),
    (_taken_together, frozenset({"takes"})),
    (_loose_patch, frozenset({"takes"})),
    (_written_members, frozenset({"kept"})),
    (_version_along, frozenset({"kept"})),
    (_in_long_patches, frozenset({"kept"})),
    (_siblings, frozenset({"kept", "stale"})),
    (_list_lags, frozenset({"list", "member"})),
    (_wrapped_ignored, frozenset({"kept"})),
    (_not_done, frozenset({"kept"})),
    (_refused_whatever, frozenset({"refused"})),
    (_undocumented_refusal, frozenset({"status"})),
    (_status_of_pact, frozenset()),
    (_vanished, frozenset({"refused"})),
    (_trace, frozenset({"kept", "stale"})),
    (_same_refusal, frozenset({"refusal"})),
    (_nameless, frozenset({"media"})),
    (_elsewhere, frozenset({"SP607"})),
    (_undead, frozenset({"SP604", "takes", "SP302"})),
    (_status_of_pact, frozenset()),
    (_same_status_of_pact, frozenset({"pact status"})),
    (_stale, frozenset({"kept", "stale"})),
    (_old_version, frozenset({"kept", "stale"})),
    (_built_on_lost, frozenset({"stale"})),
    (_version_confuses, frozenset({"member", "kept", "takes", "SP609"})),
    (_race_of_versions, frozenset({"kept"})),
    (_order_explained, frozenset({"kept", "stale", "SP604", "list", "refused"})),
)
