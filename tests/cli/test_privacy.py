"""`velaurum privacy record`: the record of processing, for people and for programs (V-25)."""

from support.command import Installation


def test_the_record_is_told_and_is_a_document(installation: Installation) -> None:
    tenant = installation.tenant()

    told = tenant.admin("privacy", "record")
    document = tenant.admin("privacy", "record", "--json").document

    assert told.code == 0
    assert f"Record of processing of {tenant.code}" in told.stdout
    assert "identity.principal.name" in told.stdout
    # Nobody, or the message bus where one carries messages.
    for words in [one["host"] for one in document["recipients"]] or ["nobody outside is told of events"]:
        assert words in told.stdout
    assert document["kind"] == "velaurum.processing-record.1"
    for activity in document["activities"]:
        assert activity["why"] in told.stdout


def test_who_may_not_read_it_is_told_so(installation: Installation) -> None:
    refused = installation.tenant().keeper("privacy", "record", "--json")

    assert (refused.code, refused.envelope["code"]) == (4, "forbidden")
