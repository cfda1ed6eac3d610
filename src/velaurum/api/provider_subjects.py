"""Subjects of a provider over HTTP: for whom it vouches, linked by hand."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import record_reads
from velaurum.api.keys import Key
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, Keys, StrictRoute, permits
from velaurum.api.sessions import PersonRef
from velaurum.audit.records import subjects_of
from velaurum.identity import provider_subjects
from velaurum.identity.provider_subjects import ProviderSubject

router = APIRouter(
    prefix="/v1/orgs/{org}/providers/{provider}/subjects", tags=["sign-in"], route_class=StrictRoute
)


class NewSubjectBody(BaseModel):
    """Who somebody is to the provider, and the person here that they are."""

    model_config = ConfigDict(extra="forbid", strict=True)
    subject: str
    principal: str


class SubjectAnswer(BaseModel):
    """One link of a subject to a person. `linked_by` is who made it; `removed_at` is null while it stands.

    `subject` is null where its key cannot be used now.
    """

    id: str
    subject: str | None
    principal: PersonRef
    linked_at: str
    linked_by: str
    removed_at: str | None


class SubjectPage(Page[SubjectAnswer]):
    """Links that stand, the oldest first."""


@router.post("", status_code=201, operation_id="linkSubject", openapi_extra=permits("manage-identity"))
def link_subject(
    admitted: Admitted,
    door: Door,
    keyring: Keys,
    key: Key,
    provider: str,
    new: NewSubjectBody,
    response: Response,
) -> SubjectAnswer:
    """Let the provider vouch for a person."""
    with door.transaction(admitted) as (tx, org):
        created = provider_subjects.link(
            tx, org, keyring, provider, new.subject, new.principal, idempotency_key=key
        )
    linked = created.require()
    admitted.tally.is_about(linked.principal_id)
    if created.replayed:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
    return answer(linked)


@router.get("", operation_id="listSubjects", openapi_extra=permits("manage-identity"))
def list_subjects(
    admitted: Admitted, door: Door, provider: str, past: PastOfRecords, paging: PagingParameters
) -> SubjectPage:
    """List for whom the provider vouches, the oldest link first, as it is or as it was."""
    return record_reads.list_page(SubjectPage, admitted, door, shown_of(provider), past, paging)


@router.delete("/{link:id}", operation_id="unlinkSubject", openapi_extra=permits("manage-identity"))
def unlink_subject(admitted: Admitted, door: Door, provider: str, link: str) -> SubjectAnswer:
    """Take a link away, and end the sessions that it may have opened."""
    with door.transaction(admitted) as (tx, org):
        unlinked = provider_subjects.unlink(tx, org, provider, link)
        org.tally.is_about(unlinked.principal_id)
        return answer(unlinked)


def answer(one: ProviderSubject) -> SubjectAnswer:
    return SubjectAnswer(
        id=one.id,
        subject=one.subject,
        principal=PersonRef(id=one.principal_id, name=one.principal_name),
        linked_at=one.linked_at,
        linked_by=one.linked_by,
        removed_at=one.removed_at,
    )


def _person(one: ProviderSubject) -> str:
    return one.principal_id


def shown_of(provider: str) -> Shown[ProviderSubject, SubjectAnswer]:
    """Return what is answered of those for whom a provider vouches."""
    return Shown(subjects_of(provider), answer, _person)
