"""Subjects: who somebody is to a provider, linked by hand to a person here. Never by a name or an address."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from velaurum import canonical, ids, texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import FORM, PersonName, is_sealed
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.identity import providers, sign_ins
from velaurum.identity.providers import Provider
from velaurum.keys import blind_indexes, sealed_texts
from velaurum.keys.blind_indexes import SUBJECTS
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "provider_subjects.sql")
TABLE, COLUMN = "identity.provider_subject", "subject"
LONGEST = 255
FIRST = "00000000-0000-0000-0000-000000000000"
_SUBJECT = re.compile(r"[!-~]{1,255}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ProviderSubject:
    """One link; `linked_by` is who made it, `removed_at` is None while it stands."""

    id: str
    subject: Annotated[str | None, PersonName("principal_id", (TABLE, COLUMN, "id"))]
    principal_id: str
    principal_name: Annotated[str | None, PersonName("principal_id")]
    linked_at: str
    linked_by: str
    removed_at: str | None


def link(
    tx: Tx,
    org: OrgContext,
    keyring: Keyring,
    provider: str,
    subject: str,
    principal_id: str,
    *,
    idempotency_key: str,
) -> Created[ProviderSubject]:
    """Let a provider vouch for a person, or find what was decided for its key.

    The subject is the provider's `sub`; for Entra it is tenant and object, `TENANT/OBJECT`. Refuses
    `code-taken` when it stands for somebody, `idempotency-key-reused`; and, deciding nothing, `not-found`,
    `unknown-reference` (the person), `invalid-field`, `key-unavailable`, and `forbidden` to who reaches
    departments alone.
    """
    providers.require_whole(org)
    found = providers.get(tx, org, provider)
    known_as = _normal(found, subject)
    if not texts.is_uuid(principal_id) or not tx.values(
        QUERIES["person"], str, org_id=org.org_id, principal_id=principal_id
    ):
        detail = "There is no such person."
        error = FieldError("/principal", "unknown-reference", detail)
        raise Refusal("unknown-reference", detail, (error,))
    decision = _decide(tx, org, keyring, found, known_as, principal_id.lower(), idempotency_key)
    created = decision.created(lambda made: get(tx, org, found, made))
    if created.refusal is not None and created.refusal.code == "code-taken":
        detail = "This subject stands for somebody already."
        errors = (FieldError("/subject", "code-taken", detail),)
        refusal = Refusal("code-taken", detail, errors, replayed=created.replayed)
        return Created(None, refusal, created.replayed)
    return created


def _decide(
    tx: Tx,
    org: OrgContext,
    keyring: Keyring,
    provider: Provider,
    subject: str,
    principal_id: str,
    idempotency_key: str,
) -> Decision:
    index = blind_indexes.of(tx, org.org_id, keyring, SUBJECTS, provider.id, subject)
    link_id = ids.new()
    place = Place(org.org_id, TABLE, COLUMN, link_id)
    asked = {
        "id": link_id,
        "provider_id": provider.id,
        "subject": sealed_texts.seal(tx, org.org_id, keyring, place, subject, principal_id),
        "subject_index": index,
        "said": sign_ins.said(tx, org.org_id, provider, subject),
        "principal_id": principal_id,
        "idempotency_key": idempotency_key,
    }
    # A hash of the subject itself would tell whoever guesses it. What was decided before is known by such a one.
    decision = _link(tx, org, asked, index.hex())
    return _link(tx, org, asked, subject) if decision.outcome == "mismatch" else decision


def _link(tx: Tx, org: OrgContext, asked: Mapping[str, Any], known_as: str) -> Decision:
    named = {"provider_id": asked["provider_id"], "subject": known_as, "principal_id": asked["principal_id"]}
    request_hash = canonical.digest({"create": "provider-subject", **named})
    return tx.one(QUERIES["link"], Decision, **asdict(org), **asked, request_hash=request_hash)


def get(tx: Tx, org: OrgContext, provider: Provider, link_id: str) -> ProviderSubject:
    """Return a link of a provider by its id, also one that was taken away. Refuses `not-found`."""
    found = tx.maybe(QUERIES["get"], ProviderSubject, org_id=org.org_id, provider_id=provider.id, id=link_id)
    if found is None:
        raise Refusal("not-found", "There is no such subject.")
    return found


def list_page(
    tx: Tx, org: OrgContext, provider: Provider, *, after: str, limit: int, with_removed: bool = False
) -> list[ProviderSubject]:
    """Return at most `limit` links that stand, the oldest first, those after the id `after`.

    With `with_removed` also those that were taken away.
    """
    return tx.all(
        QUERIES["list_page"],
        ProviderSubject,
        org_id=org.org_id,
        provider_id=provider.id,
        after=after,
        limit=limit,
        with_removed=with_removed,
    )


def unlink(tx: Tx, org: OrgContext, provider: str, link_id: str) -> ProviderSubject:
    """Take a link away, end the sessions that it may have opened, and return it as it ended.

    Refuses `not-found`, and `forbidden` to who reaches departments alone.
    """
    providers.require_whole(org)
    found = providers.get(tx, org, provider)
    stood = get(tx, org, found, link_id)
    tx.run(
        QUERIES["unlink"],
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        id=stood.id,
    )
    return get(tx, org, found, link_id)


def _normal(provider: Provider, subject: str) -> str:
    if provider.kind == "generic":
        if not _SUBJECT.fullmatch(subject):
            raise invalid_field("/subject", "A subject is 1 to 255 visible ASCII characters.")
        if is_sealed(subject):
            raise invalid_field("/subject", f"No subject begins with {FORM}")
        return subject
    tenant, _, person = subject.lower().partition("/")
    if not texts.is_uuid(tenant) or not texts.is_uuid(person):
        raise invalid_field(
            "/subject", "A subject of Entra is the tenant's id, a slash, and the object's id."
        )
    if tenant not in provider.tenant_ids:
        raise invalid_field("/subject", "The provider lets nobody of this tenant in.")
    return f"{tenant}/{person}"
