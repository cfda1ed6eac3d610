"""Scenes of periods: what is closed, asked for or posted late in one organisation, and stands otherwise elsewhere."""

from proof.periods_story import OPEN, SOFT
from proof.scenes import DEPARTMENT, Scene
from proof.worlds import HERE, THERE, free, nobody_may

_BOTH = f"any(array[{HERE}, {THERE}])"


def _closer(name: str, whose: str = HERE) -> str:
    return (
        "(select t.principal_id, t.id from identity.token as t inner join identity.principal as p"
        f" on p.org_id = t.org_id and p.id = t.principal_id where t.org_id = {whose} and p.name = '{name}'"
        " and t.role = 'controller' order by t.id limit 1)"
    )


def _done(verb: str, code: str, name: str, with_: str = "") -> str:
    return (
        f"select ledger.{verb}({HERE}, t.principal_id, t.id, gen_random_uuid(), p.id, p.version{with_})"
        f" from ledger.period as p cross join {_closer(name)} as t where p.org_id = {HERE} and p.code = '{code}'"
    )


def _stands(whose: str, code: str, state: str) -> str:
    size = "1" if state == "closed" else "null"
    return (
        f"update ledger.period set state = '{state}', version = 90, closed_at_size = {size}, reopen_asked_by = null,"
        " reopen_asked_at = null, reopen_credential_id = null, reopen_reason = null"
        f" where org_id = {whose} and code = '{code}'"
    )


def _made_there(token: str, maker: str) -> str:
    return (
        f"update identity.token set created_by = (select m.principal_id from {_closer(maker, THERE)} as m)"
        f" where org_id = {THERE} and id = (select t.id from {_closer(token, THERE)} as t)"
    )


_ASKED = (
    f"{_stands(_BOTH, SOFT, 'soft-closed')}; "
    "update ledger.period as p set reopen_asked_by = a.principal_id, reopen_asked_at = clock_timestamp(),"
    f" reopen_credential_id = a.id, reopen_reason = 'scene' from {_closer('ann')} as a"
    f" where p.org_id in ({HERE}, {THERE}) and p.code = '{SOFT}'"
)
_CONFIRM = _done("confirm_reopening", SOFT, "bob")
_LATE = (
    f"select o.* from {_closer('ann')} as t cross join lateral ledger.post_movements({HERE}, jsonb_build_array("
    "jsonb_build_object('ord', 1, 'idempotency_key', 'scene-late', 'kind', 'receipt', 'item_code', 'BOLT',"
    f" 'quantity', 1, 'source_code', 'SUPPLIER', 'target_code', 'A',"
    f" 'occurred_at', '{SOFT}-06-01T00:00:00Z', 'actor_id', t.principal_id,"
    " 'credential_id', t.id, 'request_id', gen_random_uuid())), false) as o"
)
_NEXT = (
    f"select ledger.create_period({HERE}, t.principal_id, t.id, gen_random_uuid(), 'scene-period', sha256(''),"
    f" '2004', '2004', null, '2005-01-01T00:00:00Z') from {_closer('ann')} as t"
)
# What is soft-closed is so in both; the head of the twin says nothing of its periods otherwise.
_SAID = (
    f"update ledger.head set closed_until = '{SOFT}-01-01T00:00:00Z', soft_closed_until = '{OPEN}-01-01T00:00:00Z'"
    f" where org_id in ({HERE}, {THERE})"
)
_OF_A_DEPARTMENT = (
    f"update identity.token set sub_org_id = {DEPARTMENT}"
    f" where org_id = {HERE} and id = (select t.id from {_closer('ann')} as t)"
)

SCENES_OF_PERIODS = (
    Scene(
        "a period is closed after one that is open elsewhere",
        _done("close_period", OPEN, "ann", ", 'soft-closed'"),
        free("ledger.period", do=f"{_stands(THERE, SOFT, 'open')}; {_stands(_BOTH, OPEN, 'open')}"),
    ),
    Scene(
        "a period is made, before which another one ends elsewhere",
        _NEXT,
        free(
            "ledger.period",
            do=f"update ledger.period set ends_at = '2004-06-01T00:00:00Z' where org_id = {THERE} and code = '{OPEN}'",
        ),
    ),
    Scene(
        "a reopening is asked for, after which more is closed elsewhere",
        _done("ask_reopening", SOFT, "ann", ", 'scene'"),
        free(
            "ledger.period",
            do="; ".join(
                (
                    _stands(HERE, SOFT, "closed"),
                    _stands(HERE, OPEN, "soft-closed"),
                    _stands(THERE, SOFT, "soft-closed"),
                    _stands(THERE, OPEN, "closed"),
                )
            ),
        ),
    ),
    Scene(
        "a reopening is asked for by who may do nothing elsewhere",
        _done("ask_reopening", SOFT, "ann", ", 'scene'"),
        f"{free('ledger.period', do=_stands(HERE, SOFT, 'soft-closed'))}; {nobody_may(THERE)}",
    ),
    Scene(
        "a reopening is confirmed that somebody asked for elsewhere too, who may do nothing there",
        _CONFIRM,
        f"{free('ledger.period', do=_ASKED)}; {nobody_may(THERE)}",
    ),
    *(
        Scene(
            f"a reopening is confirmed that is of one hand elsewhere, where {token}'s credential is {maker}'s",
            _CONFIRM,
            free("ledger.period", "identity.token", do=f"{_ASKED}; {_made_there(token, maker)}"),
        )
        for token, maker in (("ann", "bob"), ("bob", "ann"))
    ),
    Scene(
        "what happened in a soft-closed period is posted by who may do nothing elsewhere",
        _LATE,
        f"{free('ledger.head', do=_SAID)}; {nobody_may(THERE)}",
    ),
    Scene(
        "a reopening is confirmed that was asked for by who is disabled, and not elsewhere",
        _CONFIRM,
        free(
            "ledger.period",
            "identity.principal",
            do=f"{_ASKED}; update identity.principal set disabled_at = clock_timestamp(), disabled_by = created_by"
            f" where org_id = {HERE} and id = (select a.principal_id from {_closer('ann')} as a)",
        ),
    ),
    Scene(
        "a reopening is asked for with a credential of a department",
        _done("ask_reopening", SOFT, "ann", ", 'scene'"),
        free(
            "ledger.period",
            "identity.token",
            do=f"{_stands(HERE, SOFT, 'soft-closed')}; {_OF_A_DEPARTMENT}",
        ),
    ),
    Scene(
        "what happened in a soft-closed period is posted with a credential of a department",
        _LATE,
        free(
            "ledger.head",
            "identity.token",
            "catalog.location",
            do=f"{_SAID}; {_OF_A_DEPARTMENT}; update catalog.location set sub_org_id = {DEPARTMENT}"
            f" where org_id = {HERE} and code = 'A'",
        ),
    ),
)
