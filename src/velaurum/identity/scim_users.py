"""Users of a directory: each is a person of the organisation, made by it or handed over by an administrator."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from velaurum import ids
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity import principals, scim_bodies
from velaurum.identity.scim_filters import Candidates
from velaurum.identity.scim_schemas import MOST_RESULTS, FullUser, Membership, refusal
from velaurum.keys import person_names
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "scim_users.sql")
# Whoever comes second finds the lock taken by the first, and keeps it from then on.
ATTEMPTS = 3
# What stands in columns of its own, or is the service's to say.
_APART = frozenset(("schemas", "id", "externalId", "meta", "userName", "active", "groups"))


@dataclass(frozen=True, slots=True)
class ScimUser:
    """One user as it is now; `attributes` by their SCIM names, instants in RFC 3339, UTC."""

    id: str
    user_name: str
    external_id: str | None
    principal_id: str
    name: Annotated[str | None, PersonName("principal_id")]
    attributes: Mapping[str, Any]
    is_active: bool
    version: int
    created_at: str
    updated_at: str
    group_ids: list[str]

    def resource(self) -> Any:
        """Return the user as SCIM shows it, without addresses, which are the door's to say."""
        resource = FullUser.model_validate(
            {**self.attributes, "userName": self.user_name, "externalId": self.external_id}
        )
        resource.id, resource.active = self.id, self.is_active
        resource.groups = [Membership(value=one, ref=None, type="direct") for one in self.group_ids] or None
        return resource


def create(tx: Tx, org: OrgContext, keyring: Keyring, body: Mapping[str, Any]) -> ScimUser:
    """Create a user, and a person who may do nothing yet.

    Refuses `code-taken`, `invalid-field`, `malformed-json`, `key-unavailable`.
    """
    asked = _columns(scim_bodies.created(FullUser, body, active=True))
    person_id = ids.new()
    name = person_names.seal(tx, org.org_id, keyring, person_id, person_names.PERSON, asked["name"])
    made = tx.values(
        QUERIES["create"], str, **asdict(org), **{**asked, "name": name, "principal_id": person_id}
    )
    if not made:
        raise _taken()
    return get(tx, org, made[0])


def get(tx: Tx, org: OrgContext, user_id: str) -> ScimUser:
    """Return the user of this id, or refuse `not-found`."""
    user = tx.maybe(QUERIES["get"], ScimUser, org_id=org.org_id, id=user_id)
    if user is None:
        raise unknown()
    return user


def find(tx: Tx, org: OrgContext, candidates: Candidates) -> list[ScimUser]:
    """Return those that a filter finds, the oldest first. Refuses `tooMany` above what one answer has."""
    found = tx.all(
        QUERIES["candidates"],
        ScimUser,
        org_id=org.org_id,
        id=candidates.id,
        external_id=candidates.external_id,
        user_name_key=candidates.user_name_key,
        display_name_key=candidates.display_name_key,
        limit=MOST_RESULTS + 1,
    )
    if len(found) > MOST_RESULTS:
        raise refusal("tooMany", f"The filter finds more than {MOST_RESULTS}.")
    return [one for one in found if candidates.match(one.resource())]


def list_page(tx: Tx, org: OrgContext, *, skipped: int, limit: int) -> tuple[int, list[ScimUser]]:
    """Return how many users there are, and at most `limit` of them after the first `skipped`, the oldest first."""
    total = tx.value(QUERIES["total"], int, org_id=org.org_id)
    return total, tx.all(QUERIES["list_page"], ScimUser, org_id=org.org_id, skipped=skipped, limit=limit)


def replace(
    tx: Tx, org: OrgContext, keyring: Keyring, user_id: str, version: int | None, body: Mapping[str, Any]
) -> ScimUser:
    """Say a user anew, all of it; `active` stays where the body does not say it.

    Refuses `not-found`, `stale-version` unless it is at `version`, `code-taken`, `invalid-field`, `forbidden`,
    `key-unavailable`.
    """
    return _change(
        tx,
        org,
        keyring,
        user_id,
        version,
        lambda user: scim_bodies.replaced(FullUser, body, active=user.active),
    )


def patch(
    tx: Tx, org: OrgContext, keyring: Keyring, user_id: str, version: int | None, body: Mapping[str, Any]
) -> ScimUser:
    """Apply the operations of a PATCH, all or none. Refuses as replace() does."""
    return _change(tx, org, keyring, user_id, version, lambda user: scim_bodies.patched(user, body))


def remove(tx: Tx, org: OrgContext, user_id: str, version: int | None) -> None:
    """Remove a user: its person is disabled, and what was said of it is forgotten. Refuses as replace() does."""
    get(tx, org, user_id)
    if not settle(tx.value(QUERIES["remove"], str, **asdict(org), id=user_id, version=version)):
        raise stale()


def settle(outcome: str) -> bool:
    """Tell whether a change was made, or has to be tried anew; refuse what it ended with otherwise."""
    if outcome == "gone":
        raise unknown()
    if outcome == "taken":
        raise _taken()
    return outcome == "done"


def unknown() -> Refusal:
    """Say that a path names no user."""
    return Refusal("not-found", "There is no such resource.")


def stale() -> Refusal:
    """Say that a record is not at the version that was read."""
    return Refusal("stale-version", "The resource changed since it was read; read it again.")


def _change(
    tx: Tx,
    org: OrgContext,
    keyring: Keyring,
    user_id: str,
    version: int | None,
    say: Callable[[Any], Any],
) -> ScimUser:
    for _ in range(ATTEMPTS):
        user = get(tx, org, user_id)
        if version is not None and version != user.version:
            raise stale()
        before = user.resource()
        said = say(before)
        asked = _columns(said, user.name)
        if asked == _columns(before, user.name):
            return user
        stays = asked["name"] == user.name or (user.name is None and _called(said) in (None, _called(before)))
        named = {**asked, "name": None if stays else _sealed(tx, org, keyring, user, asked["name"])}
        outcome = tx.value(QUERIES["update"], str, **asdict(org), id=user.id, version=user.version, **named)
        if settle(outcome):
            return get(tx, org, user.id)
    raise stale()


def _sealed(tx: Tx, org: OrgContext, keyring: Keyring, user: ScimUser, name: str) -> str:
    return person_names.seal(tx, org.org_id, keyring, user.principal_id, person_names.PERSON, name)


def _attributes(user: Any) -> scim_bodies.Json:
    return scim_bodies.tidied(
        {name: value for name, value in user.model_dump().items() if name not in _APART}
    )


def _called(user: Any) -> str | None:
    """Return what the directory says that somebody is called."""
    attributes = _attributes(user)
    name = attributes.get("name", {})
    parts = " ".join(name[part] for part in ("givenName", "familyName") if part in name)
    return attributes.get("displayName") or name.get("formatted") or parts or None


def _columns(user: Any, name_before: str | None = None) -> dict[str, Any]:
    """Return what is kept of a user. Its person keeps its name where the directory says none."""
    user_name = scim_bodies.required(user.user_name, "userName")
    attributes = _attributes(user)
    display_name = attributes.get("displayName")
    shown = _called(user) or name_before or user_name
    return {
        "user_name": user_name,
        "user_name_key": scim_bodies.key(user_name, "userName"),
        "display_name_key": scim_bodies.key(display_name, "displayName") if display_name else None,
        "external_id": scim_bodies.text(user.external_id, "externalId"),
        "name": shown[: principals.LONGEST_NAME].rstrip(),
        "attributes": attributes,
        "is_active": bool(user.active),
    }


def _taken() -> Refusal:
    return refusal("uniqueness", "Another user has this userName.")
