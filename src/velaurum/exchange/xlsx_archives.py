"""XLSX archives as somebody else packed them: every part is measured while it is unpacked, before a reader sees it."""

import zipfile
from pathlib import Path
from typing import IO, Any, NoReturn, Self
from xml.parsers import expat

from velaurum.errors import UsageError

MOST_PARTS = 2_000
MOST_UNPACKED_BYTES = 1024**3
# Its size is looked for, its header read, all of it read once before anything is used, and then its rows.
MOST_READINGS = 4
# Parts that are read whole: the list of sheets, styles, relations.
MOST_WHOLE_BYTES = 8 * 1024**2
MOST_PIECE_BYTES = 1024**2
MOST_ASIDE_BYTES = 16 * 1024**2
MOST_STRINGS = 250_000
_UNPACKED = "it unpacks to more than a spreadsheet has"
_CHUNK = 64 * 1024
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROW, _STRING = f"{_MAIN} row", f"{_MAIN} si"


class Archive(zipfile.ZipFile):
    """An XLSX file whose parts are only read through their measure. UsageError for what goes beyond it."""

    def __init__(self, path: Path) -> None:
        self._opened: list[IO[bytes]] = []
        super().__init__(path)
        self._of = path.name
        self._unpacked = 0
        parts = self.infolist()
        if len(parts) > MOST_PARTS or len({one.filename for one in parts}) < len(parts):
            self._refuse(f"it has more than {MOST_PARTS} parts, or one of them twice")
        if any(one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for one in parts):
            self._refuse("it is packed in a way that spreadsheets are not")
        if any(one.flag_bits & 1 for one in parts):
            self._refuse("it is encrypted; save it without a password")
        # More than a part says of itself is never unpacked.
        if sum(one.file_size for one in parts) > MOST_UNPACKED_BYTES:
            self._refuse(_UNPACKED)

    def open(self, name: Any, *_: Any, **__: Any) -> Any:
        """Open a part as a stream that is measured."""
        raw = super().open(name)
        self._opened.append(raw)
        return MeasuredPart(raw, self, str(name))

    def close(self) -> None:
        """Let the file go, and what its reader left open."""
        while self._opened:
            self._opened.pop().close()
        super().close()

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        """Read a small part whole."""
        del pwd
        with self.open(name) as part:
            content: bytes = part.read()
        return content

    def unpack(self, size_bytes: int) -> None:
        """Count what is unpacked over all parts, however often each is read."""
        self._unpacked += size_bytes
        if self._unpacked > MOST_READINGS * MOST_UNPACKED_BYTES:
            self._refuse(_UNPACKED)

    def _refuse(self, why: str) -> NoReturn:
        self.close()
        raise UsageError(f"{self._of} cannot be read as XLSX: {why}. Nothing was posted.")


class MeasuredPart:
    """A part of an archive. A parser without a tree goes along and measures what a parser with one would hold.

    A row and a shared string are let go by the reader when they end, so each is bounded; what stands beside them
    is held until the end of the part, so all of it is bounded together.
    """

    def __init__(self, raw: IO[bytes], archive: Archive, name: str) -> None:
        self._raw = raw
        self._archive = archive
        self._name = name
        self._fed = self._began = self._ended = self._aside = self._strings = 0
        self._is_inside = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._on_doctype
        self._parser.StartElementHandler = self._on_start
        self._parser.EndElementHandler = self._on_end

    def read(self, size: int = -1) -> bytes:
        """Read as a file does; all of it only where that is little."""
        if size >= 0:
            return self._measured(min(size, _CHUNK))
        pieces, length = [], 0
        while piece := self._measured(_CHUNK):
            pieces.append(piece)
            length += len(piece)
            if length > MOST_WHOLE_BYTES:
                self._refuse(f"has more than {MOST_WHOLE_BYTES // 1024**2} MiB")
        return b"".join(pieces)

    def close(self) -> None:
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _measured(self, size: int) -> bytes:
        piece = self._raw.read(size)
        self._archive.unpack(len(piece))
        self._fed += len(piece)
        try:
            self._parser.Parse(piece, not piece)
        except expat.ExpatError:
            if not (self._fed or piece):
                return piece
            self._refuse("is no XML")
        self._check()
        return piece

    def _check(self) -> None:
        if self._is_inside and self._fed - self._began > MOST_PIECE_BYTES + _CHUNK:
            self._refuse(f"has a row or a text of more than {MOST_PIECE_BYTES // 1024**2} MiB")
        if not self._is_inside and self._aside + self._fed - self._ended > MOST_ASIDE_BYTES:
            self._refuse(f"has more than {MOST_ASIDE_BYTES // 1024**2} MiB beside its rows and texts")
        if self._strings > MOST_STRINGS:
            self._refuse(f"has more than {MOST_STRINGS} texts; save the sheet as CSV")

    def _on_start(self, name: str, _: Any) -> None:
        if name in (_ROW, _STRING):
            if self._is_inside:
                self._refuse("has a row within a row")
            self._is_inside = True
            self._began = self._parser.CurrentByteIndex
            self._aside += self._began - self._ended
            self._strings += name == _STRING

    def _on_end(self, name: str) -> None:
        if name in (_ROW, _STRING):
            self._is_inside = False
            self._ended = self._parser.CurrentByteIndex

    def _on_doctype(self, *_: Any) -> None:
        # Entities are declared there; no spreadsheet program writes any.
        self._refuse("declares entities, which spreadsheets do not")

    def _refuse(self, why: str) -> NoReturn:
        self._archive._refuse(f"its part {self._name[:80]!a} {why}")  # noqa: SLF001 - one noun in two classes
