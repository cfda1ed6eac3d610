"""Origins: the names of logs, which their checkpoints begin with."""

from velaurum.tenancy.context import OrgId

_ORG = "/org/"


def of_org(name: str, org_id: OrgId, incarnation: int) -> str:
    """Return the name of an organisation's log in one incarnation of the database."""
    return f"{name}{_ORG}{org_id}/{incarnation}"


def parse(name: str, origin: str) -> tuple[OrgId, int] | None:
    """Return whose log this is and in which incarnation, or None when it is no organisation's of this installation."""
    org_id, _, number = origin.removeprefix(f"{name}{_ORG}").partition("/")
    if not number.isdecimal() or of_org(name, OrgId(org_id), int(number)) != origin:
        return None
    return OrgId(org_id), int(number)
