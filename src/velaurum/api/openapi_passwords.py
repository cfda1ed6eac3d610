"""What the OpenAPI document shows of passwords: examples, forms, and the refusals of each operation."""

from typing import Any

from velaurum.api import openapi_sessions
from velaurum.api.openapi_forms import ID, ORG_CODE, UTC_INSTANT
from velaurum.identity import invitations, one_time_codes, password_rules

_LOGIN = "ada.byron"
_AT = "2026-11-22T08:00:00.000000Z"
_SECRET = "vlp_" + "0" * 40 + "5Fk9aQ2xY7bN3mW8dR4tL6vC1zJ0hG5sK9pE2uT7qX4iO8nB3yM6"
_INVITATION: dict[str, Any] = {
    "id": "8a4a1f0e-5b7e-4b7e-a1cf-3d1a0c7b9d21",
    "principal": {"id": openapi_sessions.PRINCIPAL_ID, "name": "Ada Byron"},
    "login": _LOGIN,
    "secret": _SECRET,
    "created_at": _AT,
    "expires_at": "2026-11-25T08:00:00.000000Z",
    "redeemed_at": None,
    "revoked_at": None,
}
_FACTOR = {"confirmed_at": _AT, "recovery_codes_left": one_time_codes.RECOVERY_CODES}
_CODES = {"recovery_codes": ["7GQM-2K4T-9XWD-H3VB-5NPC-8RZY"]}
BODIES: dict[str, Any] = {
    "NewInvitationBody": {"login": _LOGIN},
    "RedemptionBody": {"secret": _SECRET, "password": "violet kettle hums at dawn"},
    "PasswordSignInBody": {"login": _LOGIN, "password": "violet kettle hums at dawn", "code": "492039"},
    "PasswordChangeBody": {"old": "violet kettle hums at dawn", "new": "eleven maps under a red barn"},
    "ConfirmationBody": {"code": "492039"},
    "ClaimBody": {
        "claim": _SECRET.replace("vlp_", "vlc_"),
        "administrator": "root",
        "code": "acme",
        "region": "eu-west",
        "name": "Ada Byron",
        "login": _LOGIN,
        "password": "violet kettle hums at dawn",
    },
}
ANSWERS: dict[str, Any] = {
    "claim": {"token": _SECRET.replace("vlp_", "vlm_"), "org": "acme", "login": _LOGIN},
    "createInvitation": _INVITATION,
    "redeemInvitation": {"login": _LOGIN},
    "signInWithPassword": openapi_sessions.SESSION,
    "getPassword": {"login": _LOGIN, "created_at": _AT},
    "changePassword": {"login": _LOGIN, "created_at": _AT},
    "getSecondFactor": _FACTOR,
    "enrolSecondFactor": {
        "uri": "otpauth://totp/Velaurum%20acme:ada.byron?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Velaurum%20acme"
    },
    "confirmSecondFactor": _CODES,
    "renewRecoveryCodes": _CODES,
    "removeSecondFactor": {"confirmed_at": None, "recovery_codes_left": 0},
}
_OF_PUBLIC = ("unauthenticated", "forbidden", "suspended", "rate-limited", "setup-required", "overloaded")
_OF_ENROLLING = ("stale-session", "suspended")
REFUSALS: dict[str, tuple[str, ...]] = {
    "claim": ("unauthenticated", "code-taken", "rate-limited", "overloaded"),
    "createInvitation": ("not-found", "code-taken", "conflict"),
    "redeemInvitation": _OF_PUBLIC,
    "signInWithPassword": ("second-factor-required", *_OF_PUBLIC, "key-unavailable"),
    "getPassword": ("not-found",),
    "changePassword": ("not-found", "conflict", "suspended"),
    "enrolSecondFactor": ("not-found", *_OF_ENROLLING, "key-unavailable"),
    "confirmSecondFactor": ("conflict", *_OF_ENROLLING, "key-unavailable"),
    "renewRecoveryCodes": ("not-found", *_OF_ENROLLING),
    "removeSecondFactor": ("not-found", *_OF_ENROLLING),
}
_LOGIN_FORM: dict[str, Any] = {
    "pattern": f"^{invitations.LOGIN.pattern}$",
    "description": "What a person types to say who they are.",
}
_PASSWORD: dict[str, Any] = {
    "description": f"{password_rules.SHORTEST} characters to {password_rules.LARGEST_BYTES} bytes, in any script; "
    "compared in Unicode normalization form C."
}
EXACT: dict[tuple[str, str], dict[str, Any]] = {
    ("NewInvitationBody", "login"): {
        "minLength": 1,
        "maxLength": 128,
        "description": "a-z, 0-9 and . _ @ + -; letters are compared in lower case.",
    },
    ("InvitationAnswer", "login"): _LOGIN_FORM,
    ("InvitationAnswer", "secret"): {"pattern": "^vlp_[0-9A-Za-z]{92}$"},
    ("InvitationAnswer", "redeemed_at"): UTC_INSTANT,
    ("RedemptionAnswer", "login"): _LOGIN_FORM,
    ("RedemptionBody", "password"): _PASSWORD,
    ("ClaimBody", "password"): _PASSWORD,
    ("ClaimBody", "administrator"): {"minLength": 1, "maxLength": 100},
    **{("ClaimBody", member): ORG_CODE for member in ("code", "region")},
    ("ClaimBody", "name"): {"minLength": 1, "maxLength": 120},
    ("ClaimBody", "login"): {"minLength": 1, "maxLength": 128},
    ("ClaimAnswer", "token"): {"pattern": "^vlm_[0-9A-Za-z]{92}$"},
    ("ClaimAnswer", "org"): ORG_CODE,
    ("PasswordChangeBody", "new"): _PASSWORD,
    ("PasswordAnswer", "login"): _LOGIN_FORM,
    ("SecondFactorAnswer", "confirmed_at"): UTC_INSTANT,
    ("SecondFactorAnswer", "recovery_codes_left"): {"minimum": 0, "maximum": one_time_codes.RECOVERY_CODES},
    ("EnrolmentAnswer", "uri"): {"pattern": "^otpauth://totp/"},
    ("RecoveryCodes", "recovery_codes"): {
        "items": {"type": "string", "pattern": "^([0-9A-Z]{4}-){5}[0-9A-Z]{4}$"}
    },
}
DESCRIBED: dict[str, dict[str, Any]] = {"session": {**ID, "description": "The id of a session."}}
PARAMETERS: dict[str, Any] = {"session": openapi_sessions.SESSION["id"]}
