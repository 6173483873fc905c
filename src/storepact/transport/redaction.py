"""Secrets: which values must not be shown, how they are masked, and where a response leaks one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from storepact.model.exchange import Exchange, Forms, Headers, Leak, Request, Response, json_of
from storepact.model.tree import Json, read_json
from storepact.transport.clean_texts import LONGEST, CleanHeaders, NewHeaders
from storepact.transport.disclosed_texts import DisclosedTexts
from storepact.transport.encodings import (
    CANARY,
    MIN_LENGTH,
    PASSWORD,
    TINY,
    SecretShape,
    is_placeholder,
    is_wordlike,
    looks_redacted,
    make_secret,
)
from storepact.transport.json_strings import find_places, mask_strings, replace_spans, spans_of
from storepact.transport.leaks import LeakPlace, find_whole_values, to_leaks
from storepact.transport.masked_bodies import NO_BODY, UNREAD, MaskedBodies, MaskedBody, compact, rebuild
from storepact.transport.needles import Match, Needles
from storepact.transport.read_bodies import NOTHING_READ, ReadBody, SentBody, read_body
from storepact.transport.secret_members import mask_members, masked_texts, sent_secrets


@dataclass
class Secrets:
    """The secrets of a run: string values of `members` are masked, registered values also searched for."""

    members: frozenset[str] = frozenset()
    _values: dict[str, str] = field(default_factory=dict)
    """Every registered value, with its label."""
    _needles: Needles = field(default_factory=Needles)
    """The forms of these values that are searched for."""
    returned_in: dict[str, str] = field(default_factory=dict)
    """The response header, in lower case, in which a value is no leak, by the value's label."""
    _whole: set[str] = field(default_factory=set)
    """Values that ordinary texts may contain: they count only as the whole value of a secret member."""
    disclosed_texts: DisclosedTexts = field(default_factory=DisclosedTexts)
    """What responses showed in secret members."""
    _bodies: MaskedBodies = field(default_factory=MaskedBodies)
    _clean_headers: CleanHeaders = field(default_factory=CleanHeaders)
    _count: int = 0
    _member_names: Sequence[bytes] = ()
    """The names of `members` as bytes."""

    def __post_init__(self) -> None:
        self._member_names = [name.encode() for name in sorted(self.members)]

    def __repr__(self) -> str:
        return f"Secrets({len(self._values)} registered)"

    @property
    def canary_count(self) -> int:
        """How many secrets this run has made."""
        return self._count

    def make_canary(self, run_marker: str, shape: SecretShape = SecretShape.ORDINARY) -> str:
        """Make a secret to send, which is searched for in all later responses; the n-th of a run is fixed."""
        self._count += 1
        value = make_secret(shape, f"{run_marker}:{self._count}".encode())
        self._register(value, PASSWORD, made_up=True, is_new=True)
        return value

    def register(self, value: str, label: str) -> None:
        """Register a value to be masked and searched for; `label` describes it in findings.

        Of a value that an ordinary text may contain, such as a short word, only digests are searched for.
        """
        self._register(value, label, made_up=CANARY in value)

    def _register(self, value: str, label: str, *, made_up: bool, is_new: bool = False) -> None:
        if not value or value in self._values:
            return
        self._values[value] = label
        is_short = len(value) <= TINY or (len(value) < MIN_LENGTH and is_wordlike(value))
        if is_short and (made_up or not is_placeholder(value)):
            self._add_whole(value)
        self._needles.add(value, label, made_up=made_up, is_new=is_new)

    def _add_whole(self, value: str) -> None:
        """Register a value that counts as the whole value of a secret member only."""
        self._whole.add(value)
        self._bodies.clear()

    def register_all(self, body: Json) -> None:
        """Register the values of all secret members of a request body, patch operations included."""
        for name, value in sent_secrets(body, self.members):
            # the redacted form of a secret, sent back, is not a secret, nor is what looks like one
            if value in self.disclosed_texts or looks_redacted(value):
                continue
            if value.isalpha() and is_wordlike(value):  # `password` is in every response
                self._register_word(value, f"the {name} that was sent")
            else:
                self.register(value, f"the {name} that was sent")

    def _register_word(self, value: str, label: str) -> None:
        """Register a password that is one word: it counts only as the whole value of a secret member."""
        if value not in self._values and not is_placeholder(value):
            self._values[value] = label
            self._add_whole(value)

    def leaks(self, headers: Headers, body: bytes) -> tuple[Leak, ...]:
        """Where a response shows a registered secret."""
        new = self._clean_headers.new_in(headers, self._needles.generation)
        return self._mask_headers(headers, new)[1] + self._mask_read(read_body(body))[3]

    def _is_clean(self, new: NewHeaders) -> bool:
        """Whether what is new in a head shows no secret."""
        if not new.text:
            return True
        if self._needles.occur_in(new.text, thoroughly=True):
            return False
        self._clean_headers.add(new, self._needles.generation)
        return True

    def _mask_headers(self, headers: Headers, new: NewHeaders) -> tuple[Headers, tuple[Leak, ...]]:
        """The headers of a response with secrets masked, and where they showed one."""
        if not self._needles.find_tags(new.text) and self._is_clean(new):
            return headers, ()
        leaks: list[tuple[str, Match]] = []
        masked: list[tuple[str, str]] = []
        for name, value in headers:
            in_name = self._needles.find(name)
            in_value = [*self._needles.find(value), *self._needles.find_tags(value)]
            masked_name = replace_spans(name, spans_of(in_name))
            matches = (*in_name, *in_value)
            leaks += [(masked_name, m) for m in matches if self.returned_in.get(m.label) != name.lower()]
            masked.append((masked_name, replace_spans(value, spans_of(in_value))))
        return tuple(masked), to_leaks(leaks)

    # masking

    def redact(self, request: Request, response: Response) -> Exchange:
        """The exchange with all secrets masked, and what the response leaked.

        The request's Authorization header must hold a placeholder already.
        """
        generation = self._needles.generation
        received = self._read_received(response)
        sent = None if request.body is None else self._read_sent(request.body)
        new = self._clean_headers.new_in(response.headers, generation)
        new_sent = self._clean_headers.new_in(
            (header for header in request.headers if not _is_token(header[0])), generation, request.path
        )
        sent_texts = () if sent is None else sent.read.texts
        self._needles.note_clean([new.text, new_sent.text, *received.texts, *sent_texts])
        headers, header_leaks = self._mask_headers(response.headers, new)
        masked = self._mask_response(response, received)
        body, forms = (
            (None, ()) if sent is None or request.body is None else self._mask_sent(request.body, sent)
        )
        path, sent_headers = self._mask_head(request, new_sent)
        return Exchange(
            Request(request.method, path, sent_headers, body),
            rebuild(response, headers, masked.body, masked.value),
            header_leaks + masked.leaks,
            masked.forms,
            masked.redactions,
            forms,
        )

    def _read_received(self, response: Response) -> ReadBody:
        """The body of a response to be masked; without texts if what it is masked to is cached."""
        body = response.body
        if not body or self._bodies.get(body, self._needles.generation) is not None:
            return NOTHING_READ
        return read_body(body, response.json)

    def _mask_response(self, response: Response, read: ReadBody) -> MaskedBody:
        """The body of a response masked; what showed no secret is cached until a new one may be in it."""
        body, generation = response.body, self._needles.generation
        if not body:
            return NO_BODY
        earlier = self._bodies.get(body, generation)
        if earlier is not None:
            return earlier
        masked, value, forms, leaks = self._mask_read(read if read.body else read_body(body, response.json))
        redactions = self.disclosed_texts.redactions_of(forms)
        result = MaskedBody(masked, value, forms, redactions, leaks)
        is_short = len(body) <= LONGEST  # of longer texts it is not known which secrets they may show
        if is_short and value is not UNREAD and not leaks and self._needles.generation == generation:
            self._bodies.add(body, result)
        return result

    def mask_body(self, body: bytes) -> bytes:
        """A body with registered secrets and secret members masked; otherwise byte for byte the same."""
        return self._mask_sent(body, self._read_sent(body))[0]

    def _read_sent(self, body: bytes) -> SentBody:
        """The body of a request whose secret members are masked: these need not be searched for."""
        if not self._may_have_secret_members(body):
            return SentBody(read_body(body), UNREAD)
        try:
            value = read_json(body)
            masked = mask_members(value, self.members)
        except (ValueError, RecursionError):
            return SentBody(read_body(body), UNREAD)
        if masked == value:
            return SentBody(read_body(body, value), UNREAD)
        return SentBody(read_body(compact(masked, body), masked), value)

    def _mask_sent(self, body: bytes, sent: SentBody) -> tuple[bytes, Forms]:
        """The body of a request masked, and the forms of the texts that are masked as a whole."""
        masked, value, _, _ = self._mask_read(sent.read, is_sent=True)
        if masked == body:
            return masked, ()
        whole = json_of(body) if sent.whole is UNREAD else sent.whole
        try:
            texts = list(masked_texts(whole, json_of(masked) if value is UNREAD else value))
        except RecursionError:
            return masked, ()
        return masked, tuple((json.dumps(path), self.disclosed_texts.form_of(text)) for path, text in texts)

    def _may_have_secret_members(self, body: bytes) -> bool:
        """Whether a JSON text may have a secret member, or a patch of one."""
        return b"\\u" in body or any(name in body for name in self._member_names)

    def _mask_head(self, request: Request, new: NewHeaders) -> tuple[str, Headers]:
        """The path and the headers of a request, masked."""
        if self._is_clean(new):
            return request.path, request.headers
        return self.mask_text(request.path), tuple(
            (name, value if _is_token(name) else self.mask_text(value)) for name, value in request.headers
        )

    def mask_text(self, text: str) -> str:
        """The text with every registered secret masked, in whatever form it is there."""
        return replace_spans(text, spans_of(self._needles.find(text)))

    def _mask_read(
        self, read: ReadBody, *, is_sent: bool = False
    ) -> tuple[bytes, Json, Forms, tuple[Leak, ...]]:
        """A body masked, its JSON value, the forms of its secret members, and where it showed a secret.

        What is parsed is masked string by string; then the text is searched as a whole, for what a parser
        drops, such as a member that occurs twice. The value is `UNREAD` where it is not known.
        """
        body, value, forms, leaks = read.body, UNREAD, Forms(), list[LeakPlace]()
        occurs = self._needles.occur_in(read.text)
        if read.value is not UNREAD:
            is_split = bool(read.joined) and self._needles.occur_across(read.joined)
            with suppress(RecursionError):
                body, value, forms, leaks = self._mask_json(
                    body, read.value, occurs=occurs, is_split=is_split, is_sent=is_sent
                )
        if not occurs:
            return body, value, forms, to_leaks(leaks)
        text = body.decode("utf-8", "surrogateescape")
        rest = self._needles.find(text)
        if rest:
            leaks += [("body", match) for match in rest]
            body = replace_spans(text, spans_of(rest)).encode("utf-8", "surrogateescape")
        return body, UNREAD, forms, to_leaks(leaks)

    def _mask_json(
        self, body: bytes, value: Json, *, occurs: bool, is_split: bool, is_sent: bool
    ) -> tuple[bytes, Json, Forms, list[LeakPlace]]:
        """A body masked by the strings of its JSON value, that value, the forms of its secrets, and leaks.

        The secret members of a body that `is_sent` are masked already, and its text is compact.

        Raises:
            RecursionError: it is nested too deeply.

        """
        elements, value = self._bodies.elements, self._bodies.elements.share(value)
        places = find_places(value, self._needles, occurs=occurs, is_split=is_split)
        leaks = [(self.mask_text(string.pointer) or "body", match) for string, match in places]
        forms: Forms = ()
        masked = value
        if self._may_have_secret_members(body):
            masked, texts = elements.mask(value, self.members)
            forms = self.disclosed_texts.add(texts)
            leaks += find_whole_values(texts, self._whole, self._values)
            if places:
                masked, _ = elements.mask(mask_strings(value, places), self.members)
        elif places:
            masked = mask_strings(value, places)
        if (masked is not value and masked != value) or (forms and not is_sent):
            body = compact(masked, body)
        return body, UNREAD if places else masked, forms, leaks


def _is_token(name: str) -> bool:
    """Whether a header of a request holds the token, which has been replaced already."""
    return name.lower() == "authorization"
