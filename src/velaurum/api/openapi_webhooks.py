"""What the OpenAPI document shows of webhooks: examples, forms, and the refusals of each operation."""

from typing import Any

from velaurum.api.openapi_forms import ID, ORG_CODE, UTC_INSTANT
from velaurum.outbound.networks import LONGEST_URL
from velaurum.webhooks import endpoints

CODE = "erp"
DELIVERY_ID = "019aab10-4444-7000-8000-000000000002"
_ID = "019aab10-4444-7000-8000-000000000001"
_INSTANT = "2026-11-22T08:00:00.000000Z"
_LATER = "2026-11-22T08:00:05.413000Z"
_AS_OF = {"recorded_at": "2026-11-22T10:00:00.123456Z", "log_size": 2000}
_PUBLIC_KEY = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_SECRET = "whsec_9f3L0s1pN8Yx4mW2uKq7eT5rB6cD1aVhJgZoXiSwEUA="  # noqa: S105 - an example
_NEW: dict[str, Any] = {
    "code": CODE,
    "name": "ERP",
    "url": "https://erp.example.com/hooks/velaurum",
    "event_types": ["velaurum.item.*", "velaurum.movement.*"],
}
_WEBHOOK: dict[str, Any] = {
    "id": _ID,
    **_NEW,
    "generation": 1,
    "keys": [{"generation": 1, "public_key": _PUBLIC_KEY, "until": None}],
    "version": 1,
    "created_at": _INSTANT,
    "updated_at": _INSTANT,
    "disabled_at": None,
    "disabled_reason": None,
}
_ROTATED: dict[str, Any] = {
    **_WEBHOOK,
    "generation": 2,
    "version": 2,
    "keys": [
        {"generation": 2, "public_key": "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=", "until": None},
        {"generation": 1, "public_key": _PUBLIC_KEY, "until": "2026-11-23T08:00:00.000000Z"},
    ],
}
_DELIVERY: dict[str, Any] = {
    "id": DELIVERY_ID,
    "endpoint_id": _ID,
    "endpoint_code": CODE,
    "event_id": "acme:1999",
    "type": "velaurum.movement.posted.v1",
    "state": "delivered",
    "attempts": 1,
    "error_code": None,
    "created_at": _INSTANT,
    "tried_at": _INSTANT,
    "due_at": None,
    "ended_at": _LATER,
}
_WAITING = {"state": "pending", "due_at": _INSTANT, "ended_at": None}
_ATTEMPT = {
    "number": 1,
    "began_at": _INSTANT,
    "ended_at": _LATER,
    "outcome": "delivered",
    "status_class": 2,
    "latency_ms": 87,
    "error_code": None,
}
_ACT = {
    "action": "redelivered",
    "actor": {"id": "019a9f00-7a14-7f05-8e1a-c8a9d6e4a005", "kind": "user", "name": "Ada Byron"},
    "at": _INSTANT,
}
BODIES: dict[str, Any] = {
    "NewWebhookBody": _NEW,
    "WebhookChangeBody": {"is_disabled": True},
    "NewSecretBody": {"overlap": "1d"},
}
ANSWERS: dict[str, Any] = {
    "createWebhook": {**_WEBHOOK, "secret": _SECRET},
    "getWebhook": _WEBHOOK,
    "changeWebhook": {
        **_WEBHOOK,
        "version": 2,
        "disabled_at": "2026-11-23T08:00:00.000000Z",
        "disabled_reason": "by-hand",
    },
    "listWebhooks": {"data": [_WEBHOOK], "next_cursor": None, "as_of": _AS_OF},
    "rotateWebhookSecret": {**_ROTATED, "secret": _SECRET},
    "testWebhook": {
        **_DELIVERY,
        **_WAITING,
        "event_id": None,
        "type": "velaurum.webhook.test.v1",
        "attempts": 0,
        "tried_at": None,
    },
    "listDeliveries": {"data": [_DELIVERY], "next_cursor": None, "as_of": _AS_OF},
    "getDelivery": {
        **_DELIVERY,
        "body": '{"id":"acme:1999","type":"velaurum.movement.posted.v1","timestamp":"2026-11-22T08:00:00.000000Z",'
        '"data":{"noun":"movement","id":"019aab10-0000-7000-8000-000000000003","index":1999,'
        '"href":"/v1/orgs/acme/movements/019aab10-0000-7000-8000-000000000003"}}',
        "attempt_log": [_ATTEMPT],
        "acts": [_ACT],
    },
    "redeliver": {**_DELIVERY, **_WAITING},
}
PARAMETERS: dict[str, Any] = {"webhook": CODE, "delivery": DELIVERY_ID, "delivery_state": "dead"}
DESCRIBED: dict[str, dict[str, Any]] = {
    "webhook": {"minLength": 1, "maxLength": 64, "description": "The id of the webhook, or its code."},
    "delivery": {**ID, "description": "The id of a delivery."},
    "delivery_state": {"description": "Only deliveries in this state."},
}
_URL: dict[str, Any] = {
    "minLength": 1,
    "maxLength": LONGEST_URL,
    "description": "Where events are told, over https.",
}
_EVENT_TYPES: dict[str, Any] = {
    "minItems": 1,
    "maxItems": endpoints.MOST_EVENT_TYPES,
    "description": "Which events are told, each type whole or like velaurum.item.*.",
}
_GENERATION: dict[str, Any] = {
    "minimum": 1,
    "description": "Which of the webhook's secrets, one after the other.",
}
_WRITTEN: dict[str, dict[str, Any]] = {
    "name": {"minLength": 1, "maxLength": 120},
    "url": _URL,
    "event_types": _EVENT_TYPES,
}
_SHOWN: dict[str, dict[str, Any]] = {
    "code": ORG_CODE,
    "generation": _GENERATION,
    "disabled_reason": {"description": "gone: the receiver answered 410."},
}
_OF_DELIVERIES: dict[str, dict[str, Any]] = {
    "endpoint_id": ID,
    "endpoint_code": ORG_CODE,
    "event_id": {"description": "The event's id among all; null for a test."},
    "error_code": {"description": "What went wrong last, in a word of ours."},
    **dict.fromkeys(("tried_at", "due_at", "ended_at"), UTC_INSTANT),
}
EXACT: dict[tuple[str, str], dict[str, Any]] = {
    **{
        (shape, name): value
        for shape in ("NewWebhookBody", "WebhookChangeBody")
        for name, value in _WRITTEN.items()
    },
    **{
        (shape, name): value
        for shape in ("WebhookAnswer", "IssuedWebhookAnswer")
        for name, value in _SHOWN.items()
    },
    **{
        (shape, name): value
        for shape in ("Delivery", "DeliveryAnswer")
        for name, value in _OF_DELIVERIES.items()
    },
    ("NewWebhookBody", "code"): ORG_CODE,
    ("NewSecretBody", "overlap"): {
        "pattern": "^[0-9]{1,6}[smhdw]$",
        "description": "1d, 12h, 0s; 7d at most.",
    },
    ("WebhookKey", "generation"): _GENERATION,
    ("WebhookKey", "until"): UTC_INSTANT,
    ("WebhookKey", "public_key"): {"pattern": "^whpk_[A-Za-z0-9+/]{43}=$"},
    ("IssuedWebhookAnswer", "secret"): {"pattern": "^whsec_[A-Za-z0-9+/]{43}=$"},
    ("DeliveryAnswer", "body"): {"description": "What is sent, byte for byte."},
    **dict.fromkeys((("Attempt", "began_at"), ("Attempt", "ended_at")), UTC_INSTANT),
    ("Attempt", "status_class"): {
        "minimum": 1,
        "maximum": 5,
        "description": "2 for 2xx; null where nothing was answered.",
    },
    ("Attempt", "latency_ms"): {"minimum": 0, "description": "Null where the process was gone."},
}
_ONE = ("not-found",)
REFUSALS: dict[str, tuple[str, ...]] = {
    "createWebhook": ("code-taken", "conflict"),
    "getWebhook": _ONE,
    "changeWebhook": ("not-found", "stale-version", "precondition-required"),
    "listWebhooks": ("invalid-field",),
    "rotateWebhookSecret": _ONE,
    "testWebhook": ("not-found", "conflict"),
    "listDeliveries": ("not-found", "invalid-field"),
    "getDelivery": _ONE,
    "redeliver": ("not-found", "conflict"),
}
