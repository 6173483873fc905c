"""Signs: findings read for what they are about, wherever they show."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Finding = Mapping[str, Any]
Subject = tuple[str, ...]

#: Checks of the form of one place in an answer.
_FORM = frozenset({"SP104", "SP105", "SP107", "SP401", "SP402"})

#: Checks that compare an answer with all that was done before.
STORY = frozenset({"SP302", "SP601", "SP602", "SP603", "SP605", "SP606", "SP610", "SP611", "SP612", "SP613"})

#: Rules about where a request is aimed.
PATH = frozenset({"project", "environment", "kind", "id", "path", "scope", "gone"})

#: Of these, those that may show an old state as a whole.
_READ = frozenset({"SP302", "SP602", "SP603", "SP605", "SP611", "SP612"})

_AT = re.compile(r"^(?:\d{3} )?(?:leak )?(/\S*)")
_SHOWN = re.compile(r"^(/\S+?):? ")
_FROM, _GOT = re.compile(r"expected (\d{3}) but was (\d{3})"), re.compile(r"^\d{3}$")


@dataclass(frozen=True)
class FindingView:
    """A finding, read for what it is about."""

    finding: Finding

    @property
    def code(self) -> str:
        """The check's."""
        return str(self.finding["code"])

    @property
    def operation(self) -> str:
        """Where it shows."""
        return str(self.finding["operation"])

    @property
    def message(self) -> str:
        """What the check said."""
        return str(self.finding["message"])

    @cached_property
    def is_refusal(self) -> bool:
        """Whether the answer has the form of a refusal, whatever its status."""
        body = str(((self.finding["exchange"] or {}).get("response") or {}).get("body") or "")
        try:
            value = json.loads(body)
        except ValueError:
            return False
        return isinstance(value, dict) and {"code", "message"} <= value.keys()

    @property
    def sent(self) -> str:
        """The body that was sent."""
        return str(((self.finding["exchange"] or {}).get("request") or {}).get("body") or "")

    @cached_property
    def is_no_structure(self) -> bool:
        """Whether the body that was sent is no JSON object or array; one that is on record in part only may be one."""
        if not self.sent and ((self.finding["exchange"] or {}).get("request") or {}).get("method") in (
            "POST",
            "PATCH",
            "PUT",
        ):
            return True
        try:
            return bool(self.sent) and not isinstance(json.loads(self.sent), dict | list)
        except ValueError:
            return not self.sent.endswith("characters in all)")

    @cached_property
    def words(self) -> list[str]:
        """Those of the locus."""
        return str(self.finding["locus"]).split()

    @cached_property
    def member(self) -> str:
        """The place in an integration, or in an error, that it is about; empty if it is about the whole."""
        told = str(self.finding.get("touches") or self.finding["locus"])
        if self.code in ("SP202", "SP207"):
            place = next((word for word in told.split() if word.startswith("/")), "")
        else:
            match = _AT.match(told) or (
                _SHOWN.match(str(self.finding["message"])) if self.code in STORY else None
            )
            place = match.group(1) if match else ""
        if place == "/items/*" and self.code not in STORY:
            return "/items"
        if place == "/items/*" or self.words[-1:] in (["listed"], ["missing"]):
            shown = _SHOWN.match(str(self.finding["message"]))
            return shown.group(1) if shown else ""
        return place.removeprefix("/items/*").removesuffix("/-")

    @cached_property
    def header(self) -> str:
        """The header that it is about, in lower case; empty if none."""
        told = str(self.finding.get("touches") or self.finding["locus"]).split()
        name = told[-1] if told else ""
        return (
            name.lower() if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)+|Allow|Location", name) else ""
        )

    @cached_property
    def flaw(self) -> str:
        """What is wrong with a member, without the values: that it is missing, new, or of a wrong type."""
        if "missing" in self.message:
            return "missing"
        if "not described" in self.message:
            return "new"
        match = re.search(
            r"is not of type '.*'|is not one of|does not match|is less than|is greater than|should not be valid",
            self.message,
        )
        return match.group(0) if match else self.message

    @cached_property
    def statuses(self) -> tuple[str, str]:
        """What was expected and what was answered, where it is about the status of an answer; empty texts where it is not."""
        if self.code == "SP401":
            match = _FROM.search(str(self.finding["message"]))
            return (match.group(1), match.group(2)) if match else ("", "")
        actual = str(self.finding["actual"])
        return (str(self.finding["expected"])[:3], actual) if _GOT.match(actual) else ("", "")

    @cached_property
    def is_malformed(self) -> bool:
        """Whether what was seen, or each of its elements, has another JSON type than what was expected."""
        if self.finding["actual"] == "absent":
            return True
        expected, actual = (_kinds(str(self.finding[name])) for name in ("expected", "actual"))
        return expected[:1] != actual[:1] or bool(
            expected[1:] and actual[1:] and set(expected[1:]).isdisjoint(actual[1:])
        )

    @cached_property
    def subject(self) -> Subject:
        """What it is about, wherever it shows."""
        code = self.code
        if code in ("SP401", "SP402"):
            return self._of_pact()
        if code in _FORM:
            return ("header", self.header) if self.header else ("member", self.member or "/")
        if code in ("SP103", "SP106"):
            return self._of_media()
        if code == "SP301":
            return ("leak", self.member or " ".join(self.words[1:]))
        if code == "SP112":
            return ("limits",)
        if code == "SP101":
            rule = self.words[1] if len(self.words) > 1 else ""
            return (
                "fails",
                self.words[0],
                "json" if rule in ("json", "media") else "path" if rule in PATH else "",
            )
        if code == "SP102":
            return ("status", self.operation, self.statuses[1] or self.words[0])
        if code == "SP201":
            return ("refused", self.statuses[1])
        if code == "SP207":
            return ("refusal", "path" if self.words[0] in PATH else self.words[0], self.words[-1])
        if code == "SP202":
            return (
                "takes",
                self.operation if not self.member else "",
                self.words[0] if not self.member else self.member,
            )
        if code in ("SP603", "SP612") and (
            self.words[-1] in ("listed", "missing") or "the list lacks" in self.message
        ):
            return ("list", "listed" if self.words[-1] == "listed" else "missing")
        if code in _READ and "(so it is with /version)" in self.message:
            return ("stale", self.operation)
        if code in STORY and self.member:
            return ("kept", self.member)
        if code == "SP612":
            return ("order", self.operation)
        return (code, *(self.words[1:] if self.words and _GOT.match(self.words[0]) else self.words))

    def _of_media(self) -> Subject:
        """Errors have one form, wherever they come from; each success has its own."""
        status = _status_of(self.finding) or str(
            ((self.finding["exchange"] or {}).get("response") or {}).get("status", "")
        )
        return ("media", "errors" if status.startswith(("4", "5")) else self.operation)

    def _of_pact(self) -> Subject:
        locus = str(self.finding["locus"])
        if self.statuses[1]:
            return ("pact status", self.operation, *self.statuses)
        if "bodytype" in locus or self.header == "content-type" or self.member == "/~1":
            return self._of_media()
        if self.header:
            return ("header", self.header)
        return ("member", self.member or "/")


def _kinds(text: str) -> list[type]:
    """The JSON type of a value as it is told, and those of its elements."""
    try:
        value = json.loads(text)
    except ValueError:
        return [str]
    return [type(value), *map(type, value)] if isinstance(value, list) else [type(value)]


@dataclass(frozen=True)
class Group:
    """Findings with one cause, as far as is known."""

    subject: Subject
    signs: tuple[FindingView, ...]

    def with_signs(self, more: tuple[FindingView, ...]) -> Group:
        """The same cause, with further findings."""
        return Group(self.subject, self.signs + more)

    @cached_property
    def kind(self) -> str:
        """The first word of the subject."""
        return self.subject[0]

    @cached_property
    def codes(self) -> frozenset[str]:
        """Of all the checks that speak of it."""
        return frozenset(sign.code for sign in self.signs)

    @cached_property
    def operations(self) -> frozenset[str]:
        """Where it shows."""
        return frozenset(sign.operation for sign in self.signs)

    @cached_property
    def places(self) -> frozenset[tuple[str, str]]:
        """Every operation and status that shows it."""
        return frozenset((sign.operation, _status_of(sign.finding)) for sign in self.signs)

    @cached_property
    def answered(self) -> frozenset[str]:
        """The statuses that were answered, where it is about them."""
        return frozenset(sign.statuses[1] for sign in self.signs if sign.statuses[1])


def _status_of(finding: Finding) -> str:
    match = re.match(r"\d{3}", str(finding.get("touches") or finding["locus"]))
    return match.group(0) if match else ""
