"""A file of tests for pytest and httpx: a test per story."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path

from storepact.model.curl import TOKEN_FILTERS
from storepact.report.export.claims import Claim, ClaimKind
from storepact.report.export.story import ExportedRequest, ExportedStory, ExportSource, Token

_HEAD = Path(__file__).with_name("pytest_head.py.txt")


def render(source: ExportSource, stories: Sequence[ExportedStory]) -> str:
    """The text of the file."""
    head = source.fill(_HEAD.read_text(encoding="utf-8"), {})
    return head + "".join(f"\n\n{_test(story)}" for story in stories)


def _test(story: ExportedStory) -> str:
    lines = [f"def test_{story.name}(api):", f"    {_docstring(story)}"]
    requests = list(story.requests)
    while requests:
        together = [requests.pop(0)]
        while together[0].simultaneous and requests and requests[0].simultaneous:
            together.append(requests.pop(0))
        lines += _sending(together)
    if story.finding is not None and not story.has_claims:
        lines.append(
            f'    pytest.skip("only `storepact replay {story.finding.fingerprint}` can judge the response")'
        )
    return "\n".join(lines) + "\n"


def _docstring(story: ExportedStory) -> str:
    return repr("\n".join([story.title, *story.notes]))


def _sending(requests: Sequence[ExportedRequest]) -> Iterator[str]:
    if len(requests) > 1:
        yield "    # at the same moment"
        yield "    responses = api.send_together("
        yield from (f"        dict({_arguments(request)}),  # {_comment(request)}" for request in requests)
        yield "    )"
        for index, request in enumerate(requests):
            if request.keeps:
                yield f"    api.keep({request.keeps!r}, responses[{index}])"
            yield from (f"    {_claim(claim, f'responses[{index}]')}" for claim in request.claims)
        return
    (request,) = requests
    yield f"    # {_comment(request)}"
    yield f"    response = api.send({_arguments(request)})"
    if request.keeps:
        yield f"    api.keep({request.keeps!r}, response)"
    yield from (f"    {_claim(claim, 'response')}" for claim in request.claims)


def _comment(request: ExportedRequest) -> str:
    return " ".join(request.does.split())[:100].encode("unicode_escape").decode("ascii")


def _arguments(request: ExportedRequest) -> str:
    words = [f"method={request.method!r}", f"path={request.path!r}", f"headers={list(request.headers)!r}"]
    token = request.token
    if isinstance(token, Token):
        words.append(f"token=token({token.variable!r}{_changes(token)})")
    elif token is not None:
        words.append(f"token={token!r}")
    if request.accepted_token:
        words.append(f"accepted={request.accepted_token!r}")
    if request.body is not None:
        words.append(f"body={request.body!r}")
    elif request.raw is not None:
        words.append(f"raw=base64.b64decode({base64.b64encode(request.raw).decode()!r})")
    if request.creates:
        words.append("creates=True")
    return ", ".join(words)


#: What the head of the file calls each command that changes a token.
_NAMES_OF_COMMANDS = {command: str(auth) for auth, command in TOKEN_FILTERS.items()}


def _changes(token: Token) -> str:
    if token.command:
        return f", {_NAMES_OF_COMMANDS[token.command]}=True"
    cut = f", cut={token.cut}" if token.cut else ""
    before = f", before={token.before!r}" if token.before else ""
    return f"{cut}{before}, added={token.added!r}" if token.added else cut + before


#: Each claim as a statement about response R, with member M, value V and statuses S.
_STATEMENTS: dict[ClaimKind, str] = {
    "status": "assert {R}.status_code in {S}, {R}.text",
    "or status": "if {R}.status_code in {S}: return",
    "json": "api.require_json({R})",
    "not empty": "assert {R}.content",
    "hidden": "api.require_no_secret({R})",
    "is": "assert api.json({V}) in api.values({R}, {M})",
    "is not": "assert api.json({V}) not in api.values({R}, {M})",
    "type is not": "assert {V} not in [json_type(value) for value in api.values({R}, {M})]",
    "length is not": "assert {V} not in [str(len(json.dumps(value))) for value in api.values({R}, {M})]",
    "present": "assert all(api.has({R}, {M}))",
    "absent": "assert not any(api.has({R}, {M}))",
    "header present": "assert {M} in {R}.headers",
    "header absent": "assert {M} not in {R}.headers",
    "header is not": "assert {R}.headers.get({M}) != {V}",
    "header length is not": "assert str(len({R}.headers.get({M}, ''))) != {V}",
    "listed": "api.require_listed({R})",
    "not listed": "api.require_not_listed({R})",
    "listed once": "api.require_listed_once({R})",
}


def _claim(claim: Claim, response: str) -> str:
    """A claim as a statement."""
    return _STATEMENTS[claim.kind].format(
        R=response, M=repr(claim.member), V=repr(claim.value), S=claim.statuses
    )
