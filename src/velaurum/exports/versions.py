"""The newest version of each record of a log, packed: they are what grows with records while a log is read."""

import re
from collections.abc import Mapping
from struct import Struct

from velaurum.exports.records import Version

Subject = tuple[str, str]
"""The type of a record's entries, and what it is known by."""

_KEPT = Struct("=Q32s")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


class Versions:
    """Grows with records."""

    def __init__(self) -> None:
        self._of_kind: dict[str, dict[bytes | str, bytes]] = {}

    def get(self, subject: Subject) -> Version | None:
        """Return the newest version of a record, None where it has none."""
        kind, known_by = subject
        kept = self._of_kind.get(kind, {}).get(_packed(known_by))
        return None if kept is None else Version(*_KEPT.unpack(kept))

    def update(self, versions: Mapping[Subject, Version]) -> None:
        """Take versions that are the newest now."""
        for (kind, known_by), version in versions.items():
            kept = _KEPT.pack(version.log_index, version.leaf)
            self._of_kind.setdefault(kind, {})[_packed(known_by)] = kept

    def places_of_kind(self, kind: str) -> list[int]:
        """Return where the newest versions of records of a kind stand, in the order of the log."""
        return sorted(_KEPT.unpack(kept)[0] for kept in self._of_kind.get(kind, {}).values())


def _packed(known_by: str) -> bytes | str:
    # Bytes and text are never equal, so that what is no identifier is taken for none.
    return bytes.fromhex(known_by.replace("-", "")) if _UUID.fullmatch(known_by) else known_by
