"""Scenes of counts: whose hand is whose, and who counted, in one organisation and not in the other."""

from proof.scenes import DEPARTMENT, PASSER_BY, Scene
from proof.worlds import HERE, THERE, free

_APPROVER = (
    "(select c.approved_by, c.approved_with from counting.count as c"
    " where c.org_id = {whose} and c.code = 'APPROVED')"
)
_CORA = _APPROVER.format(whose=HERE)
POST_COUNT = (
    f"select counting.post_count({HERE}, t.principal_id, t.id, gen_random_uuid(), c.id)"
    f" from counting.count as c cross join {PASSER_BY} where c.org_id = {HERE} and c.code = 'APPROVED'"
)
_APPROVE = (
    f"select counting.approve_count({HERE}, a.approved_by, a.approved_with, gen_random_uuid(), c.id)"
    f" from counting.count as c cross join {_CORA} as a where c.org_id = {HERE} and c.code = 'COUNTED'"
)


def _made_by(maker: str, which: str) -> str:
    return free(
        "identity.token",
        do=f"update identity.token set created_by = {maker} where org_id = {HERE} and {which}",
    )


_COUNTED_BY = (
    "(select l.actor_id from counting.count_line as l where l.org_id = {whose} order by l.number limit 1)"
)
_BY_DEPARTMENT = (
    f"select counting.approve_count({HERE}, t.principal_id, t.id, gen_random_uuid(), c.id)"
    " from counting.count as c cross join (select x.principal_id, x.id from identity.token as x"
    f" where x.org_id = {HERE} and x.role = 'controller' and x.sub_org_id = {DEPARTMENT} order by x.id limit 1) as t"
    f" where c.org_id = {HERE} and c.code = 'COUNTED'"
)
SCENES_OF_COUNTS = (
    Scene(
        "a count is approved by who reaches its place in the other organisation alone",
        _BY_DEPARTMENT,
        free(
            "catalog.location",
            do="update catalog.location set sub_org_id = (select d.id from tenancy.sub_org as d"
            f" where d.org_id = {THERE} and d.code = 'DEPARTMENT') where org_id = {THERE} and code = 'A'",
        ),
    ),
    Scene("a count is posted by another hand", POST_COUNT),
    Scene(
        "a count is posted with a credential that its approver made",
        POST_COUNT,
        _made_by(f"(select a.approved_by from {_CORA} as a)", "role = 'storekeeper'"),
    ),
    Scene(
        "a count is posted by who made the credential that approved it",
        POST_COUNT,
        _made_by(
            f"(select t.principal_id from {PASSER_BY})", f"id = (select a.approved_with from {_CORA} as a)"
        ),
    ),
    Scene("a count is approved", _APPROVE),
    Scene(
        "a count is approved by who made a credential that counted",
        _APPROVE,
        _made_by(f"(select a.approved_by from {_CORA} as a)", "role = 'counter'"),
    ),
    Scene(
        "a count is approved with a credential that a counter made",
        _APPROVE,
        _made_by(
            _COUNTED_BY.format(whose=HERE).replace(
                "order by",
                "and l.count_id = (select c.id from counting.count as c"
                f" where c.org_id = {HERE} and c.code = 'COUNTED') order by",
            ),
            f"id = (select a.approved_with from {_CORA} as a)",
        ),
    ),
    Scene(
        "a count is approved by who counted in the other organisation",
        _APPROVE,
        free(
            "counting.count_line",
            do=f"update counting.count_line set actor_id = (select a.approved_by from {_APPROVER.format(whose=THERE)}"
            f" as a) where org_id = {THERE}",
        ),
    ),
)
