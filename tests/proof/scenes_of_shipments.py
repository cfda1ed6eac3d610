"""Scenes of shipments: whose posting it is, whose place, and whose hand, in one organisation and not in the other."""

from proof.scenes import PASSER_BY, Scene
from proof.worlds import HERE, THERE, free
from support.ledger_sql import OWNER

_WHO = "t.principal_id, t.id, gen_random_uuid()"
_OF = "from ledger.shipment as c cross join {who} where c.org_id = {here} and c.code = 'SHIP-{code}'"
_APPROVER = (
    "(select c.approved_by as principal_id, c.approved_with as id from ledger.shipment as c"
    f" where c.org_id = {HERE} and c.code = 'SHIP-APPROVED') as t"
)


def _of(code: str, who: str = PASSER_BY) -> str:
    return _OF.format(who=who, here=HERE, code=code)


def _close(code: str) -> str:
    stated = """'fell off', '{"1": "2"}'"""
    return f"select ledger.close_shipment({HERE}, {_WHO}, c.id, {stated}) {_of(code)}"


def _made_by(maker: str, which: str) -> str:
    return free(
        "identity.token",
        do=f"update identity.token set created_by = {maker} where org_id = {HERE} and {which}",
    )


def _changed(what: str, code: str) -> str:
    return free(
        "ledger.shipment",
        do=f"update ledger.shipment set {what} where org_id = {THERE} and code = 'SHIP-{code}'",
    )


def _place(code: str, org: str = HERE) -> str:
    return f"(select l.id from catalog.location as l where l.org_id = {org} and l.code = '{code}')"


def _posted(kind: str, source: str, target: str, quantity: str, key: str) -> str:
    return (
        f"select r.status, r.problem from (select t.*, c.id as shipment_id {_of('OPEN')}) as t"
        f" cross join lateral ledger.post_movements({HERE}, jsonb_build_array(jsonb_build_object("
        f"'ord', 1, 'kind', '{kind}', 'item_code', 'BOLT', 'source_code', '{source}', 'target_code', '{target}',"
        f" 'quantity', '{quantity}', 'idempotency_key', {key}, 'actor_id', t.principal_id, 'credential_id', t.id,"
        " 'request_id', gen_random_uuid())), true) as r"
    )


def _opened(transit: str) -> str:
    return (
        f"select ledger.open_shipment({HERE}, {_WHO}, 'scene-of-shipments', sha256('scene'), 'SCENE', 'scene',"
        f" {_place('SHIP-A')}, {_place(transit)}, {_place('SHIP-B')},"
        """ '[{"ord": 1, "item_code": "BOLT", "quantity": 1}]')"""
        f" from {PASSER_BY}"
    )


_FULL_THERE = _changed(f"transit_id = {_place('SHIP-FULL', THERE)}", "OPEN")
_POSTING_THERE = _changed("posting_xid = pg_current_xact_id(), posted = 1", "OPEN")
_KEY = "concat('shipment:', t.shipment_id, ':1')"
_WAITING = "(select c.stated_by from ledger.shipment as c where c.org_id = {here} and c.code = 'SHIP-WAITS')"
_STATED_WITH = (
    f"id = (select c.stated_with from ledger.shipment as c where c.org_id = {HERE} and c.code = 'SHIP-WAITS')"
)
_APPROVE = f"select ledger.approve_shipment({HERE}, {_WHO}, c.id) {_of('WAITS', _APPROVER)}"
SCENES_OF_SHIPMENTS = (
    Scene(
        "a shipment is closed under a rule that the other organisation has not",
        _close("SENT"),
        free("ledger.approval_rule", do=f"delete from ledger.approval_rule where org_id = {THERE}"),
    ),
    Scene("a shipment is closed by another hand", _close("APPROVED")),
    Scene(
        "a shipment is closed with a credential that its approver made",
        _close("APPROVED"),
        _made_by(f"(select t.principal_id from {_APPROVER})", "role = 'storekeeper'"),
    ),
    Scene(
        "a shipment is closed by who made the credential that approved it",
        _close("APPROVED"),
        _made_by(f"(select t.principal_id from {PASSER_BY})", f"id = (select t.id from {_APPROVER})"),
    ),
    Scene("the differences of a shipment are approved", _APPROVE),
    Scene(
        "the differences of a shipment are approved by who made the credential that stated them",
        _APPROVE,
        _made_by(f"(select t.principal_id from {_APPROVER})", _STATED_WITH),
    ),
    Scene(
        "the differences of a shipment are approved with a credential that who stated them made",
        _APPROVE,
        _made_by(_WAITING.format(here=HERE), f"id = (select t.id from {_APPROVER})"),
    ),
    Scene(
        "a shipment is dispatched that has another code in the other organisation",
        f"select ledger.dispatch_shipment({HERE}, {_WHO}, c.id) {_of('OPEN')}",
        _changed("code = 'SHIP-TWIN', code_key = 'ship-twin'", "OPEN"),
    ),
    Scene(
        "an approval is asked for of what shipments carry in the other organisation",
        f"select ledger.request_approval({HERE}, jsonb_build_object('kind', 'adjustment', 'item_code', 'BOLT',"
        " 'source_code', 'SHIP-FULL', 'target_code', 'ADJUSTMENT', 'quantity', 1, 'reason', 'scene',"
        " 'idempotency_key', 'scene-of-shipments', 'actor_id', t.principal_id, 'credential_id', t.id,"
        f" 'request_id', gen_random_uuid()), interval '1 day') from {PASSER_BY}",
        _FULL_THERE,
    ),
    Scene(
        "a key of a shipment is used that the other organisation is posting",
        _posted("transfer", "SHIP-A", "SHIP-T", "9", _KEY),
        _POSTING_THERE,
    ),
    Scene(
        "a key of a shipment is refused that the other organisation is posting",
        _posted("transfer", "SHIP-A", "SHIP-B", "900000", _KEY),
        _POSTING_THERE,
    ),
    Scene(
        "something is put where shipments of the other organisation go through",
        _posted("receipt", "SUPPLIER", "SHIP-FULL", "1", "'scene-of-shipments'"),
        _FULL_THERE,
    ),
    Scene(
        "a shipment is opened through a place that shipments of the other organisation go through",
        _opened("SHIP-FULL"),
        _FULL_THERE,
    ),
    Scene(
        "a shipment is opened through a place that holds something in the other organisation",
        _opened("SHIP-EMPTY"),
        free(
            "ledger.balance",
            do=f"update ledger.balance set location_id = {_place('SHIP-EMPTY', THERE)}"
            f" where org_id = {THERE} and location_id = {_place('SHIP-FULL', THERE)}",
        ),
    ),
    Scene(
        "a line is added to a shipment that is open in the other organisation",
        "insert into ledger.shipment_line (org_id, shipment_id, number, item_id, status, quantity)"
        " select c.org_id, c.id, 99, i.id, 'blocked', 1 from ledger.shipment as c"
        " inner join catalog.item as i on c.org_id = i.org_id and i.code = 'BOLT'"
        f" where c.org_id = {HERE} and c.code = 'SHIP-SENT'",
        _changed("state = 'open'", "SENT") + f"; select identity.act_as({HERE}, {_WHO}) from {PASSER_BY}",
        role=OWNER,
    ),
)
