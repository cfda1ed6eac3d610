"""The index of functions that a host reads, and what else is deployed with it (V-01)."""

import inspect
import json
import re
from dataclasses import fields
from typing import Any

import pytest
from azure.functions.servicebus import ServiceBusMessageInConverter
from azure.functions.timer import TimerRequestConverter

from support.functions_host import APP, hosted
from velaurum import __version__
from velaurum.config import ENVIRONMENT_PREFIX, Settings
from velaurum.functions.host import CONNECTIONS, Limits
from velaurum.webhooks.sending import DEADLINE_S

QUEUE = "VELAURUM_SERVICEBUS_QUEUE"
EXPECTED = {
    "consume": {
        "direction": "IN",
        "type": "serviceBusTrigger",
        "dataType": "BINARY",
        "name": "message",
        "connection": "ServiceBusConnection",
        "queueName": f"%{QUEUE}%",
        "isSessionsEnabled": True,
    },
    **{
        name: {"direction": "IN", "type": "timerTrigger", "name": "timer", "schedule": schedule}
        for name, schedule in (
            ("carry", "*/5 * * * * *"),
            ("deliver", "*/5 * * * * *"),
            ("expire", "*/10 * * * * *"),
            ("remind", "0 * * * * *"),
            ("sweep", "0 */15 * * * *"),
            ("work_light_jobs", "*/10 * * * * *"),
        )
    },
}
CONVERTERS: dict[str, Any] = {
    "serviceBusTrigger": ServiceBusMessageInConverter,
    "timerTrigger": TimerRequestConverter,
}


@pytest.fixture
def index() -> dict[str, Any]:
    with hosted() as app:
        return app.functions


@pytest.fixture
def host_json() -> Any:
    return json.loads((APP / "host.json").read_text())


def test_the_index_has_these_functions_with_these_bindings(index: dict[str, Any]) -> None:
    found = {name: [json.loads(one) for one in made.get_raw_bindings()] for name, made in index.items()}

    assert found == {name: [binding] for name, binding in EXPECTED.items()}


def test_each_function_takes_what_its_trigger_gives(index: dict[str, Any]) -> None:
    for made in index.values():
        trigger = made.get_trigger()
        ((name, parameter),) = inspect.signature(made.get_user_function(), eval_str=True).parameters.items()

        assert name == trigger.name
        assert CONVERTERS[trigger.type].check_input_type_annotation(parameter.annotation)


def test_the_trigger_reads_the_queue_that_is_published_into() -> None:
    assert QUEUE in {ENVIRONMENT_PREFIX + one.name.upper() for one in fields(Settings)}


def test_the_entry_point_is_thin_and_holds_no_secret() -> None:
    text = (APP / "function_app.py").read_text()

    assert len(text.splitlines()) <= 50
    assert not re.search(r"SharedAccess|Endpoint=|AccountKey|password", text, re.IGNORECASE)


def test_what_is_deployed_is_this_release() -> None:
    assert (APP / "requirements.txt").read_text().split() == [f"velaurum[azure]=={__version__}"]


def test_the_host_is_told_what_it_knows(host_json: Any) -> None:
    """The names are those of the reference of host.json 2.0 and of the extension 5 of Service Bus, as documented."""
    bus = host_json["extensions"]["serviceBus"]

    assert set(host_json) == {"version", "functionTimeout", "extensionBundle", "extensions", "logging"}
    assert host_json["version"] == "2.0"
    assert host_json["extensionBundle"]["id"] == "Microsoft.Azure.Functions.ExtensionBundle"
    assert set(host_json["extensions"]) == {"serviceBus"}
    assert set(bus) == {
        "autoCompleteMessages",
        "maxAutoLockRenewalDuration",
        "maxConcurrentSessions",
        "prefetchCount",
    }
    assert (bus["autoCompleteMessages"], bus["prefetchCount"]) == (True, 0)


def test_every_call_ends_before_the_host_ends_it(host_json: Any) -> None:
    limits, whole = Limits(), _seconds(host_json["functionTimeout"])
    bus = host_json["extensions"]["serviceBus"]

    assert limits.begin_jobs_s + limits.end_jobs_s < whole
    assert limits.hold_s + limits.longest_wait_s < _seconds(bus["maxAutoLockRenewalDuration"]) <= whole
    assert limits.deliver_s + DEADLINE_S < whole
    assert limits.carry_s < whole
    assert bus["maxConcurrentSessions"] < CONNECTIONS


def _seconds(text: str) -> float:
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return float(hours * 3600 + minutes * 60 + seconds)
