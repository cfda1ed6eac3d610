"""The scenes of a glass that is broken in both organisations: each step, and who may not take it."""

from proof.scenes import DEPARTMENT, MANAGER, PASSER_BY, Scene
from proof.worlds import HERE, THERE, free, nobody_may
from support.ledger_sql import SUPERUSER

_STEPS, _TOKENS = "identity.break_glass_step", "identity.token"
_BOTH = f"(values ({HERE}), ({THERE})) as o (org_id)"
# The scenario broke one glass and collected it, and asked for another; what ended them is taken back.
BROKEN = free(
    _STEPS,
    _TOKENS,
    do=" ".join(
        f"insert into {table} select (jsonb_populate_record(x, jsonb_build_object('org_id', o.org_id))).*"
        f" from {table} as x cross join {_BOTH} where {which} on conflict do nothing;"
        for table, which in ((_STEPS, "x.step <> 'ended'"), (_TOKENS, "x.role = 'break-glass'"))
    )
    + f" delete from {_STEPS} where step = 'ended';"
    f" update {_TOKENS} set revoked_at = null, revoked_by = null where role = 'break-glass'",
)
_UNCOLLECTED = free(
    _STEPS,
    _TOKENS,
    do=f"delete from {_STEPS} where step = 'collected' and org_id = {HERE};"
    f" delete from {_TOKENS} where role = 'break-glass' and org_id = {HERE}",
)
_BROKEN_GLASS = f"(select x.* from {_STEPS} as x where x.org_id = {HERE} and x.step = 'approved') as g"
_ASKED_GLASS = (
    f"(select b.id from identity.break_glass as b where b.org_id = {HERE} and not exists"
    f" (select from {_STEPS} as x where x.org_id = {HERE} and x.id = b.id)) as g"
)
_NEWCOMER = "'00000000-0000-4000-8000-000000000001'::uuid"
_NEW = (
    "insert into platform.administrator (id, name, secret_hash, created_by)"
    f" values ({_NEWCOMER}, 'newcomer', sha256('n'), 'test')"
)
_NO_ROLE = free("identity.role", do="delete from identity.role where code = 'break-glass'")
# Somebody else was there from the beginning, and stands before the operator of this organisation.
_OTHER_OPERATOR = free(
    "identity.principal",
    do="with was as (select p.id, p.org_id from identity.principal as p where p.created_by = p.id)"
    " update identity.principal as p set created_by = case when p.id = was.id then m.principal_id else p.id end"
    f" from was, {MANAGER} where was.org_id = {THERE} and p.org_id = {THERE} and p.id in (was.id, m.principal_id);"
    f" update identity.principal set name = name where org_id = {HERE} and created_by = id",
)

_KNOWN_THERE = free(
    "identity.principal",
    do="insert into identity.principal (org_id, id, kind, name, created_by)"
    f" select p.org_id, {_NEWCOMER}, 'user', 'erased', p.id from identity.principal as p"
    f" where p.org_id = {THERE} and p.created_by = p.id",
)


def _step(step: str, actor: str, credential: str, source: str, hashed: str = "null") -> str:
    return (
        f"select identity.step_break_glass({HERE}, {actor}, {credential}, gen_random_uuid(), g.id, '{step}', {hashed},"
        " 'erased')"
        f" from {source}"
    )


_COLLECT = _step("collected", "g.requested_by", "g.requested_by", _BROKEN_GLASS, "sha256('s')")
_ASK = (
    f"select identity.request_break_glass({HERE}, {_NEWCOMER}, {_NEWCOMER}, gen_random_uuid(), 'new-glass',"
    " sha256('r'), 'The balances do not add up', interval '1 hour', 'erased')"
)
_END = _step("ended", "m.principal_id", "m.id", f"{MANAGER}, {_BROKEN_GLASS}")
# Here somebody else asked for the glass.
_ASKED_BY_ANOTHER = free(
    "identity.break_glass",
    do=f"update identity.break_glass set requested_by = (select m.principal_id from {MANAGER}) where org_id = {HERE}",
)

SCENES_OF_BREAK_GLASS = (
    Scene("a manager ends a broken glass", _END, BROKEN),
    Scene("somebody ends it who manages here alone", _END, f"{BROKEN}; {nobody_may(THERE)}"),
    Scene(
        "somebody ends it who manages a department",
        _END,
        f"{BROKEN}; "
        + free(
            _TOKENS,
            do=f"update {_TOKENS} set sub_org_id = {DEPARTMENT} where id = (select m.id from {MANAGER})",
        ),
    ),
    Scene(
        "what somebody asked for elsewhere alone is ended",
        f"select identity.end_break_glass_of({HERE}, b.requested_by) from identity.break_glass as b"
        f" where b.org_id = {THERE} order by b.id limit 1",
        f"{BROKEN}; {_ASKED_BY_ANOTHER}",
    ),
    Scene("a broken glass is collected", _COLLECT, f"{BROKEN}; {_UNCOLLECTED}"),
    Scene(
        "a glass is collected that was broken here alone",
        _COLLECT,
        f"{BROKEN}; {_UNCOLLECTED}; {free(_STEPS, do=f'delete from {_STEPS} where org_id = {THERE}')}",
    ),
    Scene(
        "a token comes to be of a glass that was collected elsewhere",
        f"insert into {_TOKENS} (org_id, id, principal_id, role, secret_hash, created_by, expires_at)"
        f" select {HERE}, g.id, g.requested_by, 'break-glass', sha256('t'), g.actor_id, g.expires_at from"
        f" {_BROKEN_GLASS}",
        f"{BROKEN}; {_UNCOLLECTED}",
        SUPERUSER,
    ),
    Scene("a newcomer asks for the first glass", _ASK, f"{_NEW}; {_NO_ROLE}"),
    Scene("a newcomer asks beside another operator", _ASK, f"{_NEW}; {_NO_ROLE}; {_OTHER_OPERATOR}"),
    Scene("a newcomer asks who is known elsewhere", _ASK, f"{_NEW}; {_KNOWN_THERE}"),
    Scene("a newcomer approves", _step("approved", _NEWCOMER, _NEWCOMER, _ASKED_GLASS), f"{_NEW}; {BROKEN}"),
    Scene(
        "somebody ends it who is the operator elsewhere",
        _step("ended", "t.principal_id", "t.id", f"{PASSER_BY}, {_BROKEN_GLASS}"),
        BROKEN
        + "; "
        + free(
            "identity.principal", do=f"update identity.principal set created_by = id where org_id = {THERE}"
        ),
    ),
    Scene(
        "a machine approves that is a person elsewhere",
        _step("approved", "m.principal_id", "m.id", f"{MANAGER}, {_ASKED_GLASS}"),
        BROKEN
        + "; "
        + free(
            "identity.principal",
            do=f"update identity.principal set kind = case org_id when {THERE} then 'user' else 'service' end"
            f" where id = (select m.principal_id from {MANAGER})",
        ),
    ),
)
