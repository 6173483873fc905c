"""Secrets: which values must not be shown, how they are masked, and where a response leaks one."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from storepact.model.exchange import NOT_JSON, Exchange, Forms, Headers, Leak, Request, Response
from storepact.model.form import Redacted, redaction_of
from storepact.model.tree import Json, Path, read_json, transform
from storepact.openapi.pointers import pointer_to
from storepact.transport.clean_texts import LONGEST, CleanHeaders
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
from storepact.transport.json_strings import (
    LONGEST_SPLIT,
    Place,
    find_across_strings,
    find_in_strings,
    joined_strings,
    mask_strings,
    replace_spans,
    spans_of,
    strings_of,
)
from storepact.transport.leaks import LeakPlace, find_whole_values, to_leaks
from storepact.transport.masked_bodies import NO_BODY, UNREAD, MaskedBodies, MaskedBody, compact, rebuild
from storepact.transport.needles import Match, Needles
from storepact.transport.secret_members import mask_members, masked_texts, sent_secrets

#: Characters of a body that is searched together with its strings.
_SHORT = 200


@dataclass
class Secrets:
    """The secrets of a run: string values of `members` are masked, registered values also searched for."""

    members: frozenset[str] = frozenset()
    _values: dict[str, str] = field(default_factory=dict)
    """Every registered value, with its label."""
    _needles: Needles = field(default_factory=Needles)
    """The forms of these values that are searched for."""
    _whole: set[str] = field(default_factory=set)
    """Values that ordinary texts may contain: they count only as the whole value of a secret member."""
    _texts: dict[str, str] = field(default_factory=dict)
    """What responses showed in secret members, by its form."""
    _bodies: MaskedBodies = field(default_factory=MaskedBodies)
    _clean_headers: CleanHeaders = field(default_factory=CleanHeaders)
    _count: int = 0
    _key: bytes = field(default_factory=lambda: os.urandom(16))

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
            if self.has_shown(value) or looks_redacted(value):
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
        return self._mask_headers(headers)[1] + self._mask_whole(body)[3]

    def _mask_headers(self, headers: Headers) -> tuple[Headers, tuple[Leak, ...]]:
        """Headers with secrets masked, and where they showed one."""
        new = self._clean_headers.new_in(headers, self._needles.generation)
        if not new:
            return headers, ()
        text = self._clean_headers.text_of(new)
        if not self._needles.occur_in(text, thoroughly=True) and not self._needles.find_tags(text):
            self._clean_headers.add(new, text, self._needles.generation)
            return headers, ()
        leaks: list[tuple[str, Match]] = []
        masked: list[tuple[str, str]] = []
        for name, value in headers:
            in_name = self._needles.find(name)
            in_value = [*self._needles.find(value), *self._needles.find_tags(value)]
            masked_name = replace_spans(name, spans_of(in_name))
            leaks += [(masked_name, match) for match in (*in_name, *in_value)]
            masked.append((masked_name, replace_spans(value, spans_of(in_value))))
        return tuple(masked), to_leaks(leaks)

    # masking

    def redact(self, request: Request, response: Response) -> Exchange:
        """The exchange with all secrets masked, and what the response leaked.

        The request's Authorization header must hold a placeholder already.
        """
        headers, header_leaks = self._mask_headers(response.headers)
        masked = self._mask_response(response)
        sent = None if request.body is None else self.mask_body(request.body)
        path, sent_headers = self._mask_head(request)
        return Exchange(
            Request(request.method, path, sent_headers, sent),
            rebuild(response, headers, masked.body, masked.value),
            header_leaks + masked.leaks,
            masked.forms,
            masked.redactions,
            ()
            if sent is None or request.body is None or sent == request.body
            else tuple(self._sent_forms(request.body, sent)),
        )

    def _mask_response(self, response: Response) -> MaskedBody:
        """The body of a response masked; what showed no secret is cached until a new one may be in it."""
        body, generation = response.body, self._needles.generation
        if not body:
            return NO_BODY
        earlier = self._bodies.get(body, generation)
        if earlier is not None:
            return earlier
        masked, value, forms, leaks = self._mask_whole(body, response.json)
        redactions = tuple((pointer, redaction_of(self._texts[form])) for pointer, form in forms if form)
        result = MaskedBody(masked, value, forms, redactions, leaks)
        is_short = len(body) <= LONGEST  # of longer texts it is not known which secrets they may show
        if is_short and value is not UNREAD and not leaks and self._needles.generation == generation:
            self._bodies.add(body, result)
        return result

    def _sent_forms(self, body: bytes, masked: bytes) -> Iterator[tuple[str, str]]:
        """The path and the form of each text of a request's body that is masked as a whole."""
        for path, text in masked_texts(body, masked):
            yield json.dumps(path), self._form(text)

    def _form(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(raw, key=self._key, digest_size=8).hexdigest()

    def _mask_head(self, request: Request) -> tuple[str, Headers]:
        """The path and the headers of a request, masked; all of them are searched at once first."""
        headers = [header for header in request.headers if not _is_token(header[0])]
        new = self._clean_headers.new_in(headers, self._needles.generation)
        text = f"{request.path}\n{self._clean_headers.text_of(new)}"
        if not self._needles.occur_in(text, thoroughly=True):
            self._clean_headers.add(new, text, self._needles.generation)
            return request.path, request.headers
        return self.mask_text(request.path), tuple(
            (name, value if _is_token(name) else self.mask_text(value)) for name, value in request.headers
        )

    def mask_text(self, text: str) -> str:
        """The text with every registered secret masked, in whatever form it is there."""
        return replace_spans(text, spans_of(self._needles.find(text)))

    def mask_body(self, body: bytes) -> bytes:
        """A body with registered secrets and secret members masked; otherwise byte for byte the same."""
        try:
            value = read_json(body)
            masked = mask_members(value, self.members)
        except (ValueError, RecursionError):
            return self._mask_whole(body)[0]
        if masked != value:  # what a request holds in secret members need not be searched for
            body = compact(masked, body)
        return self._mask_whole(body, masked)[0]

    def _mask_whole(self, body: bytes, parsed: Json = UNREAD) -> tuple[bytes, Json, Forms, tuple[Leak, ...]]:
        """A body masked, its JSON value, the forms of its secret members, and where it showed a secret.

        What is parsed is masked string by string; then the text is searched as a whole, for what a parser
        drops, such as a member that occurs twice. `parsed` is the body's JSON value, if it is read already.
        The value that is returned is `UNREAD` where it is not known.
        """
        text = body.decode("utf-8", "replace")
        forms: Forms = ()
        leaks: list[LeakPlace] = []
        value = UNREAD
        occurs = None
        try:
            read = json.loads(body) if parsed is UNREAD else parsed
            if read is not NOT_JSON:
                occurs, is_split = self._search(text, read, may_be_split=len(body) <= LONGEST_SPLIT)
                body, value, forms, leaks = self._mask_json(body, read, occurs=occurs, is_split=is_split)
        except (ValueError, RecursionError):
            value = UNREAD
        if occurs is None:
            occurs = self._needles.occur_in(text)
        rest: Sequence[Match] = ()
        if occurs:
            text = body.decode("utf-8", "surrogateescape")
            rest = self._needles.find(text)
        if rest:
            leaks += [("body", match) for match in rest]
            body = replace_spans(text, spans_of(rest)).encode("utf-8", "surrogateescape")
        return body, UNREAD if occurs else value, forms, to_leaks(leaks)

    def _search(self, text: str, value: Json, *, may_be_split: bool) -> tuple[bool, bool]:
        """Whether a body shows a secret, and whether its strings do, read one after the other."""
        joined = joined_strings(value) if may_be_split else []
        if len(text) < _SHORT and not self._needles.occur_in("\n".join([text, *joined])):
            return False, False
        return self._needles.occur_in(text), bool(joined) and self._needles.occur_across(joined)

    def _mask_json(
        self, body: bytes, value: Json, *, occurs: bool, is_split: bool
    ) -> tuple[bytes, Json, Forms, list[LeakPlace]]:
        """What `_mask_whole` does with the strings of a JSON value, which the body is.

        Raises:
            RecursionError: it is nested too deeply.

        """
        elements, value = self._bodies.elements, self._bodies.elements.share(value)
        places = list(self._find_in_json(value, occurs=occurs, is_split=is_split))
        leaks = [(self.mask_text(string.pointer) or "body", match) for string, match in places]
        forms: Forms = ()
        masked = mask_strings(value, places) if places else value
        if b"\\u" in body or any(name.encode() in body for name in self.members):
            texts = list(elements.secret_texts(value, self.members))
            forms = tuple(self._forms(texts))
            leaks += find_whole_values(texts, self._whole, self._values)
            masked = elements.mask(masked, self.members)
        if masked != value or forms:
            body = compact(masked, body)
        return body, UNREAD if places else masked, forms, leaks

    def _find_in_json(self, value: Json, *, occurs: bool, is_split: bool) -> Iterator[Place]:
        if occurs:
            yield from find_in_strings(strings_of(value), self._needles)
        if is_split:
            yield from find_across_strings(strings_of(value), self._needles)

    def _forms(self, texts: Iterable[tuple[Path, str]]) -> Iterator[tuple[str, str]]:
        """The pointer and the form of every secret member."""
        for path, text in texts:
            form = self._form(text)
            self._texts[form] = text
            yield pointer_to(path), form if text else ""

    def has_shown(self, text: str) -> bool:
        """Whether a response has shown this text in a secret member: redacted, or a leak."""
        return self._form(text) in self._texts

    def reveal(self, body: Json) -> Json:
        """A body to be sent, with the original text in place of each `Redacted`."""
        return transform(body, lambda node: self._texts[node.form] if isinstance(node, Redacted) else node)


def _is_token(name: str) -> bool:
    """Whether a header of a request holds the token, which has been replaced already."""
    return name.lower() == "authorization"
