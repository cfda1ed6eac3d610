"""The record of processing: made of the classes alone, the same each time, and without secrets (V-25)."""

import json
from dataclasses import asdict

from support.golden import assert_golden
from support.processing import ENDPOINTS, record_of
from velaurum.db import column_classes


def columns(purpose: str | None = None, **settings: str) -> set[str]:
    return {
        column
        for activity in record_of([], **settings).activities
        if purpose in (None, activity.purpose)
        for use in activity.data
        for column in use.columns
    }


def test_golden_record() -> None:
    record = record_of(ENDPOINTS)

    assert_golden("processing-record.json", json.dumps(asdict(record), indent=2) + "\n")


def test_the_record_does_not_depend_on_the_order_of_what_it_is_made_of() -> None:
    assert record_of(ENDPOINTS[::-1]) == record_of(ENDPOINTS)


def test_every_personal_column_of_an_organisation_is_in_it_once() -> None:
    personal = [
        f"{name}.{one.column}"
        for name, table in column_classes.shipped().tables.items()
        if table.is_of_tenants
        for one in table.personal
    ]
    listed = [one for activity in record_of([]).activities for use in activity.data for one in use.columns]

    assert sorted(listed) == sorted(personal)
    assert len(listed) > 100


def test_what_is_the_installations_own_is_in_no_organisations_record() -> None:
    assert not any(one.startswith(("platform.", "fence.")) for one in columns())
    assert columns("operation") == set()


def test_a_recipient_is_a_host_without_the_rest_of_its_url() -> None:
    record = record_of(ENDPOINTS)

    told = [(one.host, one.webhooks, one.is_active) for one in record.recipients]
    assert told == [("erp.example.com", ["erp", "erp-2"], True), ("wms.example.com", ["wms"], False)]
    assert "5ecret" not in str(record)
    assert "hidden" not in str(record)


def test_a_bus_that_carries_messages_is_a_recipient() -> None:
    record = record_of([], transport="servicebus", servicebus_namespace="stock.servicebus.windows.net")

    assert [(one.kind, one.host) for one in record.recipients] == [
        ("transport", "stock.servicebus.windows.net")
    ]


def test_settings_say_for_how_long_what_is_bounded_is_kept() -> None:
    def kept(**settings: str) -> set[str]:
        uses = [use for activity in record_of([], **settings).activities for use in activity.data]
        return {use.kept for use in uses if "(keep_jobs)" in use.kept}

    assert kept() == {"for a while after it ended: 90d (keep_jobs)"}
    assert kept(keep_jobs="30d") == {"for a while after it ended: 30d (keep_jobs)"}
    assert kept(keep_jobs="0") == {"for a while after it ended: for ever (keep_jobs)"}


def test_nothing_sensitive_is_listed() -> None:
    sensitive = {
        f"{name}.{column}"
        for name, table in column_classes.shipped().tables.items()
        for column, of_class in table.given
        if of_class == "sensitive"
    }

    assert sensitive
    assert not sensitive & columns()
