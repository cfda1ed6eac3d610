"""The conformance tester of SCIM, somebody else's, against the real server: every check that it has."""

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from support.api_orgs import ApiOrg

# What the tester leaves out by itself, because a server may: one search over users and groups at once.
MAY_BE_SKIPPED = {"search_with_attributes"}


def test_the_tester_of_the_standard_finds_nothing_to_say(org: ApiOrg) -> None:
    with httpx2.Client(
        base_url=f"{org.client.url}{org.path}/scim/v2",
        headers={"Authorization": f"Bearer {org.tokens['provisioner']}"},
        trust_env=False,
    ) as client:
        results = check_server(SyncSCIMClient(client))

    others = [one for one in results if one.status not in (Status.SUCCESS, Status.COMPLIANT)]
    assert not [one for one in others if one.title not in MAY_BE_SKIPPED or one.status != Status.SKIPPED]
    passed = {one.title for one in results if one.status == Status.SUCCESS}
    assert {"object_creation", "object_replacement", "object_deletion", "random_url"} <= passed
    assert {"check_add_attribute", "check_remove_attribute", "check_replace_attribute"} <= passed
