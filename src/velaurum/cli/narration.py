"""How the tour speaks: numbered steps, short sentences, real requests and answers. Plain text where nobody looks."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

INDENT = 4


class Narrator:
    """Prints the tour, or nothing when a program reads its facts instead."""

    def __init__(self, *, silent: bool) -> None:
        self.silent = silent
        self._console = Console(highlight=False, quiet=silent)
        self._step = 0

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._step += 1
        self._console.print()
        self._console.print(Text.assemble((f" {self._step} ", "bold reverse"), " ", (title, "bold")))

    def say(self, sentence: str) -> None:
        self._line(Text(sentence))

    def point(self, sentence: str) -> None:
        """Say what a step has shown."""
        self._line(Text(f"=> {sentence}", style="bold green"))

    def command(self, words: str) -> None:
        """Show a command as it would be typed."""
        self._line(Text(f"$ {words}", style="cyan"))

    def request(self, method: str, path: str, body: str = "", *, key: str = "") -> None:
        """Show what was sent."""
        told = (f"{method} {path}", f"Idempotency-Key: {key}" if key else "", body)
        for text in filter(None, told):
            self._line(Text(f"> {text}", style="cyan"))

    def answer(self, status: str, document: Mapping[str, Any], *headers: str) -> None:
        """Show what came back; trim the document first."""
        members = (f'  "{name}": {json.dumps(value)}' for name, value in document.items())
        for text in (status, *headers, *members):
            self._line(Text(f"< {text}", style="green" if status.startswith("2") else "yellow"))

    def refused(self, words: str) -> None:
        """Show how the database refuses, in its own words."""
        self._line(Text(words, style="yellow"))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show rows under their columns."""
        grid = Table(*columns, box=None, header_style="bold", padding=(0, 3, 0, 0))
        for cells in rows:
            grid.add_row(*map(Text, cells))
        self._console.print(_indented(grid))

    def _line(self, text: Text) -> None:
        if self._console.is_terminal:
            self._console.print(_indented(text))
        else:
            # Nothing decides on a width there, so that a line stays one line.
            self._console.print(Text(" " * INDENT) + text, soft_wrap=True)


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, INDENT), expand=False)
