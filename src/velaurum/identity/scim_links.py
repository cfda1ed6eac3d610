"""Links: whom an administrator hands over to the directory, and takes out of its hands again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from velaurum import canonical, ids, texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.identity import scim_texts, scim_users
from velaurum.identity.principals import REPEATS
from velaurum.identity.scim_bodies import LONGEST_KEY_BYTES
from velaurum.identity.scim_mappings import require_whole
from velaurum.identity.scim_schemas import LONGEST
from velaurum.identity.scim_texts import TABLE
from velaurum.keys import blind_indexes
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "scim_links.sql")
FIRST = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class NewLink:
    """A person to hand over, and what the directory calls them."""

    principal: str
    user_name: str
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class ScimLink:
    """One user and the person that it is; `is_linked` where somebody handed them over, `removed_at` None until then.

    What does not open now is None.
    """

    id: str
    user_name: Annotated[str | None, PersonName("principal_id", (TABLE, scim_texts.USER_NAME, "id"))]
    external_id: Annotated[str | None, PersonName("principal_id", (TABLE, scim_texts.EXTERNAL_ID, "id"))]
    is_linked: bool
    principal_id: str
    principal_name: Annotated[str | None, PersonName("principal_id")]
    created_at: str
    removed_at: str | None


def link(
    tx: Tx, org: OrgContext, keyring: Keyring, new: NewLink, *, idempotency_key: str
) -> Created[ScimLink]:
    """Hand a person over to the directory, or find what was decided for its key.

    Refuses `code-taken` when somebody has the name or the person is handed over; and, deciding nothing,
    `invalid-field`, `unknown-reference` (the person), `key-unavailable`, `conflict` for who was erased, and `forbidden`
    for oneself, for the platform's operator and to who reaches departments alone.
    """
    require_whole(org)
    errors = texts.field("/user_name", texts.text_problem(new.user_name, LONGEST))
    if new.external_id is not None:
        errors += texts.field("/external_id", texts.text_problem(new.external_id, LONGEST))
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    known_as = texts.code_key(new.user_name)
    if len(known_as.encode()) > LONGEST_KEY_BYTES:
        raise invalid_field("/user_name", "This name is too long.")
    person = new.principal.lower()
    if not texts.is_uuid(person) or not tx.values(
        QUERIES["person"], str, org_id=org.org_id, principal_id=person
    ):
        detail = "There is no such person."
        raise Refusal("unknown-reference", detail, (FieldError("/principal", "unknown-reference", detail),))
    decision = _decide(tx, org, keyring, replace(new, principal=person), known_as, idempotency_key)
    created = decision.created(lambda made: get(tx, org, made))
    if created.refusal is not None and created.refusal.code == "code-taken":
        detail = "The directory has a user of this name, or this person, already."
        errors = [FieldError("/user_name", "code-taken", detail)]
        refusal = Refusal("code-taken", detail, tuple(errors), replayed=created.replayed)
        return Created(None, refusal, created.replayed)
    return created


def _decide(
    tx: Tx, org: OrgContext, keyring: Keyring, new: NewLink, known_as: str, idempotency_key: str
) -> Decision:
    user_id = ids.new()
    said = scim_texts.Said(new.user_name, new.external_id)
    given = {
        **scim_texts.sealed(tx, org, keyring, user_id, new.principal, said),
        "id": user_id,
        "principal_id": new.principal,
        "user_name_key": scim_users.typed(tx, org, known_as),
        "idempotency_key": idempotency_key,
    }
    # A hash of what is said would tell whoever guesses it. What was decided before is known by such a one.
    repeats = [
        None if text is None else blind_indexes.of(tx, org.org_id, keyring, REPEATS, "scim-link", text).hex()
        for text in (new.user_name, new.external_id)
    ]
    decision = _link(tx, org, given, *repeats)
    return (
        _link(tx, org, given, new.user_name, new.external_id) if decision.outcome == "mismatch" else decision
    )


def _link(
    tx: Tx, org: OrgContext, given: Mapping[str, Any], user_name: str | None, external_id: str | None
) -> Decision:
    named = {"principal_id": given["principal_id"], "user_name": user_name, "external_id": external_id}
    request_hash = canonical.digest({"create": "scim-link", **named})
    return tx.one(QUERIES["link"], Decision, **asdict(org), **given, request_hash=request_hash)


def get(tx: Tx, org: OrgContext, link_id: str) -> ScimLink:
    """Return a user by its id, also one that is gone. Refuses `not-found`."""
    found = tx.maybe(QUERIES["get"], ScimLink, org_id=org.org_id, id=link_id)
    if found is None:
        raise Refusal("not-found", "There is no such user.")
    return found


def list_page(
    tx: Tx, org: OrgContext, *, after: str, limit: int, with_removed: bool = False
) -> list[ScimLink]:
    """Return at most `limit` users of the directory, the oldest first, those after the id `after`.

    With `with_removed` also those that are gone.
    """
    require_whole(org)
    return tx.all(
        QUERIES["list_page"],
        ScimLink,
        org_id=org.org_id,
        after=after,
        limit=limit,
        with_removed=with_removed,
    )


def unlink(tx: Tx, org: OrgContext, link_id: str) -> ScimLink:
    """Take a person out of the directory's hands, with what its groups gave. Refuses `not-found`, `conflict`."""
    require_whole(org)
    found = get(tx, org, link_id)
    tx.run(QUERIES["unlink"], **asdict(org), id=found.id)
    return get(tx, org, found.id)
