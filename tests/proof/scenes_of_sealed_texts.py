"""The scenes of texts that are sealed: names, logins and what a directory says, here and elsewhere."""

from proof.keys_story import NEW_KEY
from proof.scenes import BOB, MANAGER, Scene, disable
from proof.sealed_texts_ground import (
    CHANGES,
    KEY,
    LOGGED,
    NAME,
    NOBODYS,
    NOTHING,
    OF_ORG,
    PASSKEY,
    PERSON,
    TEXTS,
    USER_NAME,
    as_logged,
    in_part_there,
    recorded,
    row_of,
    seal,
    sealed,
    sealed_there,
    versions,
)
from proof.worlds import HERE, THERE, free

_SEAL_VALUE = (
    f"select audit.seal_value({HERE}, v.change_id, v.name, v.value, v.value) from audit.personal_value as v"
    f" where v.org_id = {HERE} and v.salt is null and v.name = 'name' order by v.change_id limit 1"
)
_VALUES_ALIKE = free(
    "audit.personal_value",
    do="update audit.personal_value as v set value = x.value from audit.personal_value as x"
    f" where v.org_id = {THERE} and x.org_id = {HERE} and x.change_id = v.change_id and x.name = v.name",
)
_PASSKEYS_ALIKE = free(
    "identity.passkey",
    do="update identity.passkey as x set name = y.name from identity.passkey as y"
    f" where x.org_id = {THERE} and y.org_id = {HERE} and x.id = y.id",
)
_COMMITTED_THERE = free(
    "audit.change", do=f"update audit.change set commitments = '{{}}' where org_id = {HERE}"
)

_COMMITTED_OTHERWISE_THERE = free(
    "audit.change",
    "audit.version",
    do=f"{versions(THERE, HERE)};"
    f" update audit.change set commitments = '{{}}' where org_id = {THERE};"
    f" update audit.version set log_index = log_index + 50000 where org_id = {THERE}",
)

_LINK = (
    f"select l.* from {MANAGER} cross join lateral identity.link_subject({HERE}, m.principal_id, m.id,"
    " gen_random_uuid(), 'fresh', sha256('r'), gen_random_uuid(), (select p.id from identity.provider as p"
    f" where p.org_id = {HERE} and p.code = 'idp'), {NOBODYS}, sha256('new'), 'ada', {BOB}) as l"
)
_PLAIN_THERE = free(
    "identity.provider_subject",
    do=f"update identity.provider_subject set subject_index = null where org_id = {THERE}",
)
_LOST_HERE = free(
    "identity.principal",
    "keys.data_key",
    do=f"update identity.principal set name = {sealed(NOTHING, KEY)} where id = {PERSON};"
    " update keys.data_key set state = 'erased', wrapped = null, ended_at = clock_timestamp()"
    f" where org_id = {HERE} and id = {KEY}",
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
_AT_ONCE = [((HERE, one), (THERE, one)) for one in CHANGES]
_IMPORTED = "; ".join(
    (
        free(
            "audit.version",
            do=f"update audit.version set log_index = log_index + 800000 where log_index < {len(LOGGED)}",
        ),
        *(
            recorded(
                one,
                row_of(one),
                0,
                of_versions=both,
                changes=both,
                values=both,
                value="null, " + sealed(NOTHING, f"'{NEW_KEY}'::uuid"),
            )
            for one, both in zip(LOGGED, _AT_ONCE, strict=True)
        ),
    )
)
_LOGINS, _USERS = ("identity.password", "identity.invitation"), "identity.scim_user"
_FOUND_BY = ("user_name_index", "external_id_index", "display_name_index")
# Users are found elsewhere by what finds them here, and here by something else.
_FOUND_THERE = (
    f"update {_USERS} as x set {', '.join(f'{one} = y.{one}' for one in _FOUND_BY)} from {_USERS} as y"
    f" where x.org_id = {THERE} and y.org_id = {HERE} and x.id = y.id;"
    f" update {_USERS} set {', '.join(f'{one} = sha256(sha256({one}))' for one in _FOUND_BY)} where org_id = {HERE}"
)

WORLDS_OF_SEALED_TEXTS = {
    "audit.person_names.imported": f"{_IMPORTED}; {_ALL_ERASED_THERE}",
    "audit.person_names.seal_name": as_logged(NAME),
    "audit.person_names.stale_names": f"{in_part_there(NAME)}; {_ALL_ERASED_THERE}",
    "audit.person_names.stale_values": _ALL_ERASED_THERE,
    "identity.break_glass.stranger": free(
        "identity.principal",
        do=f"delete from identity.principal where org_id = {HERE} and name like 'break-glass: %'",
    ),
    "identity.invitations.holder": _indexes("login_index = sha256(login_index)", *_LOGINS),
    "identity.passwords.any_plain": _indexes("login_index = null", *_LOGINS),
    "identity.sign_ins.any_plain": _indexes("subject_index = null", "identity.provider_subject"),
    "identity.sealed_logins.stale_former": _ALL_ERASED_THERE,
    # What is plain here in these worlds is the external id alone.
    "identity.scim_users.any_plain": _indexes("external_id = null", _USERS, org_id=HERE),
    "identity.scim_users.candidates": free(_USERS, do=_FOUND_THERE),
    "identity.sealed_logins.stale_attributes": _ALL_ERASED_THERE,
    "ops.evidence.names.now": "; ".join(map(as_logged, LOGGED)),
    "ops.evidence.names.attributes": free(
        _USERS, do=f"update {_USERS} set attributes = {NOBODYS} where attributes is not null"
    ),
    "ops.evidence.names.former": free("audit.version", do=versions(HERE, THERE)),
    "identity.sealed_logins.stale_scim_user": f"{in_part_there(USER_NAME)}; {_ALL_ERASED_THERE}",
    "identity.sealed_logins.seal_scim_user": "; ".join(
        as_logged(one) for one in LOGGED if one.table == _USERS
    ),
    **{
        f"identity.sealed_logins.{verb}_{one.word.replace('-', '_')}": world
        for one in LOGGED
        if one != NAME and one.table != _USERS
        for verb, world in (
            ("seal", as_logged(one)),
            ("stale", f"{in_part_there(one)}; {_ALL_ERASED_THERE}"),
        )
    },
}

SCENES_OF_SEALED_TEXTS = (
    *(
        Scene(f"a text is sealed, {one.column} of {one.word}, {how}", seal(one), world)
        for one in TEXTS
        for how, world in (
            ("for what the log has of it", ""),
            ("of which the log has something else elsewhere", _COMMITTED_OTHERWISE_THERE),
        )
    ),
    *(
        Scene(
            f"a text is sealed, {one.column} of {one.word}, whose person is erased elsewhere",
            seal(one),
            f"{_indexes(f'{one.index} = null', one.table, org_id=HERE)}; {_ALL_ERASED_THERE}",
        )
        for one in TEXTS
        if one.index is not None
    ),
    Scene("the name of a passkey is sealed that is the same elsewhere", seal(PASSKEY), _PASSKEYS_ALIKE),
    Scene("a former name is sealed anew that is the same elsewhere", _SEAL_VALUE, _VALUES_ALIKE),
    Scene(
        "a former name is sealed anew that the log has elsewhere alone",
        _SEAL_VALUE,
        f"{_VALUES_ALIKE}; {_COMMITTED_THERE}",
    ),
    Scene(
        "somebody is disabled whose name is sealed under what lives elsewhere alone",
        disable(PERSON, "null", MANAGER),
        _LOST_HERE,
    ),
    Scene("a subject is linked that is from before elsewhere", _LINK, _PLAIN_THERE),
    *(
        Scene(
            f"rows are counted that are sealed elsewhere, {one.column} of {one.word}",
            f"select keys.sealed_rows({HERE}, {OF_ORG})",
            sealed_there(one),
        )
        for one in TEXTS
    ),
    Scene(
        "rows are counted that are sealed elsewhere, of a former name",
        f"select keys.sealed_rows({HERE}, {OF_ORG})",
        free(
            "audit.personal_value",
            do=f"update audit.personal_value set value = {NOBODYS} where org_id = {THERE} and salt is null",
        ),
    ),
)
