"""What the OpenAPI document shows of identity providers: examples, forms, and the refusals of each operation."""

from typing import Any

from velaurum.api.openapi_forms import ID, ORG_CODE, UTC_INSTANT
from velaurum.api.openapi_sessions import PRINCIPAL_ID
from velaurum.identity.providers import MOST_TENANTS

PROVIDER_CODE = "entra"
SUBJECT_ID = "019aab10-3333-7000-8000-000000000002"
SESSION_PATH = "/v1/orgs/acme/session"
_TENANT = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"
_OBJECT = "9f4880d8-80ba-4c40-97bc-f7a23c703084"
_INSTANT = "2026-11-22T08:00:00.000000Z"
_AS_OF = {"recorded_at": "2026-11-22T10:00:00.123456Z", "log_size": 2000}
_NEW: dict[str, Any] = {
    "code": PROVIDER_CODE,
    "name": "Acme at Entra ID",
    "kind": "entra",
    "issuer": f"https://login.microsoftonline.com/{_TENANT}/v2.0",
    "client_id": "11112222-bbbb-3333-cccc-4444dddd5555",
    "client_auth": "secret-file",
    "client_secret": "file:entra-2026",
    "tenant_ids": [_TENANT],
}
_PROVIDER: dict[str, Any] = {
    "id": "019aab10-3333-7000-8000-000000000001",
    **_NEW,
    "version": 1,
    "created_at": _INSTANT,
    "updated_at": _INSTANT,
    "disabled_at": None,
}
_SUBJECT: dict[str, Any] = {
    "id": SUBJECT_ID,
    "subject": f"{_TENANT}/{_OBJECT}",
    "principal": {"id": PRINCIPAL_ID, "name": "Ada Byron"},
    "linked_at": _INSTANT,
    "linked_by": "019a9f00-7a14-7f05-8e1a-c8a9d6e4a005",
    "removed_at": None,
}
BODIES: dict[str, Any] = {
    "NewProviderBody": _NEW,
    "ProviderChangeBody": {"name": "Acme", "client_secret": "file:entra-2027"},
    "NewSubjectBody": {"subject": _SUBJECT["subject"], "principal": PRINCIPAL_ID},
}
ANSWERS: dict[str, Any] = {
    "createProvider": _PROVIDER,
    "getProvider": _PROVIDER,
    "changeProvider": {**_PROVIDER, "name": "Acme", "client_secret": "file:entra-2027", "version": 2},
    "listProviders": {"data": [_PROVIDER], "next_cursor": None, "as_of": _AS_OF},
    "linkSubject": _SUBJECT,
    "unlinkSubject": {**_SUBJECT, "removed_at": "2026-11-23T08:00:00.000000Z"},
    "listSubjects": {"data": [_SUBJECT], "next_cursor": None, "as_of": _AS_OF},
    "getClientKeys": {
        "keys": [
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                "kid": "iSJbNyAuHgmjN0GZkYvQyyEmrDKSKjmAiEScDNBhnq8",
                "use": "sig",
                "alg": "ES256",
            }
        ]
    },
}
PARAMETERS: dict[str, Any] = {
    "provider": PROVIDER_CODE,
    "link": SUBJECT_ID,
    "return_to": SESSION_PATH,
    "state": "yvCVnX5cRMNNe0Ry2xMd6cS1T9c8s7vPbVwD1b7Gk1U",
    "query.code": "SplxlOBeZQQYbYS6WxSbIA",
    "iss": f"https://login.microsoftonline.com/{_TENANT}/v2.0",
    "error": "access_denied",
}
DESCRIBED: dict[str, dict[str, Any]] = {
    "provider": {"minLength": 1, "maxLength": 64, "description": "The id of the provider, or its code."},
    "link": {**ID, "description": "The id of a subject's link."},
    "query.code": {"description": "What to exchange for an id token."},
    "iss": {"description": "The provider that answers (RFC 9207)."},
    "error": {"description": "Why there is no code (RFC 6749 4.1.2.1)."},
}
_TENANTS: dict[str, Any] = {
    "maxItems": MOST_TENANTS,
    "items": {"type": "string", "format": "uuid"},
    "description": "The tenants of Entra that are let in; for other kinds empty.",
}
_PROVIDER_FIELDS: dict[str, dict[str, Any]] = {
    "issuer": {"minLength": 1, "maxLength": 255, "description": "Exactly as the provider calls itself."},
    "client_id": {"pattern": "^[!-~]{1,255}$"},
    "client_auth": {"description": "none: PKCE alone. private-key: a key that is made here."},
    "client_secret": {
        "pattern": "^file:[a-z0-9][a-z0-9._-]{0,62}$",
        "description": "The name of a file in the data directory, for client_auth secret-file; never the secret.",
    },
    "tenant_ids": _TENANTS,
}
EXACT: dict[tuple[str, str], dict[str, Any]] = {
    **{
        (shape, name): value
        for shape in ("NewProviderBody", "ProviderChangeBody")
        for name, value in _PROVIDER_FIELDS.items()
    },
    **{
        (shape, "name"): {"minLength": 1, "maxLength": 120}
        for shape in ("NewProviderBody", "ProviderChangeBody")
    },
    ("NewProviderBody", "code"): ORG_CODE,
    ("Provider", "code"): ORG_CODE,
    ("Provider", "disabled_at"): UTC_INSTANT,
    ("NewSubjectBody", "subject"): {
        "pattern": "^[!-~]{1,255}$",
        "description": "The `sub` that the provider says; for Entra tenant and object, TENANT/OBJECT.",
    },
    ("NewSubjectBody", "principal"): ID,
    ("SubjectAnswer", "linked_by"): ID,
    ("SubjectAnswer", "linked_at"): UTC_INSTANT,
    ("SubjectAnswer", "removed_at"): UTC_INSTANT,
}
_PUBLIC = ("not-found", "rate-limited", "overloaded")
REFUSALS: dict[str, tuple[str, ...]] = {
    "createProvider": ("code-taken",),
    "getProvider": ("not-found", "invalid-field"),
    "changeProvider": ("not-found", "stale-version", "precondition-required"),
    "listProviders": ("invalid-field",),
    "linkSubject": ("not-found", "unknown-reference", "code-taken"),
    "unlinkSubject": ("not-found",),
    "listSubjects": ("not-found", "invalid-field"),
    "getClientKeys": _PUBLIC,
    "beginSignIn": (*_PUBLIC, "invalid-field", "suspended", "provider-failed"),
    "finishSignIn": (*_PUBLIC, "invalid-field", "forbidden", "suspended", "provider-failed"),
}
