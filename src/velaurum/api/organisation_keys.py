"""An organisation's keys over HTTP: which there are, and their rotation, as a job."""

from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api import jobs as job_routes
from velaurum.api.jobs import JobAnswer
from velaurum.api.keys import Key
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.version_pages import Kept
from velaurum.audit.history import Version
from velaurum.db.connection import Tx
from velaurum.jobs import jobs
from velaurum.keys import data_keys, wrapping_keys
from velaurum.ops import key_rotations
from velaurum.tenancy.context import OrgContext

router = APIRouter(prefix="/v1/orgs/{org}/keys", tags=["keys"], route_class=StrictRoute)


class WrappingKeyAnswer(BaseModel):
    """A key of a provider that wraps data keys, or did; `name` and `version` are what the provider calls it."""

    id: str
    provider: str
    name: str
    version: str
    state: Literal["active", "retired", "destroyed"]
    created_at: str
    destroyed_at: str | None


def _of_past(_tx: Tx, _org: OrgContext, version: Version) -> WrappingKeyAnswer:
    said = {**version.record, "version": version.record["key_version"]}
    return WrappingKeyAnswer.model_validate({name: said.get(name) for name in WrappingKeyAnswer.model_fields})


VERSIONS = Kept(("wrapping-key",), lambda _tx, _org: None, _of_past)


class DataKeyAnswer(BaseModel):
    """A version of the organisation's data key: `sealed_rows` are under it, `sealed_count` taken of its cap of 2^31."""

    id: str
    version: int
    state: Literal["active", "opens-only", "destroyed"]
    wrapping_key_id: str | None
    sealed_count: int
    sealed_rows: int
    created_at: str
    ended_at: str | None


class SubjectKeysAnswer(BaseModel):
    """How many keys of data subjects are in each state."""

    active: int = 0
    opens_only: int = 0
    destroyed: int = 0
    erased: int = 0


class KeysAnswer(BaseModel):
    """The organisation's keys, the oldest first; no key itself is ever shown."""

    wrapping_keys: list[WrappingKeyAnswer]
    data_keys: list[DataKeyAnswer]
    subject_keys: SubjectKeysAnswer


class KeyRotationBody(BaseModel):
    """What is put in the place of the old: data keys, which seal fields, or the wrapping key, which wraps those."""

    model_config = ConfigDict(extra="forbid", strict=True)
    what: Literal["data-keys", "wrapping-key"]


@router.get("", operation_id="listKeys", openapi_extra=permits("read-assurance"))
def list_keys(admitted: Admitted, door: Door) -> KeysAnswer:
    """List the organisation's wrapping keys and data keys, and what is under each."""
    with door.transaction(admitted) as (tx, org):
        wrapping = wrapping_keys.list_all(tx, org.org_id)
        versions = data_keys.list_of_org(tx, org.org_id)
        subjects = data_keys.count_of_subjects(tx, org.org_id)
    return KeysAnswer(
        wrapping_keys=[WrappingKeyAnswer(**asdict(one)) for one in wrapping],
        data_keys=[DataKeyAnswer(**asdict(one)) for one in versions],
        subject_keys=SubjectKeysAnswer(
            **{state.replace("-", "_"): count for state, count in subjects.items()}
        ),
    )


@router.post(
    "/rotations", status_code=202, operation_id="rotateKeys", openapi_extra=permits("manage-identity")
)
def rotate_keys(
    admitted: Admitted, door: Door, key: Key, asked: KeyRotationBody, response: Response
) -> JobAnswer:
    """Have new keys put in the place of the old ones, as a job; requests are served meanwhile."""
    with door.transaction(admitted) as (tx, org):
        created = jobs.request(
            tx, org, key_rotations.KIND, key_rotations.KeyRotation(asked.what), idempotency_key=key
        )
    if created.replayed:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
    return job_routes.answer(created.require())
