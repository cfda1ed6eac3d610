"""The scenes of somebody who reads what a record was, and meets what it was elsewhere."""

from proof.scenes import Scene
from proof.worlds import HERE, THERE, free

SCENES_OF_HISTORY = (
    Scene(
        "a record is read that was removed elsewhere",
        f"select audit.record_at({HERE}, 'item', i.id, 100000, null) from catalog.item as i where i.org_id = {HERE}"
        " order by i.code limit 1",
        free(
            "audit.version",
            do="update audit.version set action = 'removed', log_index = log_index + 50000"
            f" where org_id = {THERE} and subject = 'item'",
        ),
    ),
    Scene(
        "what somebody is called is read, who is called otherwise elsewhere",
        f"select audit.record_of({HERE}, v.change_id) from audit.version as v"
        f" where v.org_id = {HERE} and v.subject = 'principal' order by v.log_index limit 3",
        free(
            "audit.personal_value",
            do="insert into audit.personal_value select org_id, change_id, 'alias', salt, value"
            f" from audit.personal_value where org_id = {THERE} and name = 'name'",
        ),
    ),
    Scene(
        "a principal is read that was called otherwise elsewhere, and later",
        f"select audit.principal_at({HERE}, p.id, 100000) from identity.principal as p where p.org_id = {HERE}"
        " order by p.id limit 3",
        free(
            "audit.version",
            do="update audit.version set log_index = log_index + 50000"
            f" where org_id = {THERE} and subject = 'principal'",
        ),
    ),
)

# The log of the twin ends before that of this one, whose approval is used by a movement that is another one there.
_USED_ELSEWHERE = free(
    "ledger.movement",
    do="update ledger.movement as m set id = u.id from ledger.movement as u"
    f" where u.org_id = {HERE} and u.approval_id is not null and m.org_id = {THERE}"
    f" and m.log_index = (select min(x.log_index) from ledger.movement as x where x.org_id = {THERE})",
)
_EXPIRED_AT_THE_END = free(
    "ledger.approval_request",
    do="update ledger.approval_request as r set expires_at = h.recorded_at from ledger.head as h"
    f" where r.org_id = {HERE} and h.org_id = r.org_id",
)

# What a statement that reads the past meets elsewhere, and no story leaves.
WORLDS_OF_HISTORY = {"ledger.approvals.at": f"{_USED_ELSEWHERE}; {_EXPIRED_AT_THE_END}"}
