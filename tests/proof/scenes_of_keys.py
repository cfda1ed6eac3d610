"""The scenes of keys: which live, are erased, are wrapped by what, here and elsewhere."""

from proof.keys_story import KEYS, NEW_KEY, PROVIDER, SUBJECT
from proof.scenes import MANAGER, Scene
from proof.scenes_of_cutting import FREE, HELD, held
from proof.worlds import HERE, THERE, free

_FIRST, _SECOND = KEYS[SUBJECT, 1], KEYS[SUBJECT, 2]
_OF_ORG = f"(select k.id from keys.data_key as k where k.org_id = {HERE} and k.subject_id is null)"
_BYTES = "decode(repeat('ab', 60), 'hex')"
_SEAL = "decode(repeat('cd', 28), 'hex')"


def _wrapping(version: str) -> str:
    return (
        f"(select w.id from keys.wrapping_key as w where w.org_id = {HERE} and w.provider = '{PROVIDER}'"
        f" and w.key_version = '{version}')"
    )


def _keys(what: str) -> str:
    return free("keys.data_key", do=f"update keys.data_key set {what}")


def _wrappings(what: str) -> str:
    return free("keys.wrapping_key", do=f"update keys.wrapping_key set {what}")


def _ended(state: str, where: str) -> str:
    return _keys(f"state = '{state}', wrapped = null, ended_at = clock_timestamp() where {where}")


def _mint(before: str) -> str:
    return (
        f"select keys.mint({HERE}, '{NEW_KEY}', '{SUBJECT}', {before}, {_BYTES}, {_SEAL}, {_wrapping('2')}, 1),"
        f" (select max(k.version) from keys.data_key as k where k.org_id = {HERE} and k.subject_id = '{SUBJECT}')"
    )


_NOT_ACTIVE = "state = 'retired', retired_at = clock_timestamp() where state = 'active' and org_id = {}"
_RETIRED = f"state = 'opens-only', retired_at = clock_timestamp() where id = '{_SECOND}' and org_id = {HERE}"
_NO_ROWS_HERE = free(
    "identity.second_factor",
    do="update identity.second_factor set revoked_at = created_at, revoked_by = created_by, sealed = null"
    f" where org_id = {HERE} and revoked_at is null",
)
_HOLD = f"select k.id from keys.hold({HERE}, array['{SUBJECT}', null]::uuid[]) as k"
_RESEAL = (
    f"select identity.reseal_second_factor({HERE}, f.id, f.sealed, f.sealed) from identity.second_factor as f"
    f" where f.org_id = {HERE} and f.sealed is not null order by f.id limit 1"
)
_DESTROY = f"select keys.destroy_data_key({HERE}, '{_FIRST}')"
_REWRAP = (
    f"select keys.rewrap({HERE}, k.id, k.wrapping_key_id, {_BYTES}, {_wrapping('2')}) from keys.data_key as k"
    f" where k.org_id = {HERE} and k.id = {_OF_ORG}"
)
_END = f"select keys.end_wrapping_key({HERE}, {_wrapping('1')}, null, null, null)"
_NAME = f"select keys.name_wrapping_key({HERE}, gen_random_uuid(), 'x', 'x', 'x', {_wrapping('2')}, null, null, null)"
_BY = "m.principal_id, m.id, gen_random_uuid()"
_NAMED_BY = f"{_NAME.replace('null, null, null', _BY)} from {MANAGER}"
_ENDED_BY = f"{_END.replace('null, null, null', _BY)} from {MANAGER}"
_NOT_LET_IN_THERE = free(
    "identity.token",
    do=f"update identity.token set revoked_at = created_at, revoked_by = created_by where org_id = {THERE}",
)
_IS_UNUSED = f"select keys.is_unused({HERE}, {_wrapping('1')})"

_ALL_UNDER_ONE_THERE = _keys(
    f"wrapping_key_id = {_wrapping('2')} where org_id = {THERE} and wrapped is not null"
)

WORLDS_OF_KEYS = {
    "keys.wrapping_keys.unused": _ALL_UNDER_ONE_THERE,
    "keys.wrapping_keys.rotation_began": _ALL_UNDER_ONE_THERE,
    "keys.data_keys.sealed_rows": _NO_ROWS_HERE,
    "keys.data_keys.list_of_org": _NO_ROWS_HERE,
    "keys.data_keys.one_of_each": _ended(
        "destroyed",
        f"org_id = {HERE} and id in (select distinct on (k.wrapping_key_id) k.id from keys.data_key as k"
        f" where k.org_id = {HERE} and k.wrapped is not null order by k.wrapping_key_id, k.id)",
    ),
}

SCENES_OF_KEYS = (
    Scene("keys are held", _HOLD),
    Scene(
        "keys are held of who is erased elsewhere",
        _HOLD,
        _ended("erased", f"org_id = {THERE} and id = '{_SECOND}'"),
    ),
    Scene("a version is made", _mint(f"'{_SECOND}'")),
    Scene(
        "a version is made where elsewhere there are more",
        _mint(f"'{_SECOND}'"),
        _keys(f"version = version + 10 where org_id = {THERE}"),
    ),
    Scene("a version is made of a key that seals elsewhere", _mint(f"'{_SECOND}'"), _keys(_RETIRED)),
    Scene(
        "a version is made under a key that wraps elsewhere",
        _mint(f"'{_SECOND}'"),
        _wrappings(_NOT_ACTIVE.format(HERE)),
    ),
    Scene(
        "a version is made for who is erased elsewhere",
        _mint(f"'{_SECOND}'"),
        _ended("erased", f"org_id = {THERE} and id = '{_FIRST}'"),
    ),
    Scene("messages are taken", f"select keys.reserve({HERE}, '{_SECOND}', 5)"),
    Scene("a subject is erased", f"select keys.erase_subject({HERE}, '{SUBJECT}')"),
    Scene("rows are counted", f"select keys.sealed_rows({HERE}, {_OF_ORG})", _NO_ROWS_HERE),
    Scene("a key is destroyed", _DESTROY),
    Scene(
        "a key is destroyed that elsewhere has ended",
        _DESTROY,
        _ended("destroyed", f"org_id = {THERE} and id = '{_FIRST}'"),
    ),
    Scene("a secret is sealed anew", _RESEAL),
    Scene(
        "a secret is sealed anew under a key that ended here",
        _RESEAL,
        _ended("destroyed", f"id = {_OF_ORG} and org_id = {HERE}"),
    ),
    Scene(
        "a secret is sealed anew under a key that ended elsewhere",
        _RESEAL,
        _ended("destroyed", f"id = {_OF_ORG} and org_id = {THERE}"),
    ),
    Scene("another key wraps", _NAME),
    Scene(
        "another key wraps in the place of one that wraps elsewhere",
        _NAME,
        _wrappings(_NOT_ACTIVE.format(HERE)),
    ),
    *(
        Scene(f"{what} by somebody who may act no longer elsewhere", call, _NOT_LET_IN_THERE)
        for what, call in (("another key wraps", _NAMED_BY), ("a wrapping key is ended", _ENDED_BY))
    ),
    Scene(
        "another key wraps while the log is held elsewhere",
        _NAME,
        f"{held(HERE, *FREE)}; {held(THERE, *HELD)}",
    ),
    Scene("another key wraps while the log is held", _NAME, f"{held(HERE, *HELD)}; {held(THERE, *FREE)}"),
    Scene("a key is wrapped anew", _REWRAP),
    Scene("a key is wrapped anew by what wraps elsewhere", _REWRAP, _wrappings(_NOT_ACTIVE.format(HERE))),
    Scene("it is asked what is unused", _IS_UNUSED),
    Scene(
        "it is asked what is unused that has ended here",
        _IS_UNUSED,
        _wrappings(
            f"state = 'destroyed', destroyed_at = clock_timestamp() where org_id = {HERE} and id = {_wrapping('1')}"
        ),
    ),
    Scene(
        "it is asked what is unused that is used elsewhere",
        _IS_UNUSED,
        _keys(f"wrapping_key_id = {_wrapping('1')} where org_id = {THERE} and wrapped is not null"),
    ),
    Scene("a wrapping key is ended", _END),
    Scene(
        "a wrapping key is ended that wraps elsewhere",
        _END,
        _keys(f"wrapping_key_id = {_wrapping('1')} where org_id = {THERE} and wrapped is not null"),
    ),
)
