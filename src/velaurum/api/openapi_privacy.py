"""The example of a record of processing, for the OpenAPI document."""

from typing import Any

RECORD: dict[str, Any] = {
    "kind": "velaurum.processing-record.1",
    "release": "0.1.0",
    "org": {"id": "019a9f00-7a00-7000-8000-000000000007", "code": "acme", "region": "eu-west"},
    "activities": [
        {
            "purpose": "access",
            "why": "Knowing who may do what, and letting them in.",
            "data": [
                {
                    "category": "name",
                    "what": "what people are called",
                    "subjects": "people who use the product for the organisation, or did",
                    "kept": "as long as the ledger",
                    "columns": ["identity.principal.name", "identity.scim_user.display_name_key"],
                }
            ],
        }
    ],
    "recipients": [
        {
            "kind": "webhook",
            "host": "erp.example.com",
            "what": "what happened, when, and to which record, by its id",
            "webhooks": ["erp"],
            "is_active": True,
        }
    ],
    "safeguards": [
        {
            "measure": "Organisations are kept apart by keys, row security and roles.",
            "shown_by": "velaurum verify tenancy",
        }
    ],
    "left_to_controller": ["legal basis of each purpose"],
}
ANSWERS: dict[str, Any] = {"getProcessingRecord": RECORD}
