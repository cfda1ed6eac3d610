"""Examples of the OpenAPI document: a storekeeper joins, gets a role and a token; a receiver is told of it."""

from typing import Any

from velaurum.api import (
    openapi_counts,
    openapi_keys,
    openapi_lots,
    openapi_periods,
    openapi_reservations,
    openapi_shipments,
    openapi_units,
    openapi_webhooks,
)
from velaurum.api.openapi_examples import CREATED, ORG, RECORDED, REQUEST_ID, SUB_ORG_CODE, SUB_ORG_ID, page

PRINCIPAL_ID = "019a9f00-7a18-7c11-a2d3-1f0b7c44d009"
ASSIGNMENT_ID = "019a9f00-7a19-7d20-b3e4-20c18d55e00a"
CREDENTIAL_ID = "7a3f5c1e-54b1-4f0a-9c3d-31d29e66f00b"
ROLE_CODE = "night-shift"
_ADMINISTRATORS_ID = "c0ffee00-54b1-4f0a-9c3d-31d29e66f00c"
_MAKER = {"id": "019a9f00-7a1b-7f05-8e1a-c8a9d6e4a00d", "kind": "user", "name": "administrator"}
_SUB_ORG = {"id": SUB_ORG_ID, "code": SUB_ORG_CODE}
_EXPIRES = "2027-02-20T10:00:00.123456Z"

_RULES = {
    "version": 2,
    "rules": [{"kind": "scrap", "above": "100"}],
    "changes": [
        {
            "version": 2,
            "kind": "scrap",
            "is_required": True,
            "above": "100",
            "at": CREATED,
            "by": _MAKER,
        }
    ],
}
_PRINCIPAL: dict[str, Any] = {
    "id": PRINCIPAL_ID,
    "kind": "user",
    "name": "Ada",
    "sub_org": _SUB_ORG,
    "version": 1,
    "created_at": CREATED,
    "created_by": _MAKER,
    "disabled_at": None,
}
_ASSIGNMENT: dict[str, Any] = {
    "id": ASSIGNMENT_ID,
    "principal": PRINCIPAL_ID,
    "role": "storekeeper",
    "sub_org": _SUB_ORG,
    "created_at": CREATED,
    "created_by": _MAKER,
    "revoked_at": None,
    "is_provisioned": False,
}
_ROLE: dict[str, Any] = {
    "id": "019a9f00-7a1c-7b3e-a1c2-88d1f04ba00e",
    "code": ROLE_CODE,
    "name": "Night shift",
    "permissions": ["read", "post"],
    "is_seeded": False,
    "version": 1,
    "created_at": CREATED,
    "updated_at": CREATED,
}
_TOKEN: dict[str, Any] = {
    "id": CREDENTIAL_ID,
    "principal": {"id": PRINCIPAL_ID, "kind": "user", "name": "Ada"},
    "role": "storekeeper",
    "sub_org": _SUB_ORG,
    "created_at": RECORDED,
    "created_by": _MAKER,
    "expires_at": _EXPIRES,
    "revoked_at": None,
    "last_used_at": RECORDED,
}
_CHANGE: dict[str, Any] = {
    "id": "019a9f00-7a1d-7c3e-9b5d-2f6c1de0a00f",
    "at": RECORDED,
    "actor": _MAKER,
    "credential": _ADMINISTRATORS_ID,
    "request_id": REQUEST_ID,
    "subject": {"kind": "principal", "id": PRINCIPAL_ID},
    "action": "disabled",
    "before": {"disabled_at": None, "version": 1},
    "after": {"disabled_at": RECORDED, "disabled_by": _MAKER["id"], "version": 2},
}

BODIES: dict[str, Any] = {
    **openapi_webhooks.BODIES,
    **(openapi_keys.BODIES | openapi_units.BODIES | openapi_lots.BODIES),
    **(
        openapi_periods.BODIES
        | openapi_counts.BODIES
        | openapi_reservations.BODIES
        | openapi_shipments.BODIES
    ),
    "NewPrincipalBody": {"name": "Ada", "kind": "user", "sub_org": SUB_ORG_CODE},
    "PrincipalChangeBody": {"name": "Ada B."},
    "LegalHoldBody": {"action": "place", "reason": "case 2026/117"},
    "RestrictionBody": {"action": "place", "reason": "ticket 88"},
    "NewAssignmentBody": {"role": "storekeeper", "sub_org": SUB_ORG_CODE},
    "NewRoleBody": {"code": ROLE_CODE, "name": "Night shift", "permissions": ["read", "post"]},
    "RoleChangeBody": {"permissions": ["read"]},
    "NewTokenBody": {"role": "storekeeper", "sub_org": SUB_ORG_CODE, "expires": "90d"},
}
ANSWERS: dict[str, Any] = {
    **openapi_webhooks.ANSWERS,
    **(openapi_keys.ANSWERS | openapi_units.ANSWERS | openapi_lots.ANSWERS),
    **(
        openapi_periods.ANSWERS
        | openapi_counts.ANSWERS
        | openapi_reservations.ANSWERS
        | openapi_shipments.ANSWERS
    ),
    "getApprovalRules": _RULES,
    "replaceApprovalRules": _RULES,
    "createPrincipal": _PRINCIPAL,
    "listPrincipals": page(_PRINCIPAL),
    "getPrincipal": _PRINCIPAL,
    "changePrincipal": {**_PRINCIPAL, "name": "Ada B.", "version": 2},
    "disablePrincipal": {**_PRINCIPAL, "version": 2, "disabled_at": RECORDED},
    "enablePrincipal": {**_PRINCIPAL, "version": 3},
    "holdPrincipal": {
        "principal": PRINCIPAL_ID,
        "is_held": True,
        "steps": [
            {
                "id": ASSIGNMENT_ID,
                "action": "placed",
                "reason": "case 2026/117",
                "created_by": _MAKER["id"],
                "created_at": CREATED,
            }
        ],
    },
    "restrictPrincipal": {
        "principal": PRINCIPAL_ID,
        "is_restricted": True,
        "steps": [
            {
                "id": ASSIGNMENT_ID,
                "action": "placed",
                "reason": "ticket 88",
                "created_by": _MAKER["id"],
                "created_at": CREATED,
            }
        ],
    },
    "erasePrincipal": {
        "principal": PRINCIPAL_ID,
        "erased_at": RECORDED,
        "receipt": {
            "report": {
                "type": "erasure",
                "version": 1,
                "org_id": "019a9f00-7a00-7000-8000-000000000007",
                "principal_id": PRINCIPAL_ID,
                "erased_at": RECORDED,
                "erased_by": _MAKER["id"],
                "keys": 1,
                "notes": 12,
                "personal_values": 3,
                "last_backup_expires_on": "2026-12-27",
            },
            "signature": {"algorithm": "Ed25519", "key_id": "…", "value": "…"},
        },
    },
    "getPrincipalBundle": {
        "principal": PRINCIPAL_ID,
        "made_at": RECORDED,
        "held": {"principal": [{"id": PRINCIPAL_ID, "at": CREATED, "kind": "user", "name": "Ada"}]},
        "unavailable": [],
    },
    "createAssignment": _ASSIGNMENT,
    "listAssignments": page(_ASSIGNMENT),
    "revokeAssignment": {**_ASSIGNMENT, "revoked_at": RECORDED},
    "createRole": _ROLE,
    "listRoles": page(_ROLE),
    "getRole": _ROLE,
    "changeRole": {**_ROLE, "permissions": ["read"], "version": 2, "updated_at": RECORDED},
    "createToken": {**_TOKEN, "last_used_at": None, "token": "vlm_…"},
    "listTokens": page(_TOKEN),
    "getToken": _TOKEN,
    "revokeToken": {**_TOKEN, "revoked_at": RECORDED},
    "getStanding": {
        "principal": _TOKEN["principal"],
        "org": {"id": "019a9f00-7a00-7000-8000-000000000007", "code": ORG},
        "credential": {"id": CREDENTIAL_ID, "expires_at": _EXPIRES},
        "roles": [{"code": "storekeeper", "permissions": ["read", "post"], "sub_org": _SUB_ORG}],
        "permissions": ["post", "read"],
    },
    "listIdentityChanges": page(_CHANGE),
}
PARAMETERS: dict[str, Any] = {
    **openapi_webhooks.PARAMETERS,
    "principal": PRINCIPAL_ID,
    "assignment": ASSIGNMENT_ID,
    "token": CREDENTIAL_ID,
    "role": ROLE_CODE,
}
