"""What the OpenAPI document shows of passkeys: examples, and the refusals of each operation."""

from typing import Any

from velaurum.api import openapi_sessions

PASSKEY_ID = "019aab10-3333-7000-8000-000000000001"
_OCTETS = "mYqKq4vT0Jx2cN9bS6r1uQwEo5zXhLkD7fGtPyViA8M"
_CHALLENGE = "Zx3Qv8nT1mKc5RbW0aYpEoLs7uHdGfJ2iN4tVyXqB9C"
_PASSKEY: dict[str, Any] = {
    "id": PASSKEY_ID,
    "name": "Phone",
    "credential_id": _OCTETS,
    "transports": ["internal", "hybrid"],
    "is_backed_up": True,
    "created_at": "2026-11-22T08:05:00.000000Z",
    "last_used_at": "2026-11-23T07:58:00.000000Z",
    "regressed_at": None,
    "revoked_at": None,
}
_CREDENTIAL = {"id": _OCTETS, "rawId": _OCTETS, "type": "public-key"}
BODIES: dict[str, Any] = {
    "NewPasskeyBody": {
        "name": "Phone",
        "credential": {
            **_CREDENTIAL,
            "response": {
                "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
                "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVg",
                "transports": ["internal", "hybrid"],
            },
        },
    },
    "PasskeySignInBody": {
        "credential": {
            **_CREDENTIAL,
            "response": {
                "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
                "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAA",
                "signature": "MEUCIQD1hHc2r0m7nL8sWq5vXyZ",
                "userHandle": "AZqrECIicACAAAAAAAAAAQ",
            },
        },
    },
}
ANSWERS: dict[str, Any] = {
    "getPasskeyOptions": {
        "rp": {"name": "Velaurum", "id": "stock.example.com"},
        "user": {"id": "AZqrECIicACAAAAAAAAAAQ", "name": "Ada Byron", "displayName": "Ada Byron"},
        "challenge": _CHALLENGE,
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-8, -7, -257)],
        "timeout": 300_000,
        "excludeCredentials": [],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    },
    "registerPasskey": {**_PASSKEY, "last_used_at": None},
    "listPasskeys": {"data": [_PASSKEY]},
    "revokePasskey": {**_PASSKEY, "revoked_at": "2026-11-24T09:00:00.000000Z"},
    "getPasskeySignInOptions": {
        "challenge": _CHALLENGE,
        "timeout": 300_000,
        "rpId": "stock.example.com",
        "allowCredentials": [],
        "userVerification": "required",
    },
    "signInWithPasskey": {**openapi_sessions.SESSION, "method": "passkey"},
}
_OF_PUBLIC = ("forbidden", "rate-limited", "setup-required", "overloaded")
REFUSALS: dict[str, tuple[str, ...]] = {
    "getPasskeyOptions": ("stale-session", "suspended"),
    "registerPasskey": ("stale-session", "suspended", "conflict", "key-unavailable"),
    "revokePasskey": ("not-found", "suspended"),
    "getPasskeySignInOptions": _OF_PUBLIC,
    "signInWithPasskey": ("unauthenticated", "suspended", *_OF_PUBLIC),
}
PARAMETERS: dict[str, Any] = {"passkey": PASSKEY_ID}
