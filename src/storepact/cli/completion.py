"""`storepact completion`: complete commands and options in a shell."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from cyclopts import App, Parameter

from storepact.cli.output import print_text
from storepact.model.errors import UsageError

ShellName = Literal["bash", "zsh", "fish"]
Shell = Annotated[ShellName, Parameter(metavar="SHELL", help="bash, zsh or fish.")]
OwnShell = Annotated[
    ShellName | None, Parameter(help="bash, zsh or fish; the one that is running if not given.")
]

#: The end of the script for zsh, which only defines a function: it is called where zsh loads the file, of
#: whatever name, and is registered where a start-up file sources the script.
_ZSH_CALL = """
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
  _cyclopts_storepact "$@"
elif (( $+functions[compdef] )); then
  compdef _cyclopts_storepact storepact
fi
"""


def completion(shell: Shell, /) -> None:
    """Print the script that completes commands and options in a shell.

    `storepact --install-completion` writes it where the shell that is running looks for it.
    """
    script = _program().generate_completion(prog_name="storepact", shell=shell)
    print_text(script + _ZSH_CALL if shell == "zsh" else script)


def install_completion(*, shell: OwnShell = None) -> None:
    """Write the script that completes commands and options where the shell looks for it.

    A line in the start-up file of the shell loads it. Exit codes: 0 written, 2 the shell is not known, or the
    file cannot be written.
    """
    from cyclopts.completion.detect import ShellDetectionError, detect_shell

    try:
        name = shell or detect_shell()
        if name not in get_args(ShellName):
            raise UsageError(f"{name} is not supported: name one of bash, zsh, fish with --shell")
        path = _program().install_completion(shell=name)
    except ShellDetectionError:
        raise UsageError("the shell that is running is not known: name it with --shell") from None
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror or error}; `storepact completion bash` prints the script"
        ) from None
    print_text(f"{path} completes storepact in {name}; open a new shell\n")


def _program() -> App:
    """All commands, with the options of output."""
    from storepact.cli.main import app

    return app.meta
