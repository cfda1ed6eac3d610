"""Help: what every command says of itself. `make golden` rewrites the file; read the diff."""

import importlib.util
import io
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from support.command import Command, Installation
from velaurum.cli import tree

GOLDEN = Path(__file__).parents[1] / "golden" / "cli-help.txt"
WIDTH = 100


def commands() -> Iterator[tuple[str, ...]]:
    """Name every command, also the nouns and the root; a part that is not in this build has no page."""
    yield ()
    for noun, (_, _, verbs) in tree.NOUNS.items():
        yield (noun,)
        yield from ((noun, verb) for verb, (place, _) in verbs.items() if is_built(place))
    yield from ((name,) for name, (_, place, _) in tree.COMMANDS.items() if is_built(place))


def is_built(place: str) -> bool:
    return importlib.util.find_spec(f"velaurum.cli.{place.partition(':')[0]}") is not None


def page(words: tuple[str, ...]) -> str:
    output = io.StringIO()
    console = Console(file=output, width=WIDTH, force_terminal=False, color_system=None)
    tree.build(plain_help=True).help_print(list(words), console=console)
    body = "\n".join(line.rstrip() for line in output.getvalue().splitlines()).strip()
    return f"$ {' '.join(('velaurum', *words, '--help'))}\n{body}\n"


def test_help_is_as_the_golden_file_says() -> None:
    pages = "\n".join(page(words) for words in commands())

    if os.environ.get("VELAURUM_WRITE_GOLDEN"):
        GOLDEN.write_text(pages, "utf-8")

    assert pages == GOLDEN.read_text("utf-8")


def test_the_command_prints_the_same_help(command: Command) -> None:
    wide = Command({**command.settings, "COLUMNS": str(WIDTH)}, command.directory)

    answer = wide("post", "receipt", "--help")

    assert answer.stdout.split() == page(("post", "receipt")).partition("\n")[2].split()


@pytest.mark.parametrize(("no_colour", "framed"), [("", True), ("1", False)])
def test_a_terminal_gets_boxes_unless_no_color_is_set(
    installation: Installation, *, no_colour: str, framed: bool
) -> None:
    ours, theirs = pty.openpty()
    told = Command(
        {**installation.command.settings, "NO_COLOR": no_colour, "TERM": "xterm"},
        installation.command.directory,
    )

    process = told.start("org", "--help", stdout=theirs)
    process.communicate()
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)

    assert process.returncode == 0
    assert ("─" in shown) == framed
