"""The files that `storepact init` writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from string import Template

from storepact.model.links import HOME
from storepact.model.values import lean_value
from storepact.run.config.file import FILE_NAME
from storepact.run.starter.discover import GITHUB, GITLAB, Repository

_CONFIG = Template(
    """\
#:schema $home/raw/main/docs/storepact.schema.json
# The configuration of storepact. `storepact config show` prints each value and where it comes from;
# $home/blob/main/docs/configuration.md lists all keys.
# Typed options are stronger, then variables (STOREPACT_SEED=7), then this file.

# What is tested where no --target is typed: mock, the name of a target below, or an address.
target = $target

# The OpenAPI document that the provider is held to; the one that storepact ships if not given.
$document

# The folder with the pacts; those that storepact ships if not given.
$pacts

# The folder for run.json and the reports; best in .gitignore.
report-dir = "storepact-report"

# The database of runs: a file, postgresql://USER@HOST/NAME, or none. With a password: STOREPACT_HISTORY.
# history = "none"

# Undetermined (exit code 3) if anything that the target can show was not verified.
# fail-on-not-verified = true

# Targets by name: `storepact verify --target $name`. A token never stands here: token-env is the name of the
# variable that holds it.
$table
# project = "default"
# environment = "test"
# isolation-scope = ["default/other"]   # a second environment, to see that nothing leaks into it
# allow-writes = true                   # create, change and delete there
# token-env = "STOREPACT_TOKEN"
# reader-token-env = "STOREPACT_READER_TOKEN"
# rate = 5                              # requests per second

# Options of single commands.
[commands.contracts.check]
# strict = true

[commands.tripwire]
# published = "https://app.example.com/openapi.json"
"""
)

#: The line that a job of `init` begins with.
_FIRST_LINE = "# storepact: does the provider keep the document and every consumer's expectations?"

_GITHUB = Template(
    f"""\
{_FIRST_LINE}
"""
    """\
name: storepact
on: [pull_request, workflow_dispatch]
permissions: {contents: read}
concurrency:
  group: $${{ github.workflow }}-$${{ github.ref }}
  cancel-in-progress: true
jobs:
  storepact:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
$check      - uses: $repository@$commit$comment
        env: # on this step only; a pull request of a fork has no secrets
          STOREPACT_TOKEN: $${{ secrets.STOREPACT_TOKEN }}
          STOREPACT_READER_TOKEN: $${{ secrets.STOREPACT_READER_TOKEN }}
        with:
          command: verify # the options are in storepact.toml
"""
)

_GITHUB_CHECK = Template(
    """\
      - uses: $repository@$commit$comment
        with: {command: contracts check, report-name: ''} # needs no target and no secret
"""
)

_GITLAB = Template(
    f"""\
{_FIRST_LINE}
"""
    """\
storepact:
  image: python:3.12
  rules:
    - if: $$CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $$CI_COMMIT_BRANCH == $$CI_DEFAULT_BRANCH
  timeout: 15 minutes
  interruptible: true
  cache: {key: storepact-pip, paths: [.cache/pip]}
  variables: {PIP_CACHE_DIR: $$CI_PROJECT_DIR/.cache/pip} # STOREPACT_TOKEN: a masked variable of the project
  before_script:
    - python -m pip install -q "git+$home@$commit"$comment
  script:
$check    - storepact verify # the options are in storepact.toml
  artifacts:
    when: always # the reports of a red job, too
    paths: [storepact-report/]
    reports: {junit: storepact-report/junit.xml}
"""
)

_GITLAB_CHECK = "    - storepact contracts check # needs no target and no secret\n"


@lean_value(frozen=True)
class StarterFile:
    """A file to write."""

    path: Path
    """From the root of the repository."""
    text: str
    note: str = ""
    """What the user has to do with it."""


def render_starter(
    repository: Repository, ci: str, target: str | None, commit: str | None
) -> Iterator[StarterFile]:
    """The files for a repository; `target` is the address of a provider, `commit` that of storepact."""
    yield StarterFile(Path(FILE_NAME), _render_config(repository, target))
    values = {
        "home": HOME,
        "repository": HOME.partition("github.com/")[2],
        "commit": commit or "main",
        "comment": "" if commit else " # pin the commit that you have reviewed: a branch moves",
    }
    if ci == GITHUB:
        check = _GITHUB_CHECK.substitute(values) if repository.pacts else ""
        yield StarterFile(Path(".github/workflows/storepact.yml"), _GITHUB.substitute(values, check=check))
    if ci == GITLAB:
        text = _GITLAB.substitute(values, check=_GITLAB_CHECK if repository.pacts else "")
        if _belongs_to_others(repository.root / ".gitlab-ci.yml"):
            path = Path(".gitlab/storepact.yml")
            note = f"add to .gitlab-ci.yml: include: [{{local: {path.as_posix()}}}]"
            yield StarterFile(path, text, note)
        else:
            yield StarterFile(Path(".gitlab-ci.yml"), text)


def _belongs_to_others(path: Path) -> bool:
    """Whether a file exists that `init` has not written."""
    try:
        return not path.read_text(encoding="utf-8").startswith(_FIRST_LINE)
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError):
        return True


def _render_config(repository: Repository, target: str | None) -> str:
    """The configuration file, with what was found; what was not is a comment."""
    name = "staging"
    table = [f"[targets.{name}]", f"url = {_quote(target or 'https://staging.example.com')}"]
    return _CONFIG.substitute(
        home=HOME,
        name=name,
        target=_quote(name if target else "mock"),
        document=_line("openapi", repository.document, "api/openapi.yaml"),
        pacts=_line("contracts", repository.pacts, "pacts"),
        table="\n".join(table),
    )


def _line(key: str, path: Path | None, example: str) -> str:
    return f"{key} = {_quote(path.as_posix())}" if path else f"# {key} = {_quote(example)}"


def _quote(text: str) -> str:
    """A text as a TOML string; a variable in it is not expanded."""
    return json.dumps(text.replace("${", "$${"), ensure_ascii=False).replace("\x7f", "\\u007f")
