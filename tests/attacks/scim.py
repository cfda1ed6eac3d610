"""Attacks on what a directory keeps: a group that nobody made, a role that nobody mapped, a user that is gone."""

from attacks.attack import CONSTRAINT, GOES_THROUGH, NO_RIGHT, REFUSED_BY_TRIGGER, Attack
from attacks.identity import AS_OPERATOR
from attacks.passwords import KEY_OF_ALL, OWN_KEY, SEALED, SEALED_FOR_ALL

_GROUP = """
insert into identity.scim_group (org_id, id, display_name, display_name_key, created_by, updated_by)
select p.org_id, '00000000-0000-4000-8000-000000000003', 'planted', 'planted', p.id, p.id
from identity.principal as p where p.created_by = p.id and p.org_id = current_setting('velaurum.org')::uuid
"""
_MAPPING = """
insert into identity.scim_mapping (org_id, id, group_id, role, created_by)
select g.org_id, gen_random_uuid(), g.id, 'org-admin', g.created_by
from identity.scim_group as g where g.display_name = 'planted'
"""

# A person of the directory: `said` are columns beside the sealed user name, and `values` what they have.
_USER = """
insert into identity.scim_user (
    org_id, id, principal_id, user_name, user_name_index, is_linked, created_by, updated_by{said}
)
select p.org_id, '00000000-0000-4000-8000-000000000004', p.id, {name}, {index}, true, p.id, p.id{values}
from identity.principal as p where p.name = 'poster' and p.org_id = current_setting('velaurum.org')::uuid
"""


def _user(name: str = SEALED, index: str = "sha256('planted')", said: str = "", values: str = "") -> str:
    return _USER.format(name=name, index=index, said=said, values=values)


_PLANTED = (AS_OPERATOR, *OWN_KEY, _user())
_ERASED = (
    "update keys.data_key set state = 'erased', wrapped = null, ended_at = clock_timestamp()"
    " where id = '00000000-0000-4000-8000-000000000006'"
)
_UNFOUND = "update identity.scim_user set user_name_index = null"
_PLAIN = (NO_RIGHT, CONSTRAINT, CONSTRAINT)

SCIM_ATTACKS = (
    Attack(
        "INSERT a user of a directory whose name is plain",
        (AS_OPERATOR, _user("'planted'")),
        _PLAIN,
        caught_by="grants, triggers",
    ),
    *(
        Attack(
            f"INSERT a user of a directory with {what} in plain",
            (AS_OPERATOR, *OWN_KEY, _user(said=f", {column}", values=f", {value}")),
            _PLAIN,
            caught_by="grants, triggers",
        )
        for what, column, value in (
            ("an external id", "external_id", "'planted'"),
            ("attributes", "attributes", """'{"title": "planted"}'"""),
            ("a digest of attributes", "attributes_digest", "repeat('0', 64)"),
            ("the form of a name", "user_name_key", "'planted'"),
        )
    ),
    Attack(
        "INSERT a user of a directory under another key than its person's",
        (AS_OPERATOR, *KEY_OF_ALL, _user(SEALED_FOR_ALL)),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT a user of a directory whom nobody finds",
        (AS_OPERATOR, *OWN_KEY, _user(index="null")),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT a user of a directory in somebody's name",
        _PLANTED,
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        "select exists (select from audit.change as c where c.subject = 'scim-user')",
        "the record of changes: a line that cannot be taken away says who was handed over, and whose name was used",
    ),
    Attack(
        "UPDATE a user of a directory to a plain name",
        (*_PLANTED, "update identity.scim_user set user_name = 'planted'"),
        _PLAIN,
        caught_by="grants, triggers",
    ),
    Attack(
        "UPDATE the index of a user of a directory, and not what it is of",
        (*_PLANTED, "update identity.scim_user set user_name_index = sha256('mine')"),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE the index of who was erased back",
        (*_PLANTED, _ERASED, _UNFOUND, "update identity.scim_user set user_name_index = sha256('planted')"),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE who was erased to be called something again",
        (
            *_PLANTED,
            _ERASED,
            _UNFOUND,
            "update identity.scim_user set user_name = 'erased-' || id",
            "update identity.scim_user set user_name = 'planted'",
        ),
        _PLAIN,
        caught_by="grants, triggers",
    ),
    Attack("INSERT a group of a directory, saying nothing", (_GROUP,), REFUSED_BY_TRIGGER),
    Attack(
        "INSERT a mapping in somebody's name",
        (AS_OPERATOR, _GROUP, _MAPPING),
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        "select exists (select from audit.change as c where c.subject = 'scim-mapping')",
        "the record of changes: a line that cannot be taken away says what the group gives, and whose name was used",
    ),
    Attack("DELETE a user of a directory", ("delete from identity.scim_user",), REFUSED_BY_TRIGGER),
    Attack("DELETE a group of a directory", ("delete from identity.scim_group",), REFUSED_BY_TRIGGER),
    Attack("DELETE a mapping", ("delete from identity.scim_mapping",), REFUSED_BY_TRIGGER),
)
