"""One run of the command line: from the words that were typed to an exit code, never to a traceback."""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from velaurum.cli import failures, show, tree
from velaurum.errors import UsageError

_HELP = frozenset({"--help", "-h"})


def run(words: Sequence[str]) -> int:
    """Run one command; a failure is one sentence on stderr and the exit code that belongs to it."""
    signal.signal(signal.SIGTERM, _leave)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    as_json = "--json" in words
    try:
        code = _run(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read our output has seen enough. Nothing more may be written, not even at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return failures.FAILED
    except KeyboardInterrupt:
        show.note("Interrupted.")
        return failures.INTERRUPTED
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        return failures.report(error, as_json=as_json)
    return code


def _run(typed: Sequence[str]) -> int:
    words = tree.spelt_out(typed)
    if said := tree.misspelt(words):
        raise UsageError(said)
    # A noun alone shows its commands.
    asks_for_help = len(words) < 2 or not _HELP.isdisjoint(words)  # noqa: PLR2004
    app = tree.build(plain_help=not show.is_rich() if asks_for_help else None)
    try:
        answer = app(list(words), exit_on_error=False, print_error=False, result_action="return_value")
    except tree.ParseError as error:
        raise UsageError(_mended(str(error), error.command_chain or ())) from error
    return answer if isinstance(answer, int) else failures.OK


def _mended(said: str, commands: Sequence[str]) -> str:
    command = " ".join(("velaurum", *commands, "--help"))
    return f"{' '.join(said.split())} `{command}` shows how it is written."


def _leave(_number: int, _frame: FrameType | None) -> None:
    # An exit leaves every block, so that a database that was started for this command is stopped.
    raise SystemExit(failures.INTERRUPTED)
