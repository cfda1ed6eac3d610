"""Attacks on what is told to others: endpoints, deliveries, and how each went."""

from attacks.attack import GOES_THROUGH, NO_RIGHT, REFUSED_BY_TRIGGER, TRIGGER, Attack
from attacks.identity import AS_OPERATOR

_ENDPOINT = """
insert into webhooks.endpoint (org_id, id, code, name, url, event_types, key_id, from_index, created_by, updated_by)
select p.org_id, gen_random_uuid(), 'theirs', 'theirs', 'https://theirs.example', '{velaurum.*}', repeat('0', 16), 0,
    p.id, p.id
from identity.principal as p where p.created_by = p.id and p.org_id = current_setting('velaurum.org')::uuid
"""
_DELIVERY = """
insert into webhooks.delivery (org_id, id, endpoint_id, type, body)
select e.org_id, gen_random_uuid(), e.id, 'velaurum.webhook.test.v1', '{}' from webhooks.endpoint as e
"""

_ATTEMPT = """
insert into webhooks.attempt (org_id, delivery_id, number, began_at, outcome, latency_ms)
select d.org_id, d.id, 1, clock_timestamp(), 'delivered', 1 from webhooks.delivery as d
"""

WEBHOOK_ATTACKS = (
    Attack("DELETE an endpoint", ("delete from webhooks.endpoint",), REFUSED_BY_TRIGGER),
    Attack(
        "DELETE a delivery",
        (AS_OPERATOR, _ENDPOINT, _DELIVERY, "delete from webhooks.delivery"),
        REFUSED_BY_TRIGGER,
    ),
    Attack("TRUNCATE attempts", ("truncate webhooks.attempt",), REFUSED_BY_TRIGGER),
    Attack("UPDATE how an attempt went", ("update webhooks.attempt set latency_ms = 1",), REFUSED_BY_TRIGGER),
    Attack(
        "DELETE an attempt",
        (
            AS_OPERATOR,
            _ENDPOINT,
            _DELIVERY,
            _ATTEMPT,
            "delete from webhooks.attempt",
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE who asked for a delivery again",
        ("update webhooks.act set action = 'tested'",),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE what a delivery tells",
        (
            AS_OPERATOR,
            _ENDPOINT,
            _DELIVERY,
            "update webhooks.delivery set body = '{\"other\": 1}'",
        ),
        (NO_RIGHT, TRIGGER, TRIGGER),
    ),
    Attack(
        "INSERT an endpoint of one's own",
        (AS_OPERATOR, _ENDPOINT),
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        "select exists (select from audit.change as c where c.subject = 'webhook-endpoint')",
        "the entry, which cannot be taken away: the endpoint is in the organisation's log and list",
    ),
)
