"""The command line: the table of commands, and the one place that makes exit codes.

Cyclopts rather than typer: a parameter's type, help and limits are values (`Annotated[int, Parameter(…)]`),
so the options of a run are made from the fields of `Settings`; commands are loaded when they are called; a
TOML file and environment variables are sources of options beside the command line; a wrong call is one
exception with a one-line message that names the nearest option or command. It starts as fast as typer does
(0.1 s), prints plain text in pipes, and completes in the shell. Typer needs each option as a parameter of a
function, and has no other source than environment variables.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, cast

from cyclopts import App, CoercionError, CycloptsError, Parameter, UnknownCommandError

from storepact import __version__
from storepact.cli.commands import COMMANDS, GROUPS, GROUPS_WITHOUT_COMMAND, example_of
from storepact.cli.help import LazyFormatter, print_commands, show_default, unknown_command
from storepact.cli.options import OUTPUT
from storepact.cli.streams import end_output, use_lasting_streams
from storepact.model.errors import StorepactError, UsageError
from storepact.model.outcome import Verdict
from storepact.model.presentation import Presentation, present

if TYPE_CHECKING:
    from cyclopts.argument import ArgumentCollection
    from rich.console import Console

Words = Annotated[str, Parameter(show=False, allow_leading_hyphen=True)]
Quiet = Annotated[
    bool,
    Parameter(
        ("--quiet", "-q"),
        negative=(),
        help="Print the verdict and the titles of findings only.",
        group=OUTPUT,
    ),
]
Verbose = Annotated[
    bool,
    Parameter(("--verbose", "-v"), negative=(), help="Print everything, and shorten no list.", group=OUTPUT),
]
Color = Annotated[
    bool | None,
    Parameter(
        "--color",
        negative="--no-color",
        help="Print in colours, or not; NO_COLOR, FORCE_COLOR and the terminal decide if not given.",
        group=OUTPUT,
    ),
]

_QUIET, _VERBOSE, _COLORS = ("--quiet", "-q"), ("--verbose", "-v"), ("--color", "--no-color")
_OUTPUT_FLAGS = (*_QUIET, *_VERBOSE, *_COLORS)

#: Words that only Cyclopts reads: help and version, and options of output in another form, such as -qv.
_FOR_CYCLOPTS = re.compile(r"--|-h|--help|-V|--version|-\w*[qv]\w*|--(no.)?(quiet|verbose|color)\b.*")

HELP = """Contract tests for the persistent store integrations API.

Exit codes: 0 conforms, 1 broken, 2 wrong usage or unusable document or pact, 3 undetermined."""

#: How many characters of an unexpected error are shown.
_LONGEST_ERROR = 500


class _OtherSources:
    """What gives options that were not typed their values; it keeps the options of the last command.

    The message of a wrong call names the nearest of them: they take long to be made again.
    """

    def __init__(self) -> None:
        self._app: App | None = None
        self._arguments: ArgumentCollection | None = None

    def __call__(self, command_app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        """Fill the options of a command; a call of none does not load what this needs."""
        from storepact.cli.sources import fill_options

        self._app, self._arguments = command_app, arguments
        fill_options(command_app, commands, arguments)
        _refuse_fractions(arguments)

    def options_of(self, command_app: App | None) -> ArgumentCollection | None:
        """The options of a command, with or without values; `config show` reads those of two commands."""
        if command_app is None or command_app is self._app:
            return self._arguments
        return command_app.assemble_argument_collection()


_SOURCES = _OtherSources()


def _refuse_fractions(arguments: ArgumentCollection) -> None:
    """Refuse 1.5 where a whole number is taken: Cyclopts rounds it, and a budget would be another one.

    Raises:
        CoercionError: an option has such a value.

    """
    for argument in arguments:
        for token in argument.tokens if argument.hint in (int, int | None) else ():
            if "." in token.value:
                raise CoercionError(argument=argument, token=token, target_type=int)


class _LazyConsole:
    """A console for errors that is made when something is printed there: `run` prints errors itself.

    Cyclopts gives every error a console; loading rich for it takes a third of the time of a wrong call.
    """

    def __getattr__(self, name: str) -> Any:
        from rich.console import Console

        return getattr(Console(stderr=True), name)


_ERRORS = cast("Console", _LazyConsole())

app = App(
    name="storepact",
    version=f"storepact {__version__}",
    version_flags=("--version", "-V"),
    help=HELP,
    help_format="plaintext",
    help_formatter=LazyFormatter(),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
    config=_SOURCES,
    default_parameter=Parameter(negative=(), show_default=show_default),
)
for command in COMMANDS:
    app.command(f"storepact.cli.{command}:{command}", name=command, help_epilogue=example_of(command))
for group in GROUPS:
    app.command(f"storepact.cli.{group}:app", name=group)
app.command("storepact.cli.completion:install_completion", name="--install-completion")

app.meta.suppress_keyboard_interrupt = False
app.meta.config = ()  # of a call, not of a project: only NO_COLOR and FORCE_COLOR of the environment count


@app.meta.default
def storepact(
    *words: Words, quiet: Quiet = False, verbose: Verbose = False, color: Color = None
) -> Verdict | None:
    """Call a command, with the options of output that all commands take; it has the name of the program."""
    if quiet and verbose:
        raise UsageError("give either --quiet or --verbose")
    with present(Presentation(quiet, verbose, color)):
        result: Verdict | None = app(words, exit_on_error=False, print_error=False, error_console=_ERRORS)
        return result


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command, by default the one of `sys.argv`, and end the process with its exit code."""
    use_lasting_streams()
    code = run(sys.argv[1:] if arguments is None else arguments)
    problem = end_output()
    if problem is not None:
        print(f"storepact: {_describe(problem)}", file=sys.stderr)
        code = code or _exit_code(problem)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run a command; returns its exit code, after a line on stderr where it has no result."""
    try:
        return _exit_code(_call(_with_number(_options_last(_output_last(arguments)))))
    except CycloptsError as error:
        problem: BaseException = UsageError(f"{_message(error)}{_hint(error)}")
    except (KeyboardInterrupt, StorepactError) as error:
        problem = error
    except Exception as error:
        if os.environ.get("STOREPACT_TRACEBACK"):
            raise
        problem = error
    print(f"storepact: {_describe(problem)}", file=sys.stderr)
    return _exit_code(problem)


def _call(arguments: Sequence[str]) -> Verdict | None:
    """Call the command that the arguments name.

    Raises:
        CycloptsError: the call is wrong.
        StorepactError: the command has no result.

    """
    words = [word for word in arguments if word not in _OUTPUT_FLAGS]
    is_group = words in [[group] for group in GROUPS_WITHOUT_COMMAND]
    if words in ([], ["--help"], ["-h"]):
        print_commands(app)
    elif is_group:
        app.meta([*arguments, "--help"])
    if not words or is_group:
        raise UsageError("name a command")
    if words in (["--help"], ["-h"]):
        return None
    if any(_FOR_CYCLOPTS.fullmatch(word) for word in words):
        result: Verdict | None = app.meta(list(arguments), exit_on_error=False, print_error=False)
        return result
    colors = [word == "--color" for word in arguments if word in _COLORS]
    return storepact(
        *words,
        quiet=any(word in _QUIET for word in arguments),
        verbose=any(word in _VERBOSE for word in arguments),
        color=colors[-1] if colors else None,
    )


def _exit_code(result: object) -> int:
    """The exit code of what a command returned or raised; no other place makes one."""
    if result is None:
        return 0
    if isinstance(result, Verdict | StorepactError):
        return result.exit_code
    return Verdict.UNDETERMINED.exit_code


def _describe(problem: BaseException) -> str:
    """The line that says why a command has no result."""
    if isinstance(problem, StorepactError):
        return str(problem)
    if isinstance(problem, KeyboardInterrupt):
        return "stopped"
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EIO, errno.EBADF):
        return f"cannot write the output: {problem.strerror}"
    from storepact.transport.environment import mask_environment

    text = mask_environment(f"{type(problem).__name__}: {problem}")[:_LONGEST_ERROR]
    return f"internal error: {text}; STOREPACT_TRACEBACK=1 shows where"


def _message(error: CycloptsError) -> str:
    """What is wrong with a call, in one line; an unknown command loads none of the others."""
    if isinstance(error, UnknownCommandError) and error.app is app and error.unused_tokens:
        return unknown_command(error.unused_tokens[0])
    from storepact.cli.wrong_call import describe_error

    return describe_error(error, _SOURCES.options_of)


def _hint(error: CycloptsError) -> str:
    """The command whose help lists the options."""
    chain = " ".join(error.command_chain or ())
    return f" See storepact {chain} --help." if chain else ""


def _with_number(arguments: Sequence[str]) -> list[str]:
    """The arguments of `verify`, with 1 behind an `-x` that has no number."""
    words = list(arguments)
    if words[:1] == ["verify"]:
        for index in [number for number, word in enumerate(words) if word == "-x"][::-1]:
            if not words[index + 1 : index + 2] or re.match(r"-(?!\d)", words[index + 1]):
                words.insert(index + 1, "1")
    return words


def _output_last(arguments: Sequence[str]) -> list[str]:
    """The arguments, with the options of output that stand before the command behind it."""
    leading = list(takewhile(lambda word: word in _OUTPUT_FLAGS, arguments))
    rest = list(arguments[len(leading) :])
    if rest[:2] == ["config", "show"]:
        return _output_first([*leading, *rest])
    return [*rest, *leading] if "--" not in rest else list(arguments)


def _output_first(arguments: Sequence[str]) -> list[str]:
    """The arguments of `config show` with its own options first: what follows is the call that it shows."""
    output = [word for word in arguments if word in _OUTPUT_FLAGS]
    words = [word for word in arguments if word not in (*_OUTPUT_FLAGS, "--json")]
    return [*output, *words[:2], *(["--json"] if "--json" in arguments else []), *words[2:]]


def _options_last(arguments: Sequence[str]) -> list[str]:
    """The arguments, with `--history` of the group `history` behind the command: its commands take it."""
    words = list(arguments)
    if words[:1] == ["history"] and len(words) > 2:
        count = 2 if words[1] == "--history" else 1 if words[1].startswith("--history=") else 0
        words = ["history", *words[1 + count :], *words[1 : 1 + count]]
    return words
