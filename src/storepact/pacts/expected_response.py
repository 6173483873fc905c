"""The response that an interaction relies on, prepared once, and what a recorded response breaks of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from storepact.model.exchange import NOT_JSON, Headers, Response
from storepact.openapi.media import parse_media
from storepact.pacts.contract import BINARY, NO_BODY, RESPONSE, Interaction
from storepact.pacts.expected_body import Difference, ExpectedBody
from storepact.pacts.matchers import EQUALITY, Matcher
from storepact.pacts.value_rules import accepts

#: Headers of one connection, and those that recordings leave out.
_TRANSPORT = frozenset(
    {"connection", "content-encoding", "content-length", "date", "set-cookie", "transfer-encoding", "vary"}
)

#: Headers of responses whose comparison is cached.
_MOST_COMPARED = 500


class ExpectedResponse:
    """What recorded responses have to be for one interaction."""

    def __init__(self, interaction: Interaction) -> None:
        """`interaction` is one of HTTP."""
        self._status = interaction.status
        self._rules = interaction.rules(RESPONSE)
        self._headers = [
            (name, name.lower(), value)
            for name, value in interaction.headers(RESPONSE).items()
            if name.lower() not in _TRANSPORT
        ]
        self._compared: dict[tuple[Headers, bool], tuple[Difference, ...]] = {}
        self._example = interaction.body(RESPONSE)
        self._has_generators = bool(interaction.raw.get(RESPONSE, {}).get("generators"))

    def differences(self, response: Response, *, examples_count: bool) -> Iterator[Difference]:
        """Where a response is not what the interaction relies on; of another status only that.

        `examples_count` is whether the response can be expected to have the values of the example where no
        rule is written.
        """
        if response.status != self._status:
            yield Difference("status", (), EQUALITY, self._status, response.status)
            return
        yield from self._header_differences(response.headers, has_body=bool(response.body))
        example = self._example
        if example in (NO_BODY, BINARY, None) or isinstance(example, str) or response.json is NOT_JSON:
            return
        is_fixed = examples_count and not self._has_generators
        yield from (self._fixed_body if is_fixed else self._body).differences(response.json)

    @cached_property
    def _body(self) -> ExpectedBody:
        return ExpectedBody(self._example, self._rules, examples_count=False)

    @cached_property
    def _fixed_body(self) -> ExpectedBody:
        return ExpectedBody(self._example, self._rules, examples_count=True)

    def _header_differences(self, headers: Headers, *, has_body: bool) -> tuple[Difference, ...]:
        """Where the headers of a response are not what the interaction relies on; most of them recur."""
        if not self._headers or not headers:
            return ()
        differences = self._compared.get((headers, has_body))
        if differences is None:
            if len(self._compared) >= _MOST_COMPARED:
                self._compared.clear()
            differences = tuple(self._compare_headers(headers, has_body=has_body))
            self._compared[headers, has_body] = differences
        return differences

    def _compare_headers(self, sent: Headers, *, has_body: bool) -> Iterator[Difference]:
        headers = {name.lower(): value for name, value in sent}
        for name, key, example in self._headers:
            actual = headers.get(key)
            matchers = self._rules.headers.get(key, ())
            if actual is None:
                if has_body or key != "content-type":
                    yield Difference("header", (name,), EQUALITY, example, None)
            elif key == "content-type" and not matchers:
                if parse_media(actual).plain != parse_media(example).plain:
                    yield Difference("header", (name,), EQUALITY, example, actual)
            else:
                yield from _broken_rules(name, matchers, example, actual)


def _broken_rules(
    name: str, matchers: tuple[Matcher, ...], example: str, actual: str
) -> Iterator[Difference]:
    for rule in matchers:
        if not accepts(rule, example, actual):
            yield Difference("header", (name,), rule, example, actual)
