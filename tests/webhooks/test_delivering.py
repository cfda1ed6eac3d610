"""What is sent, signed and once; tried again, asked for again, and told by the next process after a kill (V-06)."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from support.ledger_sql import ConninfoOf
from support.receivers import answering, hang, in_turn, receiving
from velaurum.errors import Refusal
from velaurum.tenancy import orgs
from velaurum.webhooks import endpoints
from velaurum.webhooks.retries import Retries
from velaurum.webhooks.sending import Sender
from velaurum.webhooks.signing_keys import InstallationKey
from webhooks.conftest import AT_ONCE, DEADLINE_S, HERE, INTEGRATOR, KEY, Delivering, Office

LEASE_S = 2.0
_PROCESS = """
import sys, time
from datetime import timedelta
from velaurum.db.connection import Database
from velaurum.outbound.networks import Networks
from velaurum.worker.delivering import Deliverer
from velaurum.webhooks.sending import Sender
from velaurum.webhooks.signing_keys import InstallationKey
sender = Sender(InstallationKey(b"\\x07" * 32), Networks(allows_loopback=True))
Deliverer(Database(sys.argv[1]), sender, timedelta(seconds=float(sys.argv[2]))).start()
time.sleep(60)
"""
ONCE = Retries(())


def test_a_delivery_comes_signed_and_with_its_id(office: Office, deliver: Delivering) -> None:
    with receiving() as receiver, deliver() as deliverer:
        endpoint = office.endpoint(receiver.url)
        asked = office.test()
        deliverer.start()
        (request,) = receiver.wait_for(1)
        done = office.when("delivered", asked)

    assert request.id == f"msg_{asked.id}"
    assert request.headers["content-type"] == "application/json"
    assert len(request.body) < 20_000
    (secret,) = endpoints.signing(KEY, office.org_id, endpoint)
    said = Webhook(secret.keys.secret).verify(request.body, dict(request.headers))
    assert said["type"] == "velaurum.webhook.test.v1"
    assert said["data"]["href"] == f"/v1/orgs/{office.org.org_code}/webhooks/{endpoint.id}"
    assert (done.attempts, done.error_code, done.due_at) == (1, None, None)
    (attempt,) = office.attempts(asked)
    assert (attempt.outcome, attempt.status_class, attempt.error_code) == ("delivered", 2, None)


def test_a_receiver_that_answers_500_is_tried_again_and_the_message_stays_itself(
    office: Office, deliver: Delivering
) -> None:
    with receiving(in_turn(answering(500), answering(502), answering(200))) as receiver, deliver() as one:
        office.endpoint(receiver.url)
        asked = office.test()
        one.start()
        requests = receiver.wait_for(3)
        office.when("delivered", asked)

    assert len({request.id for request in requests}) == len({request.body for request in requests}) == 1
    assert [one.error_code for one in office.attempts(asked)] == ["answered-5xx", "answered-5xx", None]


def test_what_never_succeeds_is_dead_and_people_ask_for_it_again(office: Office, deliver: Delivering) -> None:
    with receiving(in_turn(*(answering(400),) * 4, answering(200))) as receiver, deliver() as one:
        office.endpoint(receiver.url)
        asked = office.test()
        one.start()
        dead = office.when("dead", asked)
        assert (dead.attempts, dead.error_code, len(receiver.requests)) == (4, "answered-4xx", 4)
        office.redeliver(asked)
        done = office.when("delivered", asked)

    assert done.attempts == 5
    assert len({request.id for request in receiver.requests}) == 1


def test_nobody_asks_again_for_what_is_being_sent(office: Office, deliver: Delivering) -> None:
    with receiving(in_turn(hang, answering(204))) as receiver, deliver(Sender(KEY, HERE, ONCE, 2.0)) as one:
        office.endpoint(receiver.url)
        asked = office.test()
        one.start()
        receiver.wait_for(1)
        with pytest.raises(Refusal) as refused:
            office.redeliver(asked)
        office.when("dead", asked)
        office.redeliver(asked)
        office.when("delivered", asked)

    assert refused.value.code == "conflict"


def test_two_that_send_tell_each_thing_once(office: Office, deliver: Delivering) -> None:
    with receiving() as receiver, deliver() as one, deliver() as other:
        office.endpoint(receiver.url)
        asked = [office.test() for _ in range(40)]
        for deliverer in (one, other):
            deliverer.start()
        for delivery in asked:
            office.when("delivered", delivery)

    assert sorted(request.id for request in receiver.requests) == sorted(f"msg_{one.id}" for one in asked)


def test_what_a_process_had_when_it_was_killed_is_told_by_the_next(
    office: Office, deliver: Delivering, module_conninfo: ConninfoOf
) -> None:
    """It comes twice where the first receiver's answer was not written down, and it is the same message."""
    with receiving(in_turn(hang, answering(204))) as receiver, deliver() as next_one:
        office.endpoint(receiver.url)
        asked = office.test()
        words = (module_conninfo(INTEGRATOR), str(LEASE_S))
        with subprocess.Popen([sys.executable, "-c", _PROCESS, *words]) as process:
            receiver.wait_for(1)
            process.kill()
        next_one.start()
        office.when("delivered", asked)

    lost, told = office.attempts(asked)
    assert (lost.outcome, lost.error_code, lost.latency_ms) == ("lost", "worker-lost", None)
    assert (told.outcome, told.number) == ("delivered", 2)
    assert len({request.id for request in receiver.requests}) == 1


def test_a_secret_is_changed_with_both_signing_for_a_while(office: Office, deliver: Delivering) -> None:
    with receiving() as receiver, deliver() as one:
        before = endpoints.signing(KEY, office.org_id, office.endpoint(receiver.url))[0].keys
        now = office.rotate(timedelta(seconds=2))
        after = endpoints.signing(KEY, office.org_id, now)[0].keys
        office.test()
        one.start()
        (both,) = receiver.wait_for(1)
        time.sleep(2)
        office.test()
        (_, alone) = receiver.wait_for(2)

    assert before.secret != after.secret
    for keys in (before, after):
        Webhook(keys.secret).verify(both.body, dict(both.headers))
    Webhook(after.secret).verify(alone.body, dict(alone.headers))
    with pytest.raises(Exception, match="No matching"):
        Webhook(before.secret).verify(alone.body, dict(alone.headers))


def test_without_its_key_an_installation_tells_nothing_until_secrets_are_new(
    office: Office, deliver: Delivering
) -> None:
    other = InstallationKey(b"\x08" * 32)
    with receiving() as receiver, deliver(Sender(other, HERE, AT_ONCE, DEADLINE_S)) as one:
        made = office.endpoint(receiver.url)
        asked = office.test()
        one.start()
        dead = office.when("dead", asked)
        assert endpoints.signing(other, office.org_id, made) == []
        assert receiver.requests == []
        now = replace(office, key=other).rotate(timedelta(days=1))
        office.redeliver(asked)
        (request,) = receiver.wait_for(1)

    assert dead.error_code == "secret-lost"
    assert (now.generation, now.older_until) == (2, None)
    (secret,) = endpoints.signing(other, office.org_id, now)
    Webhook(secret.keys.secret).verify(request.body, dict(request.headers))


def test_who_is_suspended_is_not_told_of_anything(office: Office, deliver: Delivering) -> None:
    with receiving() as receiver, deliver() as one:
        office.endpoint(receiver.url)
        office.test()
        with office.door.installation() as outside:
            found = orgs.find(outside, office.org.org_code)
            assert found is not None
            orgs.suspend(outside, found, "unpaid")
        assert one.follow() == 0
        assert receiver.requests == []


def test_a_body_says_where_to_read_and_nothing_else(office: Office, deliver: Delivering) -> None:
    with receiving() as receiver, deliver() as one:
        office.endpoint(receiver.url)
        office.test()
        one.start()
        (request,) = receiver.wait_for(1)

    said = json.loads(request.body)
    assert sorted(said) == ["data", "id", "timestamp", "type"]
    assert sorted(said["data"]) == ["href", "id", "noun"]
