"""The scenes of texts that are sealed: names, logins and subjects of providers, here and elsewhere."""

from proof.keys_story import KEYS, NEW_KEY, SUBJECT
from proof.scenes import BOB, MANAGER, Scene, disable
from proof.worlds import HERE, THERE, free

_Whose = tuple[tuple[str, str], ...]  # rows of a table, each with its organisation

_OF_ORG = f"(select k.id from keys.data_key as k where k.org_id = {HERE} and k.subject_id is null)"
# By the word of its record: where a text stands, and the routine that seals it.
_TEXTS = {
    "principal": ("identity.principal", "name", "identity.seal_name"),
    "invitation": ("identity.invitation", "login", "identity.seal_invitation"),
    "password": ("identity.password", "login", "identity.seal_password"),
    "provider-subject": ("identity.provider_subject", "subject", "identity.seal_provider_subject"),
}


def _sealed(commitment: str, key: str = _OF_ORG) -> str:
    """Return a sealed text that nobody opens, as SQL."""
    return (
        f"'VE1.' || {commitment} || '.' || encode(decode('56450101', 'hex') || uuid_send({key})"
        " || decode(repeat('ef', 28), 'hex'), 'base64')"
    )


_NOTHING = "repeat('A', 43) || '='"
_NOBODYS = _sealed(_NOTHING)
_KEY = f"'{KEYS[SUBJECT, 2]}'::uuid"


def _one_both_have(table: str, such: str = "true") -> str:
    return (
        f"(select a.id from {table} as a inner join {table} as b on a.id = b.id"
        f" where a.org_id = {HERE} and b.org_id = {THERE} and {such} order by a.id limit 1)"
    )


_LIVES = "'user' = all(array[a.kind, b.kind]) and coalesce(a.disabled_at, b.disabled_at) is null"
_PERSON = _one_both_have("identity.principal", _LIVES)


def _committed(subject: str) -> str:
    """Return what the newest version of a record here, as x, says of its text."""
    return (
        f"(select c.commitments ->> '{_TEXTS[subject][1]}' from audit.version as v"
        " inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id"
        f" where v.org_id = {HERE} and v.subject = '{subject}' and v.subject_id = x.id"
        " order by v.log_index desc limit 1)"
    )


def _versions(source: str, target: str) -> str:
    """Return what lets one organisation have the versions of the other one."""
    return (
        f"insert into audit.version select (jsonb_populate_record(v, jsonb_build_object('org_id', {target}))).*"
        f" from audit.version as v where v.org_id = {source} on conflict do nothing"
    )


def _key_of(whose: str) -> str:
    return (
        f"(select k.id from keys.data_key as k where k.org_id = {HERE} and k.subject_id = {whose}"
        " and k.state = 'active')"
    )


def _seal(subject: str) -> str:
    """Return what seals one text that both have for the first time, of somebody who has a key."""
    table, column, routine = _TEXTS[subject]
    whose, index = "principal_id", f", coalesce(x.{column}_index, sha256('i'))"
    if subject == "principal":
        whose, index = "id", ""
    has_key = f"a.{whose} = b.{whose} and {_key_of(f'a.{whose}')} is not null"
    row = _one_both_have(table, f"{_LIVES} and {has_key}" if subject == "principal" else has_key)
    text = _sealed(_committed(subject), _key_of(f"x.{whose}"))
    return (
        f"select {routine}({HERE}, x.id, x.{column}, {text}{index}) from {table} as x"
        f" where x.org_id = {HERE} and x.id = {row}"
    )


_SEAL_VALUE = (
    f"select audit.seal_value({HERE}, v.change_id, v.name, v.value, v.value) from audit.personal_value as v"
    f" where v.org_id = {HERE} and v.salt is null and v.name = 'name' order by v.change_id limit 1"
)
_VALUES_ALIKE = free(
    "audit.personal_value",
    do="update audit.personal_value as v set value = x.value from audit.personal_value as x"
    f" where v.org_id = {THERE} and x.org_id = {HERE} and x.change_id = v.change_id and x.name = v.name",
)
_COMMITTED_THERE = free(
    "audit.change", do=f"update audit.change set commitments = '{{}}' where org_id = {HERE}"
)

_COMMITTED_OTHERWISE_THERE = free(
    "audit.change",
    "audit.version",
    do=f"{_versions(THERE, HERE)};"
    f" update audit.change set commitments = '{{}}' where org_id = {THERE};"
    f" update audit.version set log_index = log_index + 50000 where org_id = {THERE}",
)

_LINK = (
    f"select l.* from {MANAGER} cross join lateral identity.link_subject({HERE}, m.principal_id, m.id,"
    " gen_random_uuid(), 'fresh', sha256('r'), gen_random_uuid(), (select p.id from identity.provider as p"
    f" where p.org_id = {HERE} and p.code = 'idp'), {_NOBODYS}, sha256('new'), 'ada', {BOB}) as l"
)
_PLAIN_THERE = free(
    "identity.provider_subject",
    do=f"update identity.provider_subject set subject_index = null where org_id = {THERE}",
)
_LOST_HERE = free(
    "identity.principal",
    "keys.data_key",
    do=f"update identity.principal set name = {_sealed(_NOTHING, _KEY)} where id = {_PERSON};"
    " update keys.data_key set state = 'erased', wrapped = null, ended_at = clock_timestamp()"
    f" where org_id = {HERE} and id = {_KEY}",
)


def _sealed_there(table: str, column: str) -> str:
    return free(
        table,
        do=f"update {table} set {column} = {_NOBODYS} where org_id = {THERE} and id = {_one_both_have(table)}",
    )


_RECORD = ("audit.change", "audit.version", "audit.personal_value")
_CHANGES = tuple(f"'5ea1000{n}-0000-4000-8000-000000000000'::uuid" for n in range(4))
_ALL = tuple((HERE, one) for one in _CHANGES)


def _but(nth: int) -> tuple[tuple[str, str], ...]:
    """Return all changes as those of this organisation, but for one that is the other's."""
    return (*_ALL[:nth], (THERE, _CHANGES[nth]), *_ALL[nth + 1 :])


def _recorded(
    subject: str, row: str, first: int, *, changes: _Whose, versions: _Whose, values: _Whose, value: str
) -> str:
    """Return what writes versions of a record, like the first of it here, from an index on."""
    table, column, _ = _TEXTS[subject]
    like = (
        f"(select v.change_id from audit.version as v where v.org_id = {HERE} and v.subject = '{subject}'"
        f" and v.subject_id = {row} order by v.log_index limit 1)"
    )
    return free(
        *_RECORD,
        do="insert into audit.version select (jsonb_populate_record(v, jsonb_build_object("
        f"'org_id', n.org_id, 'change_id', n.id, 'log_index', {first} + n.at))).* from audit.version as v"
        f" cross join {_listed(versions)} where v.org_id = {HERE} and v.change_id = {like};"
        " insert into audit.change select (jsonb_populate_record(c, jsonb_build_object("
        f"'org_id', n.org_id, 'id', n.id))).* from audit.change as c cross join {_listed(changes)}"
        f" where c.org_id = {HERE} and c.id = {like};"
        " insert into audit.personal_value (org_id, change_id, name, salt, value)"
        f" select n.org_id, n.id, '{column}', {value} from {table} as x cross join {_listed(values)}"
        f" where x.org_id = {HERE} and x.id = {row}",
    )


def _listed(whose: _Whose) -> str:
    rows = ", ".join(f"({org_id}, {one}, {_CHANGES.index(one)})" for org_id, one in whose)
    return f"(values {rows}) as n (org_id, id, at)"


def _in_part_there(subject: str) -> str:
    """Return what lets a plain text have a version here, and later ones of which one part each is elsewhere."""
    table, column, _ = _TEXTS[subject]
    return _recorded(
        subject,
        _PERSON if subject == "principal" else _one_both_have(table),
        900_000,
        changes=_but(1),
        versions=_but(2),
        values=_but(3),
        value=f"sha256(uuid_send(n.id)), x.{column}",
    )


def _as_logged(subject: str) -> str:
    """Return what lets texts be sealed in both, as the versions here have them."""
    table, column, _ = _TEXTS[subject]
    return free(
        table,
        do=f"update {table} as x set {column} = k.value from (select distinct on (v.subject_id) v.subject_id, p.value"
        " from audit.version as v inner join audit.personal_value as p"
        f" on v.org_id = p.org_id and v.change_id = p.change_id where v.org_id = {HERE} and v.subject = '{subject}'"
        f" and p.name = '{column}' and p.salt is null order by v.subject_id, v.log_index desc) as k"
        " where k.subject_id = x.id",
    )


def _indexes(what: str, *tables: str, org_id: str = THERE) -> str:
    return free(
        *tables, do="; ".join(f"update {table} set {what} where org_id = {org_id}" for table in tables)
    )


_ALL_ERASED_THERE = free(
    "keys.data_key",
    do="insert into keys.data_key (org_id, id, subject_id, version, state, ended_at)"
    f" select p.org_id, gen_random_uuid(), p.id, 99, 'erased', clock_timestamp() from identity.principal as p"
    f" where p.org_id = {THERE}",
)
_AT_ONCE = [((HERE, one), (THERE, one)) for one in _CHANGES]
_IMPORTED = "; ".join(
    (
        free(
            "audit.version", do="update audit.version set log_index = log_index + 800000 where log_index < 4"
        ),
        *(
            _recorded(
                subject,
                _PERSON if subject == "principal" else _one_both_have(_TEXTS[subject][0]),
                0,
                versions=both,
                changes=both,
                values=both,
                value="null, " + _sealed(_NOTHING, f"'{NEW_KEY}'::uuid"),
            )
            for subject, both in zip(_TEXTS, _AT_ONCE, strict=True)
        ),
    )
)
_LOGINS = ("identity.password", "identity.invitation")

WORLDS_OF_SEALED_TEXTS = {
    "audit.person_names.imported": f"{_IMPORTED}; {_ALL_ERASED_THERE}",
    "audit.person_names.seal_name": _as_logged("principal"),
    "audit.person_names.stale_names": f"{_in_part_there('principal')}; {_ALL_ERASED_THERE}",
    "audit.person_names.stale_values": _ALL_ERASED_THERE,
    "identity.break_glass.stranger": free(
        "identity.principal",
        do=f"delete from identity.principal where org_id = {HERE} and name like 'break-glass: %'",
    ),
    "identity.invitations.holder": _indexes("login_index = sha256(login_index)", *_LOGINS),
    "identity.passwords.any_plain": _indexes("login_index = null", *_LOGINS),
    "identity.sign_ins.any_plain": _indexes("subject_index = null", "identity.provider_subject"),
    "identity.sealed_logins.stale_former": _ALL_ERASED_THERE,
    "ops.evidence.names.now": "; ".join(map(_as_logged, _TEXTS)),
    "ops.evidence.names.former": free("audit.version", do=_versions(HERE, THERE)),
    **{
        f"identity.sealed_logins.{verb}_{subject.replace('-', '_')}": world
        for subject in _TEXTS
        if subject != "principal"
        for verb, world in (
            ("seal", _as_logged(subject)),
            ("stale", f"{_in_part_there(subject)}; {_ALL_ERASED_THERE}"),
        )
    },
}

SCENES_OF_SEALED_TEXTS = (
    *(
        Scene(f"a text is sealed, of {subject}, {how}", _seal(subject), world)
        for subject in _TEXTS
        for how, world in (
            ("for what the log has of it", ""),
            ("of which the log has something else elsewhere", _COMMITTED_OTHERWISE_THERE),
        )
    ),
    *(
        Scene(
            f"a text is sealed, of {subject}, whose person is erased elsewhere",
            _seal(subject),
            f"{_indexes(f'{column}_index = null', table, org_id=HERE)}; {_ALL_ERASED_THERE}",
        )
        for subject, (table, column, _) in _TEXTS.items()
        if subject != "principal"
    ),
    Scene("a former name is sealed anew that is the same elsewhere", _SEAL_VALUE, _VALUES_ALIKE),
    Scene(
        "a former name is sealed anew that the log has elsewhere alone",
        _SEAL_VALUE,
        f"{_VALUES_ALIKE}; {_COMMITTED_THERE}",
    ),
    Scene(
        "somebody is disabled whose name is sealed under what lives elsewhere alone",
        disable(_PERSON, "null", MANAGER),
        _LOST_HERE,
    ),
    Scene("a subject is linked that is from before elsewhere", _LINK, _PLAIN_THERE),
    *(
        Scene(
            f"rows are counted that are sealed elsewhere, of {subject}",
            f"select keys.sealed_rows({HERE}, {_OF_ORG})",
            _sealed_there(table, column),
        )
        for subject, (table, column, _) in _TEXTS.items()
    ),
    Scene(
        "rows are counted that are sealed elsewhere, of a former name",
        f"select keys.sealed_rows({HERE}, {_OF_ORG})",
        free(
            "audit.personal_value",
            do=f"update audit.personal_value set value = {_NOBODYS} where org_id = {THERE} and salt is null",
        ),
    ),
)
