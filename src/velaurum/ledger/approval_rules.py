"""Approval rules: which kinds of movements need a second person, and above which quantity. No version is ever lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.ledger.outcomes import Actor
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "approval_rules.sql")
Kind = Literal["opening", "adjustment", "scrap", "return", "reversal"]
MOST_CHANGES = 200
FIRST_VERSION = 1


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Movements of a kind need an approval: those above a quantity, or all of them where `above` is null."""

    kind: Kind
    above: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovalRuleChange:
    """One kind as it was set in one version, by whom; `at` is RFC 3339 in UTC."""

    version: int
    kind: Kind
    is_required: bool
    above: str | None
    at: str
    by: Actor


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """The rules in force, and the newest changes that led to them."""

    version: int
    rules: list[ApprovalRule]
    changes: list[ApprovalRuleChange]


@dataclass(frozen=True, slots=True)
class _Change:
    version: int
    kind: Kind
    is_required: bool
    above: str | None
    at: str
    actor_id: str
    actor_kind: str
    actor_name: Annotated[str | None, PersonName("actor_id")]


def get(tx: Tx, org: OrgContext) -> ApprovalRules:
    """Return the rules in force."""
    changes = tx.all(QUERIES["changes"], _Change, org_id=org.org_id, limit=MOST_CHANGES)
    return ApprovalRules(
        tx.value(QUERIES["version"], int, org_id=org.org_id),
        tx.all(QUERIES["in_force"], ApprovalRule, org_id=org.org_id),
        [
            ApprovalRuleChange(
                one.version,
                one.kind,
                one.is_required,
                one.above,
                one.at,
                Actor(one.actor_id, one.actor_kind, one.actor_name),
            )
            for one in changes
        ],
    )


def replace(tx: Tx, org: OrgContext, version: int, rules: Sequence[ApprovalRule]) -> ApprovalRules:
    """Put these rules in force, and no others, if the set is still at `version`.

    Refuses `invalid-field`, `forbidden` for a credential of a department, and `stale-version`. Every
    posting is before it or under it.
    """
    if errors := _errors(rules):
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    if org.sub_org_ids is not None:
        raise Refusal(
            "forbidden", "The rules are the whole organisation's; this credential is of a department."
        )
    is_replaced = tx.value(
        QUERIES["replace"],
        bool,
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        version=version,
        rules={rule.kind: rule.above for rule in rules},
    )
    found = get(tx, org)
    if not is_replaced:
        raise Refusal("stale-version", f"The rules are at version {found.version} now; read them again.")
    return found


def _errors(rules: Sequence[ApprovalRule]) -> list[FieldError]:
    errors: list[FieldError] = []
    for n, rule in enumerate(rules):
        if rule.above is not None:
            errors += texts.field(f"/rules/{n}/above", texts.quantity_problem(rule.above))
        if rule.kind in {before.kind for before in rules[:n]}:
            errors += texts.field(f"/rules/{n}/kind", "A kind has one rule.")
    return errors
