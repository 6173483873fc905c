"""A script for any POSIX shell with curl: a function per story, and a line of TAP for each."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from storepact.report.export.claims import Claim, ClaimKind
from storepact.report.export.story import ExportedRequest, ExportedStory, ExportSource, Token, divide

HEAD = Path(__file__).with_name("curl_head.sh.txt")

#: Filters of jq: VALUES are those of the member, HAS says of each object around it whether it has it.
_FILTERS: dict[ClaimKind, str] = {
    "is": "any({VALUES}; . == $v)",
    "is not": "all({VALUES}; . != $v)",
    "type is not": "all({VALUES}; type != {V})",
    "length is not": "all({VALUES}; tostring | length | tostring != {V})",
    "present": "{HAS} | all",
    "absent": "{HAS} | any | not",
}
_LISTS: dict[ClaimKind, str] = {"listed": "listed", "not listed": "not", "listed once": "once"}
_HEADERS: dict[ClaimKind, str] = {
    "header present": "present",
    "header absent": "absent",
    "header is not": "not",
    "header length is not": "length",
}


def render(source: ExportSource, stories: Sequence[ExportedStory]) -> str:
    """The text of the script."""
    claims = [claim for story in stories for request in story.requests for claim in request.claims]
    needs_jq = any(claim.kind in {*_FILTERS, *_LISTS, "json"} for claim in claims)
    further = {
        "@HEADERS@": " ".join(f"-H {_quote(f'{name}: {value}')}" for name, value in source.headers),
        "@TOOLS@": "curl jq" if needs_jq else "curl",
    }
    head = source.fill(HEAD.read_text(encoding="utf-8"), further)
    functions = "\n".join("\n".join(_function(source, story)) + "\n" for story in stories)
    calls = "\n".join(f"run {story.name} {_quote(story.title)}" for story in stories)
    return f"{head}\n{functions}\n{calls}\n\nfinish\n"


def _function(source: ExportSource, story: ExportedStory) -> Iterator[str]:
    yield f"{story.name}() {{"
    yield from (f"  # {line}" for note in (story.title, *story.notes) for line in _comment(note))
    if any(request.simultaneous for request in story.requests):
        yield '  skip "its requests were sent at the same moment: the pytest file does that"; return'
    elif story.finding is not None and not story.has_claims:
        yield f'  skip "only storepact replay {story.finding.fingerprint} can judge the response"; return'
    yield from (f"  needs {name} || return" for name in story.further_tokens)
    for number, name in enumerate(story.secrets, 1):
        yield f"  {name}=${{{name}:-made-up-secret-{number}-$$}}"
    for index, request in enumerate(story.requests):
        yield from (f"  # {line}" for line in _comment(request.does))
        yield f"  {_sending(request)}{_accepting(request)} || return"
        if request.creates:
            yield f"  created {_words(request.path)}"
        yield from (
            f"  ! has_status {' '.join(map(str, claim.statuses))} || return"
            for claim in request.claims
            if claim.kind == "or status"
        )
        if request.keeps and _has_use(request.keeps, story.requests[index:]):
            yield f'  read -r {request.keeps} <"$FILES/id"'
            yield f'  [ -n "${request.keeps}" ] || {{ fail "nothing was created"; return; }}'
        claims = [claim for claim in request.claims if claim.kind != "or status"]
        yield from (f"  {_claim(source, story, claim)}" for claim in claims)
    yield "}"


def _accepting(request: ExportedRequest) -> str:
    return f" && accepts {request.accepted_token}" if request.accepted_token else ""


def _has_use(name: str, requests: Sequence[ExportedRequest]) -> bool:
    """Whether a variable stands in one of these requests, or in what is claimed about its response."""
    texts = [text for request in requests for text in (request.path, request.body or "")]
    texts += [claim.value for request in requests for claim in request.claims]
    return any(f"{{{{{name}}}}}" in text for text in texts)


def _comment(text: str) -> list[str]:
    return [" ".join(text.split())[:150].encode("unicode_escape").decode("ascii")]


def _sending(request: ExportedRequest) -> str:
    """The call that sends a request: its body comes from standard input."""
    headers = [f"-H {_words(f'{name}: {value}' if value else f'{name};')}" for name, value in request.headers]
    token = request.token
    if isinstance(token, Token):
        headers.append(f'-H "Authorization: {_token(token)}"')
    elif token is not None:
        headers.append(f"-H {_quote(f'Authorization: {token}' if token else 'Authorization;')}")
    has_body = request.body is not None or request.raw is not None
    if has_body and not any(name.lower() == "content-type" for name, _ in request.headers):
        headers.append("-H Content-Type:")
    if any(name.lower() == "accept-encoding" for name, _ in request.headers):
        headers.append("--compressed")
    words = ["send", request.method, _words(request.path), *headers]
    if not has_body:
        return " ".join(words)
    return f"{_body(request)} | {' '.join(words)} --data-binary @-"


def _token(token: Token) -> str:
    if token.command:
        return f'$(printf %s "${token.variable}" | {token.command})'
    cut = f"%{'?' * token.cut}" if token.cut else ""
    return f"{token.before}${{{token.variable}{cut}}}{token.added}"


def _body(request: ExportedRequest) -> str:
    if request.raw is not None:
        octal = "".join(f"\\{byte:03o}" for byte in request.raw)
        return f"printf '{octal}'"
    return f"printf %s {_words(request.body or '')}"


def _words(text: str) -> str:
    """A text with variables as one word of the shell."""
    return "".join(
        f'"${{{part}}}"' if is_variable else _quote(part) for part, is_variable in divide(text) if part
    )


def _quote(text: str) -> str:
    return shlex.quote(text)


def _claim(source: ExportSource, story: ExportedStory, claim: Claim) -> str:
    """A claim as a call; each one that does not hold fails the story."""
    if claim.kind in _FILTERS:
        words = [_quote(_filter(source, claim))]
        if claim.kind in ("is", "is not"):
            words.append(_words(claim.value))
        return f"body {' '.join(words)}"
    if claim.kind == "status":
        return f"status {' '.join(map(str, claim.statuses))}"
    if claim.kind in ("json", "not empty"):
        return claim.kind.replace(" ", "_")
    if claim.kind == "hidden":
        return " ".join(["hidden", *(f'"${{{name}}}"' for name in story.secrets)])
    if claim.kind in _LISTS:
        return f"list {_LISTS[claim.kind]}"
    value = f" {_quote(claim.value)}" if claim.value else ""
    return f"header {_HEADERS[claim.kind]} {_quote(claim.member)}{value}"


def _filter(source: ExportSource, claim: Claim) -> str:
    """The filter of jq that holds for a body if a claim does."""
    items = f".{source.list_member}"
    resources = f'(if type == "object" and ({items} | type) == "array" then {items}[] else . end)'
    parent, _, last = claim.member.rpartition("/")
    return _FILTERS[claim.kind].format(
        VALUES=resources + "".join(map(_step, claim.member.split("/")[1:])),
        HAS=f"[{resources}{''.join(map(_step, parent.split('/')[1:]))} | objects | has({_json_name(last)})]",
        V=json.dumps(claim.value),
    )


def _step(part: str) -> str:
    if part == "*":
        return " | .[]?"
    name = _json_name(part)
    return f" | objects | select(has({name})) | .[{name}]"


def _json_name(part: str) -> str:
    return _json_text(part.replace("~1", "/").replace("~0", "~"))


def _json_text(text: str) -> str:
    return json.dumps(text)
