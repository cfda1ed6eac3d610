"""Privacy over HTTP: the record of processing of an organisation."""

from fastapi import APIRouter, Request

from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.ops import privacy
from velaurum.ops.privacy import Installed, OrgAndRegion, ProcessingRecord
from velaurum.tenancy import orgs
from velaurum.webhooks import endpoints

router = APIRouter(prefix="/v1/orgs/{org}/privacy", tags=["privacy"], route_class=StrictRoute)


@router.get("/record", operation_id="getProcessingRecord", openapi_extra=permits("read-assurance"))
def get_processing_record(request: Request, admitted: Admitted, door: Door) -> ProcessingRecord:
    """Get the record of processing: purposes, data, of whom, for how long, who is told, and what guards it."""
    here: Installed = request.app.state.installed
    with door.transaction(admitted) as (tx, org):
        # All of them: no organisation may have more.
        told = endpoints.list_page(tx, org, after="", limit=endpoints.MOST_ENDPOINTS)
        region = orgs.region(tx, org)
    return privacy.record(OrgAndRegion(org.org_id, org.org_code, region), told, here)
