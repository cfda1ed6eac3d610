"""Where outgoing requests may go: each kind of address that is not public, in every way to write it."""

import pytest

from velaurum.errors import UsageError
from velaurum.outbound.networks import Networks, networks

PUBLIC = Networks()
HERE = Networks(allows_loopback=True)
REFUSED = (
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.1.1.1", "169.254.169.254", "172.16.0.1"),  # noqa: S104
    *("192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *(
        "168.63.129.16",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:168.63.129.16",
    ),
    *("64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1"),
    *("5f00::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
)


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not PUBLIC.let(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "20.190.128.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_let(address: str) -> None:
    assert PUBLIC.let(address)


def test_loopback_is_let_where_the_server_is_there_itself() -> None:
    assert all(HERE.let(address) for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"))
    assert not any(HERE.let(address) for address in ("10.1.2.3", "169.254.169.254", "::", "168.63.129.16"))


def test_what_the_operator_names_is_let_and_nothing_beside_it() -> None:
    named = networks(" 10.1.0.0/16, fd12::/64,192.168.1.5", allows_loopback=False)

    assert all(named.let(address) for address in ("10.1.255.1", "fd12::9", "192.168.1.5", "::ffff:10.1.0.1"))
    assert not any(named.let(address) for address in ("10.2.0.1", "fd13::1", "192.168.1.6", "127.0.0.1"))


@pytest.mark.parametrize("text", ["10.1.0.1/16", "intranet", "10.0.0.0/8;", "10.0.0.0/40"])
def test_a_network_that_is_none_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="provider_networks"):
        networks(text, allows_loopback=False)


@pytest.mark.parametrize("text", [None, "", " , "])
def test_no_network_is_none(text: str | None) -> None:
    assert networks(text, allows_loopback=False) == PUBLIC


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "login.example.com",
            "http://login.example.com",
            "ftp://login.example.com",
            "https://",
            "https:///x",
        ),
        *(
            "https://a@b.example",
            "https://a:b@c.example",
            "https://b.example#x",
            "https://B.example",
            "https://b_c",
        ),
        *(
            "https://b.example:0",
            "https://b.example:65536",
            "https://b.example:x",
            "https://[::1",
            "https://é.example",
        ),
        *(
            "https://b.example/ x",
            "https://b.example/\n",
            "https://①②⑦.⓪.⓪.①",
            "https://b..",
            "http://127.0.0.1",
        ),
        "https://b.example/" + "x" * 255,
    ],
)
def test_what_is_no_address_to_ask_is_told(url: str) -> None:
    assert PUBLIC.problem(url) is not None


@pytest.mark.parametrize(
    "url", ["https://login.example.com", "https://b.example:8443/x?y=z", "https://[2606::1]/x"]
)
def test_an_address_to_ask_has_no_problem(url: str) -> None:
    assert PUBLIC.problem(url) is None


def test_plain_http_is_for_loopback_where_it_is_let() -> None:
    assert HERE.problem("http://127.0.0.1:9400") is None
    assert HERE.problem("http://localhost:9400/x") is None
    for url in ("http://127.0.0.2", "http://login.example.com", "http://10.0.0.1"):
        assert HERE.problem(url) is not None
