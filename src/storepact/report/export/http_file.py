"""A `.http` file for REST clients of editors, in the syntax of VS Code's REST Client and of httpyac."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from storepact.report.export.story import ExportedRequest, ExportedStory, ExportSource, Token, divide

_HEAD = """\
# Stories of the storepact run of {started}, for VS Code's REST Client and httpyac.
# Ids come from the responses of named requests; tokens and secrets from the environment.
# In JetBrains' IDEs write {{{{$env.NAME}}}} in place of {{{{$processEnv NAME}}}}.

@target = {base_url}
"""


def render(source: ExportSource, stories: Sequence[ExportedStory]) -> str:
    """The text of the file."""
    parts = [_HEAD.format(started=source.record.started, base_url=source.base_url)]
    parts += [f"@{name} = {{{{$processEnv {name}}}}}\n" for name in _variables(stories)]
    for story in stories:
        names = {
            request.keeps: f"{story.name}_{request.keeps}" for request in story.requests if request.keeps
        }
        for request in story.requests:
            parts.append("\n" + "\n".join(_request(source, story, request, names)) + "\n")
        parts.append("".join(_deletions(source, story, names)))
    return "".join(parts)


def _variables(stories: Sequence[ExportedStory]) -> list[str]:
    """The variables of the environment that the file needs."""
    tokens = [
        request.token.variable
        for story in stories
        for request in story.requests
        if isinstance(request.token, Token)
    ]
    secrets = [name for story in stories for name in story.secrets]
    return [*dict.fromkeys(tokens), *sorted(set(secrets), key=lambda name: (len(name), name))]


def _request(
    source: ExportSource, story: ExportedStory, request: ExportedRequest, names: dict[str, str]
) -> Iterator[str]:
    yield f"### {_line(story.title)}: {_line(request.does)}"
    for claim in request.claims:
        statuses = ", ".join(map(str, claim.statuses))
        text = f"{claim.kind} {statuses}" if claim.statuses else f"{claim.member} {claim.kind} {claim.value}"
        yield f"# expected: {_line(text)}"
    if isinstance(request.token, Token) and request.token.cut:
        yield "# its token lacks its end, which this format cannot express: export it as pytest or curl"
    if isinstance(request.token, Token) and request.token.command:
        yield "# its token is changed in a way that this format cannot say: export it as pytest or curl"
    if request.keeps:
        yield f"# @name {names[request.keeps]}"
    yield f"{request.method} {{{{target}}}}{_fill(source, request.path, names)}"
    for name, value in request.headers:
        yield f"{name}: {value}"
    if isinstance(request.token, Token):
        yield f"Authorization: {_token(request.token)}"
    elif request.token is not None:
        yield f"Authorization: {request.token}"
    if request.raw is not None:
        yield "# its body is no text, which this format cannot hold: export it as pytest or curl"
    elif request.body is not None:
        yield ""
        yield _fill(source, request.body, names)


def _deletions(source: ExportSource, story: ExportedStory, names: dict[str, str]) -> Iterator[str]:
    """Yield the requests that delete what a story creates."""
    for request in story.requests:
        if request.keeps and isinstance(request.token, Token):
            path = request.path.partition("?")[0]
            yield f"\n### {_line(story.title)}: delete {request.keeps}\n"
            yield f"DELETE {{{{target}}}}{path}/{_fill(source, f'{{{{{request.keeps}}}}}', names)}\n"
            yield "".join(
                f"{name}: {value}\n" for name, value in request.headers if name.lower() != "content-type"
            )
            yield f"Authorization: {_token(request.token)}\n"


def _line(text: str) -> str:
    return " ".join(text.split())


def _token(token: Token) -> str:
    return f"{token.before}{{{{{token.variable}}}}}{token.added}"


def _fill(source: ExportSource, text: str, names: dict[str, str]) -> str:
    """A text with the ids of named requests in place of their variables."""
    return "".join(
        f"{{{{{names[part]}.response.body.$.{source.id_member}}}}}"
        if is_variable and part in names
        else f"{{{{{part}}}}}"
        if is_variable
        else part
        for part, is_variable in divide(text)
    )
