"""Time stamps (RFC 3161): what an authority said of these bytes holds, and nothing else does (V-22)."""

from datetime import UTC, datetime, timedelta

import pytest

from support.timestamp_authority import Authority, Fault
from velaurum.proofs import timestamps
from velaurum.proofs.wire import FormatError, ProofError

DATA = b"a checkpoint\n"
AT = datetime(2026, 11, 22, 10, 0, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_an_answer_says_when_the_bytes_were_seen(authority: Authority) -> None:
    asked = timestamps.query(DATA)

    reply = authority.answer(asked.raw, AT)

    assert timestamps.stamped_at(reply, DATA, timestamps.roots(authority.pem), asked.nonce) == AT


@pytest.mark.parametrize(
    "accuracy",
    [
        timedelta(seconds=1),
        timedelta(milliseconds=500),
        timedelta(microseconds=20),
        timedelta(seconds=2, milliseconds=3, microseconds=4),
        None,
    ],
)
def test_an_answer_says_how_far_its_clock_may_be_off(accuracy: timedelta | None) -> None:
    authority = Authority(accuracy=accuracy)

    seen = timestamps.stamped(authority.stamp(DATA, AT), DATA, timestamps.roots(authority.pem))

    off = accuracy or timedelta(0)
    assert (seen.at, seen.accuracy, seen.earliest, seen.latest) == (AT, off, AT - off, AT + off)


def test_a_clock_that_may_be_off_by_more_than_a_day_says_nothing() -> None:
    authority = Authority(accuracy=timedelta(days=1, seconds=1))

    with pytest.raises(ProofError, match="says nothing"):
        timestamps.stamped(authority.stamp(DATA, AT), DATA, timestamps.roots(authority.pem))


def test_certificates_in_another_order_than_ders_are_read() -> None:
    authority = Authority("unsorted certificates")
    asked = timestamps.query(DATA)

    reply = authority.answer(asked.raw, AT)

    assert timestamps.stamped_at(reply, DATA, timestamps.roots(authority.pem), asked.nonce) == AT


@pytest.mark.parametrize(
    "fault",
    ["other data", "other nonce", "rejects", "not for time stamps", "for more than time stamps", "nonsense"],
)
def test_another_answer_is_refused(fault: Fault) -> None:
    authority = Authority(fault)
    asked = timestamps.query(DATA)

    with pytest.raises(ProofError):
        timestamps.stamped_at(
            authority.answer(asked.raw, AT), DATA, timestamps.roots(authority.pem), asked.nonce
        )


def test_an_authority_that_nobody_trusts_says_nothing(authority: Authority) -> None:
    with pytest.raises(ProofError):
        timestamps.stamped_at(authority.stamp(DATA, AT), DATA, timestamps.roots(Authority().pem))


def test_it_is_about_these_bytes(authority: Authority) -> None:
    with pytest.raises(ProofError):
        timestamps.stamped_at(authority.stamp(DATA, AT), DATA + b"\n", timestamps.roots(authority.pem))


def test_a_certificate_that_was_not_good_then_is_refused(authority: Authority) -> None:
    then = datetime(2019, 1, 1, tzinfo=UTC)

    with pytest.raises(ProofError):
        timestamps.stamped_at(authority.stamp(DATA, then), DATA, timestamps.roots(authority.pem))


# What nobody signed may be otherwise: the order and the content of certificates that are not needed.
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_no_flipped_bit_makes_it_another_instant(authority: Authority) -> None:
    reply, trusted = authority.stamp(DATA, AT), timestamps.roots(authority.pem)
    refused = 0
    for at in range(len(reply)):
        flipped = bytearray(reply)
        flipped[at] ^= 1 << at % 8
        try:
            assert timestamps.stamped_at(bytes(flipped), DATA, trusted) == AT
        except ProofError:
            refused += 1

    assert refused > len(reply) // 2


def test_who_signed_it_is_the_certificate_in_it(authority: Authority) -> None:
    reply = authority.stamp(DATA, AT)

    assert timestamps.claimed_at(reply, DATA) == AT
    assert timestamps.claimed_at(Authority("unsorted certificates").stamp(DATA, AT), DATA) == AT
    with pytest.raises(ProofError, match="over something else"):
        timestamps.claimed_at(reply, b"another checkpoint\n")
    for fault in ("other data", "rejects", "nonsense"):
        with pytest.raises(ProofError):
            timestamps.claimed_at(Authority(fault).stamp(DATA, AT), DATA)


# As above; what nobody trusts is not looked at beyond its key.
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_without_certificates_no_flipped_bit_makes_it_another_instant_either(authority: Authority) -> None:
    reply = authority.stamp(DATA, AT)
    refused = 0
    for at in range(len(reply)):
        flipped = bytearray(reply)
        flipped[at] ^= 1 << at % 8
        try:
            assert timestamps.claimed_at(bytes(flipped), DATA) == AT
        except ProofError:
            refused += 1

    assert refused > len(reply) // 4


@pytest.mark.parametrize(
    "pem", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_file_without_a_certificate_trusts_nobody(pem: bytes) -> None:
    with pytest.raises(FormatError):
        timestamps.roots(pem)
