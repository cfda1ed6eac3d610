"""Counts from the command line, by the people of a count: opened, counted from standard input, approved and posted."""

import pytest

from support.command import Command, Installation, Tenant


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    made = installation.tenant()
    assert made.keeper("post", "receipt", "BOLT", "24", "--target", "A").code == 0
    return made


def somebody(installation: Installation, tenant: Tenant, role: str) -> Command:
    words = ("token", "create", "--org", tenant.code, "--role", role, "--kind", "user", "--name", role)
    return tenant.admin.given(token=installation.command(*words).stdout.strip())


def test_a_count_is_opened_counted_approved_and_posted(installation: Installation, tenant: Tenant) -> None:
    counter, controller = (somebody(installation, tenant, role) for role in ("counter", "controller"))
    opened = tenant.keeper("count", "open", "CYCLE-1", "A", "--tolerance", "5", "--json").document
    words = ("count", "add", "CYCLE-1", "--key", "sheet")
    added = counter(*words, given="BOLT,21\n\n")
    again = counter(*words, "--json", given="BOLT,21\n").document
    shown = tenant.keeper("count", "variances", "CYCLE-1").stdout
    lines = counter("count", "lines", "CYCLE-1").stdout
    blind = counter("count", "variances", "CYCLE-1")
    finished = tenant.keeper("count", "finish", "CYCLE-1", "--json").document
    approved = controller("count", "approve", "CYCLE-1").stdout
    posted = tenant.keeper("count", "post", "CYCLE-1", "--json").document

    assert added.stdout == "1 lines are recorded.\n"
    assert [one["idempotency_key"] for one in again["lines"]] == ["sheet:1"]
    assert "BOLT" in lines
    assert [one.split() for one in shown.splitlines()[1:]] == [["BOLT", "available", "21", "24", "-3"]]
    assert blind.code == 4
    assert (finished["count"]["state"], "approved" in approved) == ("counted", True)
    assert (posted["id"], posted["state"]) == (opened["id"], "posted")
    assert [one["code"] for one in counter("count", "list", "--json").document["data"]] == ["CYCLE-1"]


def test_what_is_refused_is_told_and_the_command_fails(installation: Installation, tenant: Tenant) -> None:
    counter, controller = (somebody(installation, tenant, role) for role in ("counter", "controller"))
    tenant.keeper("count", "open", "CYCLE-1", "A", "--tolerance", "99")
    counter("count", "add", "CYCLE-1", given="BOLT,2\n")
    tenant.keeper("count", "finish", "CYCLE-1")
    controller("count", "approve", "CYCLE-1")
    tenant.keeper("post", "issue", "BOLT", "20", "--source", "A")

    refused = tenant.keeper("count", "post", "CYCLE-1")
    cancelled = tenant.keeper("count", "cancel", "CYCLE-1")

    assert refused.code == 5
    assert "line 1 is refused (insufficient-stock)" in refused.stderr
    assert "cancelled" in cancelled.stdout


@pytest.mark.parametrize("written", ["", "\n", "BOLT", "BOLT,", "BOLT,x", "A,B,C,1"])
def test_a_line_that_cannot_be_read_is_told_and_nothing_is_sent(tenant: Tenant, written: str) -> None:
    refused = tenant.keeper("count", "add", "CYCLE-1", given=written)

    assert refused.code == 2
    assert "BOLT-M8,24" in refused.sentence
