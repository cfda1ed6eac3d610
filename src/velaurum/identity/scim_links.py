"""Links: whom an administrator hands over to the directory, and takes out of its hands again."""

from dataclasses import asdict, dataclass
from typing import Annotated

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.identity.scim_bodies import LONGEST_KEY_BYTES
from velaurum.identity.scim_mappings import require_whole
from velaurum.identity.scim_schemas import LONGEST
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
    """One user and the person that it is; `is_linked` where somebody handed them over, `removed_at` None until then."""

    id: str
    user_name: str
    external_id: str | None
    is_linked: bool
    principal_id: str
    principal_name: Annotated[str | None, PersonName("principal_id")]
    created_at: str
    removed_at: str | None


def link(tx: Tx, org: OrgContext, new: NewLink, *, idempotency_key: str) -> Created[ScimLink]:
    """Hand a person over to the directory, or find what was decided for its key.

    Refuses `code-taken` when somebody has the name or the person is handed over; and, deciding nothing,
    `invalid-field`, `unknown-reference` (the person), and `forbidden` for oneself, for the platform's operator
    and to who reaches departments alone.
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
    asked = {"principal_id": person, "user_name": new.user_name, "external_id": new.external_id}
    decision = tx.one(
        QUERIES["link"],
        Decision,
        **asdict(org),
        **asked,
        user_name_key=known_as,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "scim-link", **asked}),
    )
    created = decision.created(lambda made: get(tx, org, made))
    if created.refusal is not None and created.refusal.code == "code-taken":
        detail = "The directory has a user of this name, or this person, already."
        errors = [FieldError("/user_name", "code-taken", detail)]
        refusal = Refusal("code-taken", detail, tuple(errors), replayed=created.replayed)
        return Created(None, refusal, created.replayed)
    return created


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
