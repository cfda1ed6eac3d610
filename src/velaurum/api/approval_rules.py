"""Approval rules over HTTP."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api.pages import PastOfRecords
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.version_pages import Kept
from velaurum.api.versions import IfMatch, etag
from velaurum.audit import history
from velaurum.audit.history import Version
from velaurum.db.connection import Tx
from velaurum.ledger import approval_rules
from velaurum.ledger.approval_rules import ApprovalRule, ApprovalRuleChange, ApprovalRules, Kind
from velaurum.ledger.outcomes import Actor
from velaurum.tenancy.context import OrgContext

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
def get_approval_rules(
    admitted: Admitted, door: Door, past: PastOfRecords, response: Response
) -> ApprovalRules:
    """Get the rules in force, or those that were, and how they came to be."""
    with door.transaction(admitted) as (tx, org):
        if past.is_set:
            return _at(tx, org, past.resolve(tx, org, None).log_size)
        return etag(response, approval_rules.get(tx, org))


@router.put("", operation_id="replaceApprovalRules", openapi_extra=permits("manage-identity"))
def replace_approval_rules(
    admitted: Admitted, door: Door, version: IfMatch, body: ApprovalRulesBody, response: Response
) -> ApprovalRules:
    """Replace the rules that are still at the version of If-Match."""
    asked = [ApprovalRule(one.kind, one.above) for one in body.rules]
    with door.transaction(admitted) as (tx, org):
        return etag(response, approval_rules.replace(tx, org, version, asked))


def _at(tx: Tx, org: OrgContext, size: int) -> ApprovalRules:
    said = history.list_page(
        tx,
        org,
        SETTINGS.subjects,
        None,
        size=size,
        is_at=False,
        period=history.Period(),
        before=history.LAST,
        limit=history.LAST,
    )
    changes = sorted((_setting(tx, org, one) for one in said), key=lambda one: (-one.version, one.kind))
    newest = {one.kind: one for one in reversed(changes)}
    return ApprovalRules(
        max((one.version for one in changes), default=approval_rules.FIRST_VERSION),
        [ApprovalRule(kind, newest[kind].above) for kind in sorted(newest) if newest[kind].is_required],
        changes[: approval_rules.MOST_CHANGES],
    )


def _setting(_tx: Tx, _org: OrgContext, version: Version) -> ApprovalRuleChange:
    said = version.record
    by = Actor(said["maker_id"], said["maker_kind"], said["maker_name"])
    return ApprovalRuleChange(
        said["version"], said["kind"], said["is_required"], said["above"], said["created_at"], by
    )


SETTINGS = Kept(("approval-rule",), lambda _tx, _org: None, _setting)
