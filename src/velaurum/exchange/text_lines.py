"""Lines of text files: UTF-8, each with an end that is found in bounded memory."""

from collections.abc import Iterator
from pathlib import Path

from velaurum.errors import UsageError

LONGEST_LINE_BYTES = 64 * 1024
_BYTE_ORDER_MARKS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\x1f\x8b": "compressed with gzip",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
}


def read(path: Path, what: str) -> Iterator[str]:
    """Yield the lines of a file of `what`, with their ends. UsageError names the line that cannot be one."""
    number = 0
    with path.open("rb") as file:
        while raw := file.readline(LONGEST_LINE_BYTES + 1):
            number += 1
            yield _line(path, what, number, raw)


def _line(path: Path, what: str, number: int, raw: bytes) -> str:
    if number == 1:
        for mark, found in _BYTE_ORDER_MARKS.items():
            if raw.startswith(mark):
                raise _unreadable(path, what, number, f"is not UTF-8, the file is {found}; save it in UTF-8")
        raw = raw.removeprefix(b"\xef\xbb\xbf")
    if len(raw) > LONGEST_LINE_BYTES:
        raise _unreadable(path, what, number, f"is longer than {LONGEST_LINE_BYTES} bytes")
    try:
        line = raw.decode()
    except UnicodeDecodeError as error:
        raise _unreadable(path, what, number, f"is not UTF-8; save the file as {what} in UTF-8") from error
    if "\0" in line:
        raise _unreadable(path, what, number, "has a NUL byte, which no text has")
    return line


def _unreadable(path: Path, what: str, number: int, why: str) -> UsageError:
    return UsageError(
        f"{path.name} is not a {what} file of movements: line {number} {why}. Nothing was posted."
    )
