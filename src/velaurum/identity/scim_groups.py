"""Groups of a directory: sets of its users. A group gives what an administrator mapped to it, and nothing by itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity import scim_bodies
from velaurum.identity.scim_filters import Candidates
from velaurum.identity.scim_schemas import MOST_RESULTS, Group, Member, refusal
from velaurum.identity.scim_users import ATTEMPTS, settle, stale, unknown
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "scim_groups.sql")
# In one group; and in all groups of one answer, which has one group at least.
MOST_MEMBERS = 10_000


@dataclass(frozen=True, slots=True)
class GroupHead:
    """One group as it is now, without its members; `size` is how many there are. Instants are RFC 3339, UTC."""

    id: str
    display_name: str
    external_id: str | None
    version: int
    created_at: str
    updated_at: str
    size: int


@dataclass(frozen=True, slots=True)
class ScimGroup:
    """One group with its members, the ids of users; empty as well where they were not asked for."""

    head: GroupHead
    members: Sequence[str]

    @property
    def id(self) -> str:
        return self.head.id

    def resource(self) -> Any:
        """Return the group as SCIM shows it, without addresses, which are the door's to say."""
        return Group(
            id=self.head.id,
            display_name=self.head.display_name,
            external_id=self.head.external_id,
            members=[Member(value=one, ref=None, type="User") for one in self.members] or None,
        )


@dataclass(frozen=True, slots=True)
class _Membership:
    group_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class _Made:
    outcome: str
    id: str | None


def create(tx: Tx, org: OrgContext, body: Mapping[str, Any]) -> ScimGroup:
    """Create a group, which gives nothing yet. Refuses `code-taken`, `invalid-field`, `malformed-json`."""
    asked = scim_bodies.created(Group, body)
    members = _members(tx, org, asked, ())
    made = tx.one(QUERIES["create"], _Made, **asdict(org), **_names(asked), added=sorted(members))
    if made.id is None:
        _settle(made.outcome)
        raise stale()
    return get(tx, org, made.id)


def get(tx: Tx, org: OrgContext, group_id: str, *, with_members: bool = True) -> ScimGroup:
    """Return the group of this id, or refuse `not-found`."""
    head = tx.maybe(QUERIES["get"], GroupHead, org_id=org.org_id, id=group_id)
    if head is None:
        raise unknown()
    return _with_members(tx, org, [head], with_members=with_members)[0]


def find(tx: Tx, org: OrgContext, candidates: Candidates, *, with_members: bool = True) -> list[ScimGroup]:
    """Return those that a filter finds, the oldest first. Refuses `tooMany` above what one answer has."""
    heads = tx.all(
        QUERIES["candidates"],
        GroupHead,
        org_id=org.org_id,
        id=candidates.id,
        external_id=candidates.external_id,
        display_name_key=candidates.display_name_key,
        limit=MOST_RESULTS + 1,
    )
    if len(heads) > MOST_RESULTS or sum(one.size for one in heads) > max(MOST_MEMBERS, _first_size(heads)):
        raise refusal("tooMany", "The filter finds more than one answer has.")
    found = [one for one in _with_members(tx, org, heads) if candidates.match(one.resource())]
    return found if with_members else [ScimGroup(one.head, ()) for one in found]


def list_page(
    tx: Tx, org: OrgContext, *, skipped: int, limit: int, with_members: bool = True
) -> tuple[int, list[ScimGroup]]:
    """Return how many groups there are, and at most `limit` of them after the first `skipped`, the oldest first.

    There may be fewer than that, so that the members of all of them are no more than one group has at most.
    """
    total = tx.value(QUERIES["total"], int, org_id=org.org_id)
    heads = tx.all(QUERIES["list_page"], GroupHead, org_id=org.org_id, skipped=skipped, limit=limit)
    if with_members:
        shown, members = 0, 0
        for head in heads:
            members += head.size
            if shown and members > MOST_MEMBERS:
                break
            shown += 1
        heads = heads[:shown]
    return total, _with_members(tx, org, heads, with_members=with_members)


def replace(
    tx: Tx, org: OrgContext, group_id: str, version: int | None, body: Mapping[str, Any]
) -> ScimGroup:
    """Say a group anew, all of it.

    Refuses `not-found`, `stale-version` unless it is at `version`, `code-taken`, `invalid-field`; and
    `forbidden` or `conflict` where the organisation would lose what it may not.
    """
    return _change(tx, org, group_id, version, lambda _: scim_bodies.replaced(Group, body))


def patch(tx: Tx, org: OrgContext, group_id: str, version: int | None, body: Mapping[str, Any]) -> ScimGroup:
    """Apply the operations of a PATCH, all or none. Refuses as replace() does."""
    return _change(tx, org, group_id, version, lambda group: scim_bodies.patched(group, body))


def remove(tx: Tx, org: OrgContext, group_id: str, version: int | None) -> None:
    """Remove a group, with what it gave. Refuses as replace() does."""
    if not texts.is_uuid(group_id):
        raise unknown()
    if not settle(tx.value(QUERIES["remove"], str, **asdict(org), id=group_id, version=version)):
        raise stale()


def _change(
    tx: Tx, org: OrgContext, group_id: str, version: int | None, say: Callable[[Any], Any]
) -> ScimGroup:
    for _ in range(ATTEMPTS):
        group = get(tx, org, group_id)
        if version is not None and version != group.head.version:
            raise stale()
        before = group.resource()
        asked = say(before)
        members = _members(tx, org, asked, group.members)
        added, removed = members - set(group.members), set(group.members) - members
        names = _names(asked)
        if not added and not removed and names == _names(before):
            return group
        outcome = tx.value(
            QUERIES["update"],
            str,
            **asdict(org),
            **names,
            id=group.id,
            version=group.head.version,
            added=sorted(added),
            removed=sorted(removed),
        )
        if _settle(outcome):
            return get(tx, org, group.id)
    raise stale()


def _settle(outcome: str) -> bool:
    if outcome == "unknown":
        raise refusal(
            "invalidValue", f"There is no such user, or there are more than {MOST_MEMBERS} of them."
        )
    if outcome == "taken":
        raise refusal("uniqueness", "Another group has this displayName.")
    return settle(outcome)


def _members(tx: Tx, org: OrgContext, asked: Any, known: Iterable[str]) -> set[str]:
    """Return the users that are to be in a group; those that are in it are not looked up again."""
    named = {str(one.value or "").lower() for one in asked.members or ()}
    new = sorted(named - set(known))
    if len(named) > MOST_MEMBERS:
        raise refusal("invalidValue", f"A group has {MOST_MEMBERS} members at most.")
    if new:
        ids = [one for one in new if texts.is_uuid(one)]
        found = tx.values(QUERIES["known"], str, org_id=org.org_id, ids=ids)
        if len(found) < len(new):
            raise Refusal(
                "invalid-field",
                "There is no such user. At members.value.",
                extra={"scimType": "invalidValue"},
            )
    return named


def _names(group: Any) -> dict[str, str | None]:
    display_name = scim_bodies.required(group.display_name, "displayName")
    return {
        "display_name": display_name,
        "display_name_key": scim_bodies.key(display_name, "displayName"),
        "external_id": scim_bodies.text(group.external_id, "externalId"),
    }


def _with_members(
    tx: Tx, org: OrgContext, heads: Sequence[GroupHead], *, with_members: bool = True
) -> list[ScimGroup]:
    members: dict[str, list[str]] = {one.id: [] for one in heads}
    if with_members and heads:
        for row in tx.all(QUERIES["members"], _Membership, org_id=org.org_id, group_ids=list(members)):
            members[row.group_id].append(row.user_id)
    return [ScimGroup(one, members[one.id]) for one in heads]


def _first_size(heads: Sequence[GroupHead]) -> int:
    return heads[0].size if heads else 0
