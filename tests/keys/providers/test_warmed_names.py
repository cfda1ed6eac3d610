"""A server that is ready knows what people are called, whoever keeps their keys, and one without them starts (V-08)."""

import time

import pytest

from keys.providers.ways import Kept
from support.api_orgs import RECEIPT
from support.http_client import Reply
from support.key_holder import KeyHolder
from support.staff import Staff, administrator

# To start a server, and what it may wait for names.
LONGEST_S = 20.0
SLOW_S = 0.5


def posts(kept: Kept, by: Staff) -> Reply:
    """Post the first movement of somebody by a server."""
    return kept.org.client.post(
        f"{kept.org.path}/movements", RECEIPT, token=by.token, key=str(time.monotonic())
    )


@pytest.mark.parametrize("kept", ["held"], indirect=True)
def test_the_first_answer_of_a_server_says_who_posted_however_slow_its_provider_is(
    kept: Kept, holder: KeyHolder
) -> None:
    kept.server()
    ada = administrator(kept.org).appoints("storekeeper", "Ada")
    holder.fault = lambda _: time.sleep(SLOW_S)
    kept.server()

    posted = posts(kept, ada)

    assert (posted.status, posted.json["actor"]["name"]) == (201, "Ada")


@pytest.mark.parametrize("kept", ["pkcs11", "held"], indirect=True)
def test_a_server_without_its_provider_starts_in_time_and_learns_names_later(kept: Kept) -> None:
    kept.server()
    ada = administrator(kept.org).appoints("storekeeper", "Ada")
    kept.way.go_dark()
    begun = time.monotonic()
    kept.server()
    took = time.monotonic() - begun

    dark = posts(kept, ada)
    kept.way.come_back()

    assert took < LONGEST_S
    assert (dark.status, dark.json["actor"]["name"]) == (201, None)
    deadline = time.monotonic() + LONGEST_S
    while posts(kept, ada).json["actor"]["name"] != "Ada":
        assert time.monotonic() < deadline
        time.sleep(0.2)
