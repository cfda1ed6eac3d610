"""Users of a directory: each is a person of the organisation, made by it or handed over by an administrator.

What is said of them is sealed for them, and a directory gets all of it back or `key-unavailable`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from velaurum import ids
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity import principals, scim_bodies, scim_texts
from velaurum.identity.scim_filters import Candidates
from velaurum.identity.scim_schemas import MOST_RESULTS, FullUser, Membership, refusal
from velaurum.identity.scim_texts import TABLE
from velaurum.keys import blind_indexes, person_names
from velaurum.keys.at_hand import at_hand
from velaurum.keys.blind_indexes import DISPLAY_NAMES, EXTERNAL_IDS, USER_NAMES
from velaurum.keys.keyring import Keyring
from velaurum.keys.refusing import unavailable
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "scim_users.sql")
# Whoever comes second finds the lock taken by the first, and keeps it from then on.
ATTEMPTS = 3
# What stands in columns of its own, or is the service's to say.
_APART = frozenset(("schemas", "id", "externalId", "meta", "userName", "active", "groups"))


@dataclass(frozen=True, slots=True)
class ScimUser:
    """One user as it is now; `attributes` is JSON, by their SCIM names, instants in RFC 3339, UTC.

    `told` is how many texts it has, opened or not; `is_plain` where it is from before they were sealed.
    """

    id: str
    user_name: Annotated[str | None, PersonName("principal_id", (TABLE, scim_texts.USER_NAME, "id"))]
    external_id: Annotated[str | None, PersonName("principal_id", (TABLE, scim_texts.EXTERNAL_ID, "id"))]
    principal_id: str
    name: Annotated[str | None, PersonName("principal_id")]
    attributes: Annotated[str | None, PersonName("principal_id", (TABLE, scim_texts.ATTRIBUTES, "id"))]
    told: int
    is_plain: bool
    is_active: bool
    version: int
    created_at: str
    updated_at: str
    group_ids: list[str]

    def resource(self) -> Any:
        """Return the user as SCIM shows it, without addresses, which are the door's to say."""
        resource = FullUser.model_validate(
            {
                **scim_texts.decoded(self.attributes),
                "userName": self.user_name,
                "externalId": self.external_id,
            }
        )
        resource.id, resource.active = self.id, self.is_active
        resource.groups = [Membership(value=one, ref=None, type="direct") for one in self.group_ids] or None
        return resource


@dataclass(frozen=True, slots=True, repr=False)
class _Asked:
    """What a body asks for: what is said of the user, how its name is compared, and what its person is called."""

    said: scim_texts.Said
    user_name_key: str
    name: str
    is_active: bool


def create(tx: Tx, org: OrgContext, keyring: Keyring, body: Mapping[str, Any]) -> ScimUser:
    """Create a user, and a person who may do nothing yet.

    Refuses `code-taken`, `invalid-field`, `malformed-json`, `key-unavailable`.
    """
    asked = _asked(scim_bodies.created(FullUser, body, active=True))
    user_id, person_id = ids.new(), ids.new()
    given = {
        **scim_texts.sealed(tx, org, keyring, user_id, person_id, asked.said),
        "name": person_names.seal(tx, org.org_id, keyring, person_id, person_names.PERSON, asked.name),
        "user_name_key": typed(tx, org, asked.user_name_key),
        "is_active": asked.is_active,
    }
    if not tx.value(QUERIES["create"], bool, **asdict(org), **given, id=user_id, principal_id=person_id):
        raise _taken()
    return get(tx, org, user_id)


def get(tx: Tx, org: OrgContext, user_id: str) -> ScimUser:
    """Return the user of this id, or refuse `not-found` or `key-unavailable`."""
    user = tx.maybe(QUERIES["get"], ScimUser, org_id=org.org_id, id=user_id)
    if user is None:
        raise unknown()
    return _whole([user])[0]


def find(tx: Tx, org: OrgContext, keyring: Keyring, candidates: Candidates) -> list[ScimUser]:
    """Return those that a filter finds, the oldest first.

    Refuses `tooMany` above what one answer has, and `key-unavailable`.
    """
    sought = {
        "external_id": (EXTERNAL_IDS, candidates.external_id),
        "user_name": (USER_NAMES, candidates.user_name_key),
        "display_name": (DISPLAY_NAMES, candidates.display_name_key),
    }
    found = tx.all(
        QUERIES["candidates"],
        ScimUser,
        org_id=org.org_id,
        id=candidates.id,
        external_id=typed(tx, org, candidates.external_id),
        user_name_key=typed(tx, org, candidates.user_name_key),
        display_name_key=typed(tx, org, candidates.display_name_key),
        **{
            f"{name}_index": None
            if text is None
            else blind_indexes.sought(tx, org.org_id, keyring, index, text)
            for name, (index, text) in sought.items()
        },
        limit=MOST_RESULTS + 1,
    )
    if len(found) > MOST_RESULTS:
        raise refusal("tooMany", f"The filter finds more than {MOST_RESULTS}.")
    return [one for one in _whole(found) if candidates.match(one.resource())]


def list_page(tx: Tx, org: OrgContext, *, skipped: int, limit: int) -> tuple[int, list[ScimUser]]:
    """Return how many users there are, and at most `limit` of them after the first `skipped`, the oldest first.

    Refuses `key-unavailable`.
    """
    total = tx.value(QUERIES["total"], int, org_id=org.org_id)
    found = tx.all(QUERIES["list_page"], ScimUser, org_id=org.org_id, skipped=skipped, limit=limit)
    return total, _whole(found)


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
    """Remove a user: its person is disabled, and what was said of it is forgotten. It needs no key.

    Refuses as replace() does otherwise.
    """
    if not settle(tx.value(QUERIES["remove"], str, **asdict(org), id=user_id, version=version)):
        raise stale()


def settle(outcome: str) -> bool:
    """Tell whether a change was made, or has to be tried anew; refuse what it ended with otherwise."""
    if outcome == "gone":
        raise unknown()
    if outcome == "taken":
        raise _taken()
    return outcome == "done"


def typed(tx: Tx, org: OrgContext, text: str | None) -> str | None:
    """Return a text to be compared with those from before, which have no index; None where there is none of these."""
    is_asked = text is not None and tx.value(QUERIES["any_plain"], bool, org_id=org.org_id)
    return text if is_asked else None


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
    for attempt in range(ATTEMPTS):
        user = get(tx, org, user_id)
        if version is not None and version != user.version:
            raise stale()
        before = user.resource()
        said = say(before)
        asked, known = _asked(said, user.name), _asked(before, user.name)
        if asked == known:
            return user
        stays = asked.name == user.name or (user.name is None and _called(said) in (None, _called(before)))
        # Who comes again holds the head, and lets nobody wait for a provider.
        keys = at_hand(keyring) if attempt else keyring
        which = [
            one
            for one in scim_texts.ALL
            if user.is_plain or getattr(asked.said, one) != getattr(known.said, one)
        ]
        given = {
            **scim_texts.sealed(tx, org, keys, user.id, user.principal_id, asked.said, which),
            "said": which,
            "user_name_key": typed(tx, org, asked.user_name_key) if "user_name" in which else None,
            "name": None if stays else _sealed(tx, org, keys, user, asked.name),
            "is_active": asked.is_active,
        }
        outcome = tx.value(QUERIES["update"], str, **asdict(org), id=user.id, version=user.version, **given)
        if settle(outcome):
            return get(tx, org, user.id)
    raise stale()


def _whole(users: list[ScimUser]) -> list[ScimUser]:
    """Return users that are whole: a directory would take what does not open for what is not there."""
    for one in users:
        if one.told != sum(text is not None for text in (one.user_name, one.external_id, one.attributes)):
            raise unavailable("what the directory says is sealed under it")
    return users


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


def _asked(user: Any, name_before: str | None = None) -> _Asked:
    """Return what is kept of a user. Its person keeps its name where the directory says none."""
    user_name = scim_bodies.required(user.user_name, "userName")
    attributes = _attributes(user)
    if display_name := attributes.get("displayName"):
        scim_bodies.key(display_name, "displayName")
    shown = _called(user) or name_before or user_name
    return _Asked(
        scim_texts.Said(user_name, scim_bodies.text(user.external_id, "externalId"), attributes),
        scim_bodies.key(user_name, "userName"),
        shown[: principals.LONGEST_NAME].rstrip(),
        bool(user.active),
    )


def _taken() -> Refusal:
    return refusal("uniqueness", "Another user has this userName.")
