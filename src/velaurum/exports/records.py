"""What one entry says, read strictly and one by one: the reference that faster readings are held against."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from velaurum import canonical
from velaurum.proofs.wire import HASH_BYTES, FormatError, decoded, from_base64

MOVEMENT = "stock.movement"
SCALE = 9

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z", re.ASCII)
_QUANTITY = re.compile(r"(?:0|[1-9][0-9]{0,37})\.[0-9]{9}", re.ASCII)
_WORD = re.compile(r"[a-z_]+", re.ASCII)
_KIND = re.compile(r"[a-z_-]+", re.ASCII)
_TYPE = re.compile(r"[a-z_-]+(?:\.[a-z_-]+)*", re.ASCII)

# The operator's own hand makes no request: a change by it has no `req`.
_ALWAYS = frozenset({"v", "type", "sv", "org", "id", "at", "actor"})
_OF_MOVEMENT = _ALWAYS | {"req", "idem", "row", "pii"}
_OF_ROW = frozenset(
    {"item_id", "kind", "log_index", "occurred_at", "quantity", "source_id", "target_id", "unit"}
)
_MAYBE_IN_ROW = frozenset(
    {
        "approval_id",
        "lot_id",
        "reason",
        "reference",
        "reverses_id",
        "serial_id",
        "source_on_hand",
        "source_seq",
        "source_status",
        "stated_quantity",
        "stated_unit",
        "target_on_hand",
        "target_seq",
        "target_status",
    }
)
_DETAILS = frozenset({"lot_id", "serial_id", "source_status", "target_status"})
_STATUSES = ("quarantine", "blocked", "damaged")


@dataclass(frozen=True, slots=True)
class Side:
    """A location of a movement; its balance after it in units of 10**-9, where it keeps one.

    `status` is None of what is available, and where no balance is kept.
    """

    location: str
    seq: int | None
    on_hand: int | None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """What replaying needs of a movement; quantities in units of 10**-9. `stated` is one in another unit, and that."""

    log_index: int
    id: str
    at: str
    org: str
    idem: str
    kind: str
    item: str
    quantity: int
    unit: str
    source: Side
    target: Side
    reverses: str | None
    stated: tuple[int, str] | None = None
    lot: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """Where the version of a record before this one stands, and its leaf hash."""

    log_index: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """What replaying needs of any other entry. `subject` is the type and id of its record, if it has one."""

    log_index: int
    id: str
    at: str
    org: str
    subject: tuple[str, str] | None
    prev: Version | None


def read(entry: bytes) -> Movement | Change:
    """Return what an entry says. FormatError when it is not the one spelling of something that an entry can say."""
    try:
        said = json.loads(decoded(entry, "entry"))
        is_canonical = isinstance(said, dict) and canonical.encode(said) == entry
    except (ValueError, TypeError, RecursionError) as error:
        raise FormatError("The entry is not canonical JSON.") from error
    if not is_canonical:
        raise FormatError("The entry is not canonical JSON.")
    return judged(said)


def judged(said: dict[str, Any]) -> Movement | Change:
    """Return what the members of an entry say. FormatError when an entry cannot say that."""
    _require(said.keys() >= _ALWAYS, "The entry lacks a member that every entry has.")
    _require(
        _count(said["v"]) == 1 and _count(said["sv"]) > 0, "The entry is of a version that is not known."
    )
    _require(_is(_TYPE, said["type"]), "The entry has no type.")
    _require(
        _is(_UUID, said["org"]) and _is(_UUID, said["id"]), "The entry names no organisation or no record."
    )
    _require(_is(_INSTANT, said["at"]), "The entry has no instant.")
    return _movement(said) if said["type"] == MOVEMENT else _change(said)


def _movement(said: dict[str, Any]) -> Movement:
    row: Any = said.get("row")
    actor = said["actor"]
    shape = "The movement has not the members that a movement has."
    _require(said.keys() - {"pii"} == _OF_MOVEMENT - {"pii"} and said["sv"] == 1, shape)
    _require(isinstance(row, dict) and _OF_ROW <= row.keys() <= _OF_ROW | _MAYBE_IN_ROW, shape)
    _require(None not in row.values(), shape)
    _require(isinstance(actor, dict) and actor.keys() == {"id", "kind", "via"}, shape)
    _require(_is(_WORD, actor["kind"]) and _is(_KIND, row["kind"]), shape)
    for value in (actor["id"], actor["via"], said["req"], row["item_id"], row["source_id"], row["target_id"]):
        _require(_is(_UUID, value), "An identifier of the movement is none.")
    for name in ("approval_id", "lot_id", "reverses_id", "serial_id"):
        _require(name not in row or _is(_UUID, row[name]), "An identifier of the movement is none.")
    for name in ("reason", "reference", "stated_unit", "unit"):
        _require(isinstance(row.get(name, "-"), str) and row.get(name, "-") != "", shape)
    _require(_is(_INSTANT, row["occurred_at"]), "The movement does not say when it occurred.")
    _require((row["kind"] == "reversal") == ("reverses_id" in row), "A reversal, and nothing else, reverses.")
    _pii(said)
    quantity = _quantity(row["quantity"])
    _require(quantity > 0, "The quantity of the movement is not above zero.")
    _detailed(row)
    return Movement(
        log_index=_count(row["log_index"]),
        id=said["id"],
        at=said["at"],
        org=said["org"],
        idem=_key_hash(said["idem"]),
        kind=row["kind"],
        item=row["item_id"],
        quantity=quantity,
        unit=row["unit"],
        source=_side(row, "source"),
        target=_side(row, "target"),
        reverses=row.get("reverses_id"),
        stated=_stated(row),
        lot=row.get("lot_id"),
        serial=row.get("serial_id"),
    )


def _stated(row: dict[str, Any]) -> tuple[int, str] | None:
    """Return what was said in another unit than the item's; what was said in that one stands nowhere else."""
    if "stated_quantity" not in row and "stated_unit" not in row:
        return None
    wrong = "What was stated of the movement is half there, nothing, or in the unit of the item."
    _require(row.keys() >= {"stated_quantity", "stated_unit"}, wrong)
    quantity = _quantity(row["stated_quantity"])
    _require(quantity > 0 and row["stated_unit"] != row["unit"], wrong)
    return quantity, row["stated_unit"]


def _detailed(row: dict[str, Any]) -> None:
    """Require that what a movement says of a lot, a serial and statuses goes together."""
    _require(not {"lot_id", "serial_id"} <= row.keys(), "The movement names a lot and a serial.")
    _require(
        "serial_id" not in row or row["quantity"] == "1.000000000",
        "The movement is of a serial, and not of one.",
    )
    for side in ("source", "target"):
        is_status = row[f"{side}_status"] in _STATUSES if f"{side}_status" in row else True
        is_kept = f"{side}_status" not in row or f"{side}_seq" in row
        _require(is_status and is_kept, f"The status at the {side} of the movement is none.")
    is_kept = {"source_seq", "target_seq"} <= row.keys()
    is_changed = is_kept and row.get("source_status") != row.get("target_status")
    is_in_place = row["source_id"] == row["target_id"]
    may_be = row["kind"] in ("reversal", "status-change") if is_changed else row["kind"] != "status-change"
    wrong = "A status changes in one place by a change of it, and not otherwise."
    _require(may_be and (is_changed == is_in_place or not _DETAILS & row.keys()), wrong)


def _side(row: dict[str, Any], name: str) -> Side:
    seq, on_hand = row.get(f"{name}_seq"), row.get(f"{name}_on_hand")
    _require((seq is None) == (on_hand is None), "A balance of the movement is half there.")
    return Side(
        row[f"{name}_id"],
        None if seq is None else _count(seq),
        None if on_hand is None else _quantity(on_hand),
        row.get(f"{name}_status"),
    )


def _change(said: dict[str, Any]) -> Change:
    subject = said.get("subject_id")
    _require(subject is None or isinstance(subject, str), "The change names its record in another way.")
    return Change(
        log_index=_count(said.get("log_index")),
        id=said["id"],
        at=said["at"],
        org=said["org"],
        subject=None if subject is None else (said["type"], subject),
        prev=_version(said["prev"]) if "prev" in said else None,
    )


def _version(prev: Any) -> Version:
    wrong = "The change does not say where the version before it stands."
    _require(isinstance(prev, dict) and prev.keys() == {"log_index", "leaf"}, wrong)
    _require(isinstance(prev["leaf"], str), wrong)
    return Version(_count(prev["log_index"]), from_base64(prev["leaf"], "leaf hash", HASH_BYTES))


def _pii(said: dict[str, Any]) -> None:
    if "pii" in said:
        wrong = "The commitments of the movement are none."
        pii = said["pii"]
        _require(isinstance(pii, dict) and pii.keys() == {"note"} and isinstance(pii["note"], str), wrong)
        from_base64(pii["note"], "commitment", HASH_BYTES)


def _key_hash(value: Any) -> str:
    wrong = "The movement has no hash of an idempotency key."
    _require(isinstance(value, str) and len(value) == 43 and value.isascii(), wrong)  # noqa: PLR2004 - 32 bytes
    try:
        raw = base64.b64decode(value + "=", altchars=b"-_", validate=True)
    except ValueError as error:
        raise FormatError(wrong) from error
    _require(base64.urlsafe_b64encode(raw).decode().rstrip("=") == value, wrong)
    return str(value)


def _quantity(value: Any) -> int:
    _require(_is(_QUANTITY, value), f"A quantity of the movement has not {SCALE} decimals, or is below zero.")
    return int(value.replace(".", ""))


def _count(value: Any) -> int:
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    _require(is_count, "A number of the entry is none.")
    return int(value)


def _is(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise FormatError(otherwise)
