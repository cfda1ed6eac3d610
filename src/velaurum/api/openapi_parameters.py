"""What the parameters of every route say of themselves in the OpenAPI document, by their names."""

from typing import Any

from velaurum.api import (
    dry_runs,
    keys,
    openapi_assurance,
    openapi_callbacks,
    openapi_counts,
    openapi_events,
    openapi_forms,
    openapi_jobs,
    openapi_log,
    openapi_lots,
    openapi_passwords,
    openapi_periods,
    openapi_reports,
    openapi_reservations,
    openapi_scim,
    openapi_shapes,
    openapi_shipments,
    openapi_sign_ins,
    openapi_units,
    openapi_webhooks,
)
from velaurum.api import openapi_examples as examples
from velaurum.api import openapi_examples_people as people

SHOWN = {
    **examples.PARAMETERS,
    **people.PARAMETERS,
    **openapi_events.PARAMETERS,
    **openapi_callbacks.PARAMETERS,
    **openapi_units.PARAMETERS,
    **openapi_lots.PARAMETERS,
    **openapi_counts.PARAMETERS,
    **openapi_reservations.PARAMETERS,
    **openapi_shipments.PARAMETERS,
    **openapi_periods.PARAMETERS,
    **openapi_reports.PARAMETERS,
}
DESCRIBED: dict[str, dict[str, Any]] = {
    **openapi_sign_ins.DESCRIBED,
    **openapi_passwords.DESCRIBED,
    **openapi_scim.DESCRIBED,
    **openapi_log.DESCRIBED,
    **openapi_webhooks.DESCRIBED,
    **openapi_jobs.DESCRIBED,
    **openapi_assurance.DESCRIBED,
    **openapi_events.DESCRIBED,
    **openapi_callbacks.DESCRIBED,
    **openapi_units.DESCRIBED,
    **openapi_lots.DESCRIBED,
    **openapi_counts.DESCRIBED,
    **openapi_reservations.DESCRIBED,
    **openapi_shipments.DESCRIBED,
    **openapi_reports.DESCRIBED,
    "org": {**openapi_forms.ORG_CODE, "description": "The organisation's code."},
    "movement": {**openapi_forms.ID, "description": "The id of a movement."},
    "approval": {**openapi_forms.ID, "description": "The id of an approval request."},
    "break_glass": {**openapi_forms.ID, "description": "The id of a break-glass."},
    "job": {**openapi_forms.ID, "description": "The id of a job."},
    "listJobs.state": {"description": "Only jobs in this state."},
    "passkey": {**openapi_forms.ID, "description": "The id of a passkey."},
    "principal": {**openapi_forms.ID, "description": "The id of a principal."},
    "assignment": {**openapi_forms.ID, "description": "The id of an assignment."},
    "token": {**openapi_forms.ID, "description": "The id of a token."},
    "status": {"description": "Where a request stands."},
    "actor": {**openapi_forms.ID, "description": "The id of who posted."},
    **dict.fromkeys(("item", "location", "sub_org", "role", "period"), openapi_shapes.REFERENCE),
    "within": {
        **openapi_shapes.REFERENCE,
        "description": "Only this location and all that lies in it, at any depth; by id or code.",
    },
    "listLocations.parent": {
        **openapi_shapes.REFERENCE,
        "description": "Only what lies directly in this location; by id or code.",
    },
    **dict.fromkeys(
        ("as_of", "effective_as_of", "recorded_from", "recorded_to", "from", "to", *openapi_reports.INSTANTS),
        openapi_shapes.INSTANT,
    ),
    "kind": {"description": "The kind of movement."},
    dry_runs.PARAMETER: {
        "description": "Answer what would become of it, and roll it back: nothing is written, and no key is decided. "
        "Ids, indices and hashes of such an answer stand nowhere."
    },
    "group_by": {"description": "Sum over the other side; left out: no sums."},
    "code": {"description": "The code of a problem type."},
    "Idempotency-Key": {
        "pattern": keys.PATTERN,
        "description": "1 to 255 visible ASCII characters, bare or in double quotes. "
        "Decided once per organisation, for ever.",
    },
    "If-Match": {**openapi_shapes.ETAG, "description": "The ETag of the version that was read."},
}
