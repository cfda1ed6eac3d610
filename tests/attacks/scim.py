"""Attacks on what a directory keeps: a group that nobody made, a role that nobody mapped, a user that is gone."""

from attacks.attack import GOES_THROUGH, NO_RIGHT, REFUSED_BY_TRIGGER, Attack
from attacks.identity import AS_OPERATOR

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

SCIM_ATTACKS = (
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
