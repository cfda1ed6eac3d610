"""The scenes of a directory: whom it keeps, and what its groups give, in an organisation beside another one."""

from proof.scenes import BOB, MANAGER, Scene
from proof.worlds import HERE, THERE, free, nobody_may

_USERS, _GROUPS, _MEMBERS = "identity.scim_user", "identity.scim_group", "identity.scim_member"
_MAPPINGS, _ASSIGNMENTS, _PEOPLE = "identity.scim_mapping", "identity.assignment", "identity.principal"
_TOKENS = "identity.token"
# Whoever provisions here, as d; the twin has nobody else who may.
_DIRECTORY = (
    f"(select t.id, t.principal_id from {_TOKENS} as t where t.org_id = {HERE} and t.role = 'provisioner'"
    " and t.revoked_at is null order by t.id limit 1) as d"
)
_MAY = free(
    _PEOPLE,
    _TOKENS,
    do=f"insert into {_TOKENS} select (jsonb_populate_record(t, jsonb_build_object('org_id', o.org_id))).*"
    f" from {_TOKENS} as t cross join (values ({HERE}), ({THERE})) as o (org_id)"
    " where t.role = 'provisioner' on conflict do nothing;"
    f" update {_PEOPLE} set kind = 'service'"
    f" where id in (select t.principal_id from {_TOKENS} as t where t.role = 'provisioner')",
)
# What is said is plain in these scenes: which words it has does not matter here.
_PLAIN = f"alter table {_USERS} disable trigger user_name_is_only_sealed"
_BEGIN = f"{HERE}, d.principal_id, d.id, gen_random_uuid()"
_RULE = f"{HERE}, m.principal_id, m.id, gen_random_uuid()"


def _group(name: str, whose: str = HERE) -> str:
    return (
        f"(select x.* from {_GROUPS} as x where x.org_id = {whose} and starts_with(x.display_name, '{name}'))"
    )


def _user(name: str, whose: str = HERE) -> str:
    return f"(select x.* from {_USERS} as x where x.org_id = {whose} and starts_with(x.user_name, '{name}'))"


def _id(row: str) -> str:
    return f"(select y.id from {row} as y)"


_STORES, _OURS = _group("Stores"), _group("ours")
_LIN, _NOOR, _HANDED = (_user(name) for name in ("lin", "noor", "handed-0"))


def _create_group(key: str = "'new'", *members: str) -> str:
    return (
        f"select c.* from {_DIRECTORY} cross join lateral identity.create_scim_group({_BEGIN}, 'New', {key}, null,"
        f" array[{', '.join(members)}]::uuid[], null) as c"
    )


def _create_user(index: str) -> str:
    return (
        f"select identity.create_scim_user({_BEGIN}, gen_random_uuid(), gen_random_uuid(), 'New', {index}, null, null,"
        f" null, null, null, null, 'erased', true, null) from {_DIRECTORY}"
    )


def _update_group(group: str, key: str = "'new'", added: str = "", removed: str = "") -> str:
    return (
        f"select identity.update_scim_group({_BEGIN}, g.id, g.version, 'New', {key}, null, array[{added}]::uuid[],"
        f" array[{removed}]::uuid[], null) from {_DIRECTORY}, {group} as g"
    )


def _update_user(user: str, *, is_active: bool, index: str = "sha256('new')") -> str:
    return (
        f"select identity.update_scim_user({_BEGIN}, u.id, u.version + p.version, array['user_name', 'attributes'],"
        f" 'New', {index}, null, null, null, null, null, null, 'erased', {str(is_active).lower()}, null)"
        f" from {_DIRECTORY}, {user} as u inner join {_PEOPLE} as p"
        " on u.org_id = p.org_id and u.principal_id = p.id"
    )


def _remove_user(user: str) -> str:
    return (
        f"select identity.remove_scim_user({_BEGIN}, u.id, u.version + p.version, null)"
        f" from {_DIRECTORY}, {user} as u inner join {_PEOPLE} as p"
        " on u.org_id = p.org_id and u.principal_id = p.id"
    )


def _map(group: str, role: str) -> str:
    return (
        f"select identity.create_scim_mapping({_RULE}, 'fresh', sha256('r'), g.id, '{role}', null, null)"
        f" from {MANAGER}, {group} as g"
    )


def _out_of(group: str, user: str) -> str:
    """Return what takes a user out of a group in this organisation, and leaves it in that of the other one."""
    return free(
        _MEMBERS,
        do=f"delete from {_MEMBERS} where org_id = {HERE} and group_id = {_id(group)} and user_id = {_id(user)}",
    )


def _many(table: str, count: int, columns: str, given: str) -> str:
    """Return what fills a table of the other organisation, in a block of its own: else all of it is shown each time."""
    insert = f"insert into {table} (org_id, {columns}) select {THERE}, {given} from generate_series(1, {count}) as n"
    return free(table, do=f"do $$ begin {insert}; exception when division_by_zero then raise; end $$")


def _is_else(user: str, principal: str) -> str:
    """Return what makes a user be another person in the other organisation."""
    return free(
        _USERS,
        do=f"update {_USERS} set principal_id = {principal} where org_id = {THERE} and id = {_id(user)}",
    )


_ITSELF = f"(select d.principal_id from {_DIRECTORY})"
_BY = ", ".join(3 * [_ITSELF])
# Noor alone manages identity here, by a group; there nobody does.
_LAST_BY_A_GROUP = (
    free(
        _MAPPINGS,
        _ASSIGNMENTS,
        _TOKENS,
        do=f"insert into {_MAPPINGS} (org_id, id, group_id, role, created_by)"
        f" select {HERE}, gen_random_uuid(), g.id, 'org-admin', g.created_by from {_STORES} as g;"
        f" insert into {_ASSIGNMENTS} (org_id, id, principal_id, role, created_by, is_provisioned)"
        f" select {HERE}, gen_random_uuid(), u.principal_id, 'org-admin', u.created_by, true from {_NOOR} as u;"
        f" update {_TOKENS} set revoked_at = clock_timestamp(), revoked_by = created_by"
        " where role = 'org-admin' and revoked_at is null",
    )
    + f"; {nobody_may(THERE)}"
)
_LIN_IS_ELSE_DISABLED = free(
    _PEOPLE,
    do=" ".join(
        f"update {_PEOPLE} set disabled_at = {when}, disabled_by = {who}"
        f" where org_id = {whose} and id = (select u.principal_id from {_LIN} as u);"
        for whose, when, who in ((THERE, "created_at", "created_by"), (HERE, "null", "null"))
    ),
)

# In each of them the directory of either organisation may provision.
SCENES_OF_SCIM = tuple(
    Scene(name, call, f"{_MAY}; {_PLAIN}; {world}")
    for name, call, world in (
        ("a group gets somebody", _update_group(_STORES, added=_id(_HANDED)), "select 1"),
        ("somebody leaves a group", _update_group(_STORES, removed=_id(_NOOR)), "select 1"),
        ("a group is made of somebody", _create_group("'new'", _id(_HANDED)), "select 1"),
        (
            "a group is made of somebody, who is in one elsewhere alone",
            _create_group("'new'", _id(_NOOR)),
            _out_of(_STORES, _NOOR),
        ),
        (
            "a group is made by a name that is taken elsewhere alone",
            _create_group(f"(select x.display_name_key from {_group('Stores', THERE)} as x)"),
            "select 1",
        ),
        (
            "a group gets a name that is taken here alone",
            _update_group(_OURS, f"(select x.display_name_key from {_STORES} as x)"),
            "select 1",
        ),
        (
            "a user is made by a name that is taken elsewhere alone",
            _create_user(f"(select x.user_name_index from {_user('lin', THERE)} as x)"),
            "select 1",
        ),
        (
            "a user gets a name that is taken here alone",
            _update_user(_LIN, is_active=False, index=f"(select x.user_name_index from {_NOOR} as x)"),
            "select 1",
        ),
        ("a user is said anew", _update_user(_LIN, is_active=True), "select 1"),
        (
            "a user is disabled, who is disabled elsewhere",
            _update_user(_LIN, is_active=False),
            _LIN_IS_ELSE_DISABLED,
        ),
        ("a user is removed at its version", _remove_user(_LIN), "select 1"),
        (
            "a user is removed, who is in a group elsewhere alone",
            _remove_user(_NOOR),
            _out_of(_STORES, _NOOR),
        ),
        ("a group gives a role", _map(_STORES, "packer"), "select 1"),
        (
            "a person is handed over by a name that is plain elsewhere alone",
            (
                f"select l.* from {MANAGER} cross join lateral identity.link_scim_user({_RULE}, 'fresh', sha256('r'),"
                f" gen_random_uuid(), {BOB}, 'New', sha256('new'), 'plain', null, null, null) as l"
            ),
            free(
                _USERS,
                do=f"update {_USERS} set user_name_key = 'plain' where org_id = {THERE} and id = {_id(_LIN)}",
            )
            + f"; {_PLAIN}",
        ),
        ("a group gives a role, which is gone here alone", _map(_group("gone", THERE), "packer"), "select 1"),
        (
            "a group gives a role, which provisions elsewhere",
            _map(_STORES, "packer"),
            free(
                "identity.role",
                do=f"update identity.role set permissions = '{{provision}}' where org_id = {THERE} and code = 'packer'",
            ),
        ),
        (
            "a group gives a role, and has somebody elsewhere alone",
            _map(_STORES, "packer"),
            _out_of(_STORES, _NOOR),
        ),
        (
            "a group gives no role any more",
            (
                f"select identity.remove_scim_mapping({_RULE}, x.id, null) from {MANAGER}, {_MAPPINGS} as x"
                f" where x.org_id = {HERE} and x.role = 'auditor' and x.removed_at is null"
            ),
            "select 1",
        ),
        (
            "a group loses the last who manages",
            _update_group(_STORES, removed=_id(_NOOR)),
            _LAST_BY_A_GROUP,
        ),
        (
            "a group gets somebody, who is the directory elsewhere",
            _update_group(_STORES, added=_id(_HANDED)),
            _is_else(_HANDED, _ITSELF),
        ),
        (
            "a group gets somebody, who is elsewhere whom a directory gave something",
            _update_group(_STORES, added=_id(_HANDED)),
            _is_else(_HANDED, BOB)
            + "; "
            + free(
                _ASSIGNMENTS,
                do=f"insert into {_ASSIGNMENTS} (org_id, id, principal_id, role, created_by, is_provisioned)"
                f" select {HERE}, gen_random_uuid(), {BOB}, 'packer', u.created_by, true from {_HANDED} as u",
            ),
        ),
        # The slow ones come last: what others tell is not tried with them.
        (
            "a group gets somebody, which is full elsewhere",
            _update_group(_STORES, added=_id(_HANDED)),
            _many(
                _MEMBERS,
                10_000,
                "group_id, user_id, created_by",
                f"{_id(_STORES)}, gen_random_uuid(), gen_random_uuid()",
            ),
        ),
        (
            "a group is made, where there are too many elsewhere",
            _create_group(),
            _many(
                _GROUPS,
                10_000,
                "display_name, display_name_key, removed_at, id, created_by, updated_by, removed_by",
                f"n, n, now(), gen_random_uuid(), {_BY}",
            ),
        ),
        (
            "a user is made, where there are too many elsewhere",
            _create_user("sha256('new')"),
            _many(
                _USERS,
                100_000,
                "user_name, is_linked, removed_at, id, principal_id, created_by, updated_by, removed_by",
                f"n, false, now(), gen_random_uuid(), gen_random_uuid(), {_BY}",
            ),
        ),
    )
)
