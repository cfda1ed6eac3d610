"""Work that takes longer than a lease: who renews it in time keeps it, on every transport (V-06)."""

import time

import pytest

from support.carriers import LEASE_S, Carrier, messages
from velaurum.transport.port import LeaseLostError

PATIENCE_S = 15.0


def test_who_renews_holds_it_for_longer_than_a_lease(carrier: Carrier) -> None:
    org_id, slow, other = carrier.org(), carrier.transport(), carrier.transport()
    slow.publish(messages(org_id, 1, 2))
    first, second = slow.receive(at_most=2, wait_s=PATIENCE_S)
    held_at = time.monotonic()

    while time.monotonic() - held_at < 1.5 * LEASE_S:
        assert other.receive(org_id=org_id, wait_s=LEASE_S / 4) == []
        slow.renew(first)
    slow.ack(first)
    slow.renew(second)
    slow.ack(second)

    assert other.receive(at_most=2, wait_s=0.5) == []
    assert other.dead_letters(org_id) == []


def test_a_lease_that_is_over_or_was_given_back_is_not_renewed(carrier: Carrier) -> None:
    org_id, slow, other = carrier.org(), carrier.transport(), carrier.transport()
    slow.publish(messages(org_id, 1))
    (held,) = slow.receive(wait_s=PATIENCE_S)
    (again,) = other.receive(wait_s=PATIENCE_S)

    with pytest.raises(LeaseLostError):
        slow.renew(held)
    other.nack(again)
    with pytest.raises(LeaseLostError):
        other.renew(again)

    (last,) = slow.receive(wait_s=PATIENCE_S)
    assert (last.message.log_index, last.deliveries) == (1, 3)
    slow.ack(last)
    with pytest.raises(LeaseLostError):
        slow.renew(last)
