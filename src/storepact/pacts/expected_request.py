"""The request of an interaction, prepared once, and whether a recorded request is the one."""

from __future__ import annotations

from urllib.parse import parse_qsl

from storepact.model.exchange import NOT_JSON, Request
from storepact.openapi.media import parse_media
from storepact.pacts.contract import BINARY, NO_BODY, REQUEST, Interaction
from storepact.pacts.expected_body import ExpectedBody
from storepact.pacts.matchers import Matcher
from storepact.pacts.value_rules import matches_text

#: Headers of which any value will do: a verifier sends its own, too.
_FREE = frozenset({"authorization", "accept", "user-agent"})


class RecordedRequest:
    """The parts of a request beside its path and body, as they are compared with those of interactions."""

    def __init__(self, request: Request) -> None:
        self.method = request.method
        _, _, query = request.path.partition("?")
        self.query = sorted(parse_qsl(query, keep_blank_values=True)) if query else []
        self.headers = {name.lower(): value for name, value in request.headers}


class ExpectedRequest:
    """What the request of one interaction is like."""

    def __init__(self, interaction: Interaction) -> None:
        """`interaction` is one of HTTP."""
        rules = interaction.rules(REQUEST)
        self._method, self._path, self._path_rules = interaction.method, interaction.path, rules.path
        self.path_key = (self._path, tuple((rule.kind, str(rule.raw.get("regex"))) for rule in rules.path))
        """What decides which paths are the one of this request."""
        self._query = [(name, value, rules.query.get(name, ())) for name, value in sorted(interaction.query)]
        headers = {name.lower(): value for name, value in interaction.headers(REQUEST).items()}
        self.header_names = frozenset(headers)
        """The headers that it sends, in lower case."""
        self._headers = [
            _ExpectedHeader(name, value, rules.headers.get(name, ()))
            for name, value in headers.items()
            if name not in _FREE
        ]
        self._example = interaction.body(REQUEST)
        self._body = ExpectedBody(self._example, rules, examples_count=True)

    def has_path(self, path: str) -> bool:
        """Whether a path is the one of this request."""
        return matches_text(self._path_rules, self._path, path)

    def has_head(self, request: RecordedRequest) -> bool:
        """Whether a request is this one, in its verb, its query and its headers."""
        return (
            request.method == self._method
            and self.header_names <= request.headers.keys()
            and self._query_matches(request)
            and all(header.accepts(request.headers[header.name]) for header in self._headers)
        )

    def _query_matches(self, request: RecordedRequest) -> bool:
        return len(request.query) == len(self._query) and all(
            name == sent and matches_text(matchers, value, actual)
            for (name, value, matchers), (sent, actual) in zip(self._query, request.query, strict=True)
        )

    def has_body(self, request: Request) -> bool:
        """Whether a request is this one, in its body."""
        if self._example is NO_BODY:
            return not request.body
        if self._example is BINARY or request.json is NOT_JSON:
            return False
        return self._body.has_no_more(request.json) and not self._body.differences(request.json)


class _ExpectedHeader:
    """A header whose value the interaction names."""

    def __init__(self, name: str, example: str, matchers: tuple[Matcher, ...]) -> None:
        self.name, self._matchers = name, matchers
        self._example = _without_blanks(example)
        self._media = parse_media(example).plain if name == "content-type" and not matchers else None

    def accepts(self, actual: str) -> bool:
        """Whether the value of a request is the interaction's."""
        if self._media is not None:
            return parse_media(actual).plain == self._media
        return matches_text(self._matchers, self._example, _without_blanks(actual))


def _without_blanks(text: str) -> str:
    return ",".join(part.strip() for part in text.split(","))
