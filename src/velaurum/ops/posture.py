"""How an installation stands, asked at the operator's own hand."""

from velaurum.config import Settings
from velaurum.db import external, witness
from velaurum.errors import OperationError, Refusal
from velaurum.ops import attestation, installation
from velaurum.ops.attestation import OrgRef, Period, TenancyReport
from velaurum.tenancy import access_events, orgs


def tenancy(settings: Settings, org_code: str | None, period: Period) -> TenancyReport:
    """Attest one organisation, or the whole installation. Refuses `not-found`; OperationError without a database."""
    with installation.opened(settings) as place:
        with installation.door(place) as door, door.installation() as tx:
            chosen = [one for one in orgs.list_all(tx) if org_code in (None, one.code)]
            if org_code is not None and not chosen:
                raise Refusal("not-found", f"There is no organisation {org_code}.")
            totals = [
                access_events.totals(tx.within(one.org_id), one.org_id, period.from_at, period.to_at)
                for one in chosen
            ]
        # Only now are this command's own statements recorded.
        compared, rules = attestation.examine(place.app_conninfo)
    org = None if org_code is None else OrgRef(chosen[0].org_id, chosen[0].code)
    return attestation.report(org, period, totals, compared, rules)


def restart(settings: Settings) -> None:
    """Let the server's counting begin anew. OperationError while Velaurum runs, or when nobody here is a superuser."""
    with installation.opened(settings) as place:
        if place.admin_conninfo is None:
            raise OperationError("Only the administrator of the database can; use that URL.")
        with external.connected(place.admin_conninfo) as connection:
            witness.restart(connection)
