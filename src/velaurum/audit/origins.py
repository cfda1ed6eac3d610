"""Origins: the names of logs, which their checkpoints begin with."""

from velaurum.tenancy.context import OrgId


def of_org(name: str, org_id: OrgId, incarnation: int) -> str:
    """Return the name of an organisation's log in one incarnation of the database."""
    return f"{name}/org/{org_id}/{incarnation}"
