"""Scenes of lots, serials and statuses: what is told apart in one organisation, and otherwise in the other."""

from proof.scenes import PASSER_BY, Scene
from proof.stock_keys_story import BY_LOT, BY_SERIAL, LOT, SERIAL, TO_TRACK
from proof.worlds import HERE, THERE, free
from support.ledger_sql import OWNER


def _item(code: str, whose: str = HERE) -> str:
    return f"(select i.id from catalog.item as i where i.org_id = {whose} and i.code = '{code}')"


def _place(code: str) -> str:
    return f"(select l.id from catalog.location as l where l.org_id = {HERE} and l.code = '{code}')"


def _of(table: str, code: str, by: str) -> str:
    """Return a call that finds a lot or a serial of there by its id or by its code."""
    id_, called = ("x.id", "null") if by == "id" else ("null", "x.code")
    given = f"{id_}, {called}, null, null" if table == "lot" else f"null, null, {id_}, {called}"
    return (
        f"select ledger.find_part({HERE}, x.item_id, {given}) from catalog.{table} as x"
        f" where x.org_id = {THERE} and x.code = '{code}'"
    )


_TRACK = (
    f"select catalog.update_item({HERE}, t.principal_id, t.id, gen_random_uuid(), i.id, i.version, i.name, 'lot',"
    f" i.description, i.attributes) from catalog.item as i cross join {PASSER_BY}"
    f" where i.org_id = {HERE} and i.code = '{TO_TRACK}'"
)
# What nobody changes, because it was changed meanwhile, holds the head alone.
_TRACK_LATE = _TRACK.replace("i.version, ", "i.version + 100, ")
_UNTRACKED = f"update catalog.item set tracking = 'none' where org_id = {{whose}} and code = '{TO_TRACK}'"
_HAS_STOCK_THERE = (
    "insert into ledger.balance (org_id, item_id, location_id, on_hand, seq) select l.org_id,"
    f" {_item(TO_TRACK, THERE)}, l.id, 1, 1 from catalog.location as l where l.org_id = {THERE} and l.code = 'A'"
)
_RENAME = (
    f"select catalog.update_serial({HERE}, t.principal_id, t.id, gen_random_uuid(), s.id, s.version, 'S9', 's9')"
    f" from catalog.serial as s cross join {PASSER_BY} where s.org_id = {HERE} and s.code = '{SERIAL}'"
)
_LIKE_THE_SERIAL = (
    "insert into catalog.serial (org_id, id, item_id, code, code_key, created_by, updated_by)"
    " select s.org_id, gen_random_uuid(), {item}, 'S9', 's9', s.created_by, s.updated_by from catalog.serial as s"
    f" where s.org_id = {{whose}} and s.code = '{SERIAL}'"
)
_OF_ANOTHER_ITEM = (
    f"update catalog.serial set item_id = {_item('BOLT')} where org_id = {THERE} and code = '{SERIAL}'"
)
_NEW_SERIAL = (
    f"select catalog.create_serial({HERE}, t.principal_id, t.id, gen_random_uuid(), 'scene-serial', sha256(''),"
    f" {_item(BY_SERIAL)}, 'S9', 's9') from {PASSER_BY}"
)
_NEW_LOT = (
    f"select catalog.create_lot({HERE}, t.principal_id, t.id, gen_random_uuid(), 'scene-lot', sha256(''),"
    f" {_item(BY_LOT)}, 'L9', 'l9', null, null, null) from {PASSER_BY}"
)
_NO_PARTS = (
    "update catalog.item set tracking = 'none' where org_id = {whose}"
    f" and code in ('{BY_LOT}', '{BY_SERIAL}')"
)
_ISSUE = (
    f"select o.* from {PASSER_BY} cross join lateral ledger.post_movements({HERE}, jsonb_build_array("
    f"jsonb_build_object('ord', 1, 'idempotency_key', 'scene-issue', 'kind', 'issue', 'item_code', '{BY_LOT}',"
    f" 'quantity', 1, 'source_code', 'A', 'target_code', 'CUSTOMER', 'lot_code', '{LOT}', 'actor_id', t.principal_id,"
    " 'credential_id', t.id, 'request_id', gen_random_uuid())), false) as o"
)
_FRESH = f"update catalog.lot set expires_on = '2999-12-31' where org_id = {HERE}"
_STALE = f"update catalog.lot set expires_on = '2000-01-01' where org_id = {THERE}"


_NONE = "null::uuid"
_A_SERIAL = f"(select s.id from catalog.serial as s where s.org_id = {HERE} and s.code = '{SERIAL}')"
_A_LOT = f"(select k.id from catalog.lot as k where k.org_id = {HERE} and k.code = '{LOT}')"


def _moved(side: str, item: str, lot: str, serial: str, status: str) -> Scene:
    """Return the scene of what left A, or came to B, elsewhere alone: a transfer of there is one of this."""
    place = _place("A" if side == "source" else "B")
    verb = "last_out" if side == "source" else "last_in"
    return Scene(
        f"the last of {item} is read by its {side}, {'with' if serial != _NONE else 'without'} a serial,"
        f" which is elsewhere alone, as {status}",
        f"select x.* from ledger.{verb}({HERE}, {_item(item)}, {place}, {lot}, {serial}, {status}, 100000) as x",
        free(
            "ledger.movement",
            do=f"delete from ledger.movement where org_id = {HERE};"
            f" update ledger.movement set item_id = {_item(item)}, {side}_id = {place}, lot_id = {lot},"
            f" serial_id = {serial}, quantity = 1, source_status = {status}, target_status = {status}"
            f" where org_id = {THERE} and id = (select m.id from ledger.movement as m where m.org_id = {THERE}"
            f" and m.kind = 'transfer' and m.source_id = {_place('A')} and m.target_id = {_place('B')}"
            " order by m.log_index limit 1)",
        ),
        OWNER,
    )


_REVERSE = (
    f"select o.* from ledger.movement as m cross join {PASSER_BY} cross join lateral ledger.post_movements({HERE},"
    " jsonb_build_array(jsonb_build_object('ord', 1, 'idempotency_key', 'scene-reversal', 'kind', 'reversal',"
    " 'reverses_id', m.id, 'reason', 'scene', 'actor_id', t.principal_id, 'credential_id', t.id,"
    f" 'request_id', gen_random_uuid())), false) as o where m.org_id = {HERE} and m.kind = 'issue'"
    f" and m.lot_id = {_A_LOT}"
)
_BOTH = f"({HERE}, {THERE})"
# What a statement meets elsewhere alone, by its name: a tree of other places, what is counted of one item, what a
# serial was called then and when a lot expired.
_CALLED_THERE = free(
    "audit.change", do=f"delete from audit.change where org_id = {HERE} and subject = 'serial'"
)
_OF_ONE_ITEM = free(
    "counting.count", do=f"update counting.count set item_id = {_item('BOLT')} where org_id in {_BOTH}"
)
WORLDS_OF_PARTS = {
    "catalog.locations.list_page": free(
        "catalog.location", do=f"update catalog.location set parent_id = null where org_id = {THERE}"
    ),
    "counting.counts.find": _OF_ONE_ITEM,
    "counting.counts.list_page": _OF_ONE_ITEM,
    "exchange.org_exports.balances": _CALLED_THERE,
    "exchange.org_exports.movements": _CALLED_THERE,
    "reports.reports.expiry": free(
        "audit.change",
        do='update audit.change set row_after = row_after || \'{"expires_on": "2500-01-01"}\''
        f" where org_id = {THERE} and subject = 'lot'",
    ),
}
SCENES_OF_PARTS = (
    Scene(
        "an issue of a lot is reversed, which is none elsewhere",
        _REVERSE,
        free("catalog.lot", do=f"delete from catalog.lot where org_id = {THERE}"),
    ),
    *(
        Scene(
            f"a {table} is found by its {by}, which there is elsewhere alone",
            _of(table, code, by),
            free(f"catalog.{table}", do=f"delete from catalog.{table} where org_id = {HERE}"),
            OWNER,
        )
        for table, code in (("lot", LOT), ("serial", SERIAL))
        for by in ("id", "code")
    ),
    Scene(
        "a serial is found that is in stock elsewhere alone",
        _of("serial", SERIAL, "id"),
        free(
            "ledger.balance",
            do=f"delete from ledger.balance where org_id = {HERE} and serial_id is not null",
        ),
        OWNER,
    ),
    Scene(
        "an issue of a lot is posted, which is expired elsewhere",
        _ISSUE,
        free("catalog.lot", do=f"{_FRESH}; {_STALE}"),
    ),
    *(
        _moved(side, item, lot, serial, status)
        for side in ("source", "target")
        for item, lot, serial in (
            ("BOLT", _NONE, _NONE),
            (BY_LOT, _A_LOT, _NONE),
            (BY_SERIAL, _NONE, _A_SERIAL),
        )
        for status in ("null", "'blocked'")
    ),
    Scene(
        "an item is tracked that had stock elsewhere alone",
        _TRACK,
        free(
            "catalog.item",
            "ledger.balance",
            do=f"{_UNTRACKED.format(whose=HERE)}; {_HAS_STOCK_THERE}",
        ),
    ),
    Scene(
        "an item is tracked too late that is tracked elsewhere",
        _TRACK_LATE,
        free("catalog.item", do=_UNTRACKED.format(whose=HERE)),
    ),
    Scene(
        "a serial is called as another is elsewhere, and as one of what it is a serial of there",
        _RENAME,
        free(
            "catalog.serial",
            do="; ".join(
                (
                    _LIKE_THE_SERIAL.format(whose=THERE, item="s.item_id"),
                    _LIKE_THE_SERIAL.format(whose=HERE, item=_item("BOLT")),
                    _OF_ANOTHER_ITEM,
                )
            ),
        ),
    ),
    *(
        Scene(
            f"a {noun} is made of what has none {where}",
            call,
            free("catalog.item", do=_NO_PARTS.format(whose=whose)),
        )
        for noun, call in (("lot", _NEW_LOT), ("serial", _NEW_SERIAL))
        for where, whose in (("here", HERE), ("elsewhere", THERE))
    ),
)
