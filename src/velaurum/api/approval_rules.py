"""Approval rules over HTTP."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.versions import IfMatch, etag
from velaurum.ledger import approval_rules
from velaurum.ledger.approval_rules import ApprovalRule, ApprovalRules, Kind

router = APIRouter(prefix="/v1/orgs/{org}/approval-rules", tags=["approvals"], route_class=StrictRoute)


class NewApprovalRule(BaseModel):
    """Movements of a kind need an approval: those above a quantity, or all of them."""

    model_config = ConfigDict(extra="forbid", strict=True)
    kind: Kind
    above: str | None = None


class ApprovalRulesBody(BaseModel):
    """Every rule that is to be in force; a kind that is left out needs no approval."""

    model_config = ConfigDict(extra="forbid", strict=True)
    rules: list[NewApprovalRule]


@router.get("", operation_id="getApprovalRules", openapi_extra=permits("read"))
def get_approval_rules(admitted: Admitted, door: Door, response: Response) -> ApprovalRules:
    """Get the rules in force, and how they came to be."""
    with door.transaction(admitted) as (tx, org):
        return etag(response, approval_rules.get(tx, org))


@router.put("", operation_id="replaceApprovalRules", openapi_extra=permits("manage-identity"))
def replace_approval_rules(
    admitted: Admitted, door: Door, version: IfMatch, body: ApprovalRulesBody, response: Response
) -> ApprovalRules:
    """Replace the rules that are still at the version of If-Match."""
    asked = [ApprovalRule(one.kind, one.above) for one in body.rules]
    with door.transaction(admitted) as (tx, org):
        return etag(response, approval_rules.replace(tx, org, version, asked))
