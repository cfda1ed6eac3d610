"""What a Functions host does with an app: it reads the index, gives what came in the library's types, and settles.

The library's own converters make those types, from what the host's protocol carries. No host runs here.
"""

import importlib.util
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from azure.functions import ServiceBusMessage, TimerRequest
from azure.functions.decorators.function_app import Function
from azure.functions.meta import Datum
from azure.functions.servicebus import ServiceBusMessageInConverter
from azure.functions.timer import TimerRequestConverter
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusClient, ServiceBusReceivedMessage
from azure.servicebus.exceptions import OperationTimeoutError

from velaurum.transport.messages import Message

APP = Path(__file__).parents[2] / "deploy" / "functions"
_TICK = {
    "Schedule": {"AdjustForDST": True},
    "ScheduleStatus": {"Last": "2026-11-29T10:00:00+00:00", "Next": "2026-11-29T10:00:05+00:00"},
    "IsPastDue": False,
}


@dataclass(slots=True)
class Hosted:
    """An app as its host has it. `failures` are the calls that raised, for which a message is given back."""

    module: ModuleType
    functions: dict[str, Function]
    failures: list[Exception] = field(default_factory=list)

    def give(self, message: ServiceBusMessage) -> None:
        """Call for a message."""
        self.functions["consume"].get_user_function()(message=message)

    def tick(self, name: str) -> None:
        """Call on the clock."""
        self.functions[name].get_user_function()(timer=tick())

    def settle_all(self, client: ServiceBusClient, queue: str) -> list[str]:
        """Give all that is in a queue, a session after the other, and settle each by how its call ended.

        Returns the ids in the order in which they were given.
        """
        given: list[str] = []
        with suppress(OperationTimeoutError):
            while True:
                receiver = client.get_queue_receiver(
                    queue, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1.0
                )
                with receiver:
                    while batch := receiver.receive_messages(1, max_wait_time=0.5):
                        given.append(str(batch[0].message_id))
                        try:
                            self.give(of_bus(batch[0]))
                        except Exception as error:  # noqa: BLE001 - as the host does
                            self.failures.append(error)
                            receiver.abandon_message(batch[0])
                        else:
                            receiver.complete_message(batch[0])
        return given


@contextmanager
def hosted() -> Iterator[Hosted]:
    """Load the app anew, as a process of the host does, for the length of a block."""
    spec = importlib.util.spec_from_file_location("function_app", APP / "function_app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
        yield Hosted(module, {one.get_function_name(): one for one in module.app.get_functions()})
    finally:
        module.host.close()
        del sys.modules[spec.name]


def tick() -> TimerRequest:
    made = TimerRequestConverter.decode(Datum(json.dumps(_TICK), "json"), trigger_metadata={})
    assert isinstance(made, TimerRequest)
    return made


def of_message(message: Message, deliveries: int = 1, **instead: str) -> ServiceBusMessage:
    """Return a message of ours as the host gives it."""
    said = {
        "MessageId": message.message_id,
        "SessionId": message.session_id,
        "Subject": message.subject,
        "ContentType": message.content_type,
    }
    return _decoded(message.body, said | instead, deliveries)


def of_bus(received: ServiceBusReceivedMessage) -> ServiceBusMessage:
    """Return what came from a bus as the host gives it; it counts deliveries from one."""
    said = {
        "MessageId": str(received.message_id),
        "SessionId": str(received.session_id),
        "Subject": str(received.subject),
        "ContentType": str(received.content_type),
    }
    return _decoded(b"".join(received.body), said, (received.delivery_count or 0) + 1)


def _decoded(body: bytes, said: dict[str, str], deliveries: int) -> ServiceBusMessage:
    metadata: dict[str, Any] = {name: Datum(value, "string") for name, value in said.items()}
    metadata |= {
        "DeliveryCount": Datum(deliveries, "int"),
        "LockToken": Datum("6c1d9f3e-7a0e-4b6e-9d1c-0f5d7a2b9c11", "string"),
        "EnqueuedTimeUtc": Datum('"2026-11-29T10:00:00.000Z"', "json"),
        "ApplicationProperties": Datum("{}", "json"),
        "UserProperties": Datum("{}", "json"),
    }
    made = ServiceBusMessageInConverter.decode(Datum(body, "bytes"), trigger_metadata=metadata)
    assert isinstance(made, ServiceBusMessage)
    return made
