"""Imports of a whole organisation: what an export has becomes rows again, with the same log, to be gone on with (V-19).

The export was verified before. All of it but notes and what is sealed for people is one transaction; then the log is
held, until these are sealed (org_texts, org_notes) and the operator takes it up again as its next incarnation, which
says of which size and root that was.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from velaurum.db import importing
from velaurum.db.importing import Importer
from velaurum.db.person_names import is_sealed
from velaurum.errors import OperationError
from velaurum.exports import disclosures, rows, shipped
from velaurum.exports.disclosures import Line
from velaurum.keys import person_names, sealed_texts
from velaurum.proofs import checkpoints, notes, tiles
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.wire import to_base64
from velaurum.tenancy.context import OrgId

REASON = "It was imported, and is taken up again by its importer."
ERASURES = "data/erasures.ndjson"
_PAGE = 16 * tiles.WIDTH
# Each after what it refers to. Principals and departments refer to each other.
_FIRST = (
    "org",
    "principal",
    "sub-org",
    "role",
    "item",
    "lot",
    "serial",
    "location",
    "provider",
    "invitation",
)
_OUTSIDE = (
    ("decisions", "data/decisions.ndjson"),
    ("erasures", ERASURES),
    ("holds", "data/legal-holds.ndjson"),
    ("restrictions", "data/restrictions.ndjson"),
)
PRINCIPAL = "principal"
_UNKNOWN = bytes(32)
# The keys of where it was exported from stay there: the log says so as it is taken up.
_LEFT = "wrapping-key"
_SECOND = ("scim-user", "scim-group", "second-factor", "approval-request", "break-glass")


@dataclass(frozen=True, slots=True)
class Source:
    """An export that was verified: whose it is, and its checkpoint."""

    folder: Path
    org_id: OrgId
    org: str
    until: str
    checkpoint: Checkpoint


def write(administrator: str, source: Source, told: Callable[[int], None]) -> None:
    """Write all but notes and what is sealed for people into a database without any organisation, and hold its log.

    OperationError, and nothing is written, where there is an organisation, records have other columns here, or a sealed
    text stands where an export has a plain one.
    """
    with importing.importing(administrator, source.org_id) as importer:
        _require_shapes(importer, source)
        _records(importer, source)
        _log(importer, source, told)
        for name, path in _OUTSIDE:
            for page in _paged(_lines(source.folder / path)):
                importer.page(name, map(json.loads, page))
        if importer.finish(REASON) != source.checkpoint.size:
            raise OperationError("The log that was written has another size; nothing was imported.")


def _require_shapes(importer: Importer, source: Source) -> None:
    here = importer.shapes()
    for one in json.loads((source.folder / rows.SHAPES).read_bytes()):
        if here.get((one["subject"], one["sv"])) != one["columns"]:
            raise OperationError(
                f"Records of the kind {one['subject']} have other columns here than when they were exported; "
                "import with the release that exported them, and then migrate."
            )


def _records(importer: Importer, source: Source) -> None:
    tables, sealed = importer.tables(), importer.sealed()
    for subject in sorted(tables, key=_place):
        path = source.folder / f"{rows.records_of(subject)}.ndjson"
        if path.is_file() and subject != _LEFT:
            importer.records(
                subject, tables[subject], _withheld(subject, sealed.get(subject, ()), _lines(path))
            )
        if subject == "sub-org":
            importer.refer_to_departments(_lines(source.folder / f"{rows.records_of('principal')}.ndjson"))


def _withheld(subject: str, columns: Sequence[str], lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield records without what is sealed for people, which comes later; of who was erased there is nothing."""
    if not columns:
        yield from lines
        return
    for number, line in enumerate(lines, 1):
        said = json.loads(line)
        record = said["record"]
        for name in columns:
            _require_plain(f"{rows.records_of(subject)}.ndjson", number, name, record.get(name))
            if name in record and _is_sealed(subject, record, record[name]):
                record[name] = sealed_texts.withheld(_UNKNOWN)
        yield json.dumps(said).encode()


def _require_plain(file: str, line: int, name: str, text: str | None) -> None:
    """Refuse what looks sealed: its commitment and its envelope would be taken for those of an installation of here."""
    if text is not None and is_sealed(text):
        raise OperationError(
            f"Line {line} of {file} has a sealed text as its {name}, and no export has any: nothing was imported."
        )


def _personal(
    sealed: Mapping[str, Sequence[str]], entry: Mapping[str, Any], number: int, one: Line
) -> dict[str, Any]:
    """Return the row of what a version is committed to; what is sealed for people comes later."""
    subject = rows.subject(entry)
    if one.name in sealed.get(subject, ()):
        _require_plain(disclosures.PATH, number, one.name, one.value)
    if one.name in sealed.get(subject, ()) and _is_sealed(subject, entry["row"], one.value):
        value = sealed_texts.withheld(base64.b64decode(entry["pii"][one.name]))
        return {"of": entry["id"], "name": one.name, "salt": None, "value": value}
    return {"of": entry["id"], "name": one.name, "salt": to_base64(one.salt), "value": one.value}


def _is_sealed(subject: str, record: Mapping[str, Any], text: str | None) -> bool:
    """Tell whether a text of a record is somebody's: not of a service or a process, and not of who was erased."""
    if text is None:
        return False
    if subject == PRINCIPAL:
        return record["kind"] == person_names.PERSON and text != person_names.ERASED
    return text != sealed_texts.erased(record["id"])


def _place(subject: str) -> tuple[int, int, str]:
    for number, listed in enumerate((_FIRST, _SECOND)):
        if subject in listed:
            return number, listed.index(subject), subject
    return 2, 0, subject


def _log(importer: Importer, source: Source, told: Callable[[int], None]) -> None:
    """Write movements, changes and versions, and what opens the commitments of versions, a page at a time."""
    movements = _objects(source.folder / f"{rows.MOVEMENTS}.ndjson")
    history = _objects(source.folder / f"{rows.HISTORY}.ndjson")
    size, of_page = source.checkpoint.size, dict[int, Mapping[str, Any]]()
    sealed = importer.sealed()
    opened = enumerate(disclosures.opened(source.folder / disclosures.PATH), 1)
    ahead = next(opened, None)
    for first in range(0, size, _PAGE):
        posted: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        personal: list[dict[str, Any]] = []
        for index, raw in _entries(source.folder, first, min(first + _PAGE, size), size):
            entry = json.loads(raw)
            is_movement = entry["type"] == rows.MOVEMENT
            # A note comes later, in its envelope.
            said = {**next(movements if is_movement else history), "note": None}
            (posted if is_movement else changed).append(
                said | {"entry": base64.b64encode(raw).decode(), "pii": entry.get("pii", {})}
            )
            of_page[index] = entry
        while ahead is not None and ahead[1].log_index in of_page:
            entry = of_page[ahead[1].log_index]
            if entry["type"] != rows.MOVEMENT:
                personal.append(_personal(sealed, entry, *ahead))
            ahead = next(opened, None)
        for name, page in (
            ("changes", changed),
            ("versions", changed),
            ("personal", personal),
            ("movements", posted),
        ):
            if page:
                importer.page(name, page)
        of_page.clear()
        told(min(first + _PAGE, size))


def _entries(folder: Path, first: int, end: int, size: int) -> Iterator[tuple[int, bytes]]:
    for number in range(first // tiles.WIDTH, -(-end // tiles.WIDTH)):
        bundle = tiles.Bundle(number, min(tiles.WIDTH, size - number * tiles.WIDTH))
        entries = tiles.decode_bundle(bundle, (folder / bundle.path).read_bytes())
        yield from enumerate(entries, number * tiles.WIDTH)


def erasures(source: Source) -> Iterator[dict[str, Any]]:
    """Yield who was erased, for the journal of this installation."""
    return _objects(source.folder / ERASURES)


def signed_last(source: Source) -> list[bytes]:
    """Return the last checkpoint of each incarnation that came along, the newest of all among them.

    They were signed by keys that are not here, so that no table has them; the signer remembers them, and every export
    from here on brings them along.
    """
    found: dict[int, tuple[bool, int, bytes]] = {}
    for path in [*(source.folder / shipped.FOLDER).glob("*/*"), source.folder / tiles.CHECKPOINT_PATH]:
        raw = path.read_bytes()
        said = checkpoints.parse(notes.parse(raw).text)
        number = shipped.number_of(said.origin)[1]
        found[number] = max(found.get(number, (False, 0, b"")), (path.name == shipped.LAST, said.size, raw))
    return [raw for _, _, raw in found.values()]


def _paged(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while page := list(islice(lines, _PAGE)):
        yield page


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, _lines(path))


def _lines(path: Path) -> Iterator[bytes]:
    if path.is_file():
        with path.open("rb") as file:
            yield from file
