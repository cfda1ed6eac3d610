"""Consumers of messages: each effect happens once, in one transaction with the note that its message came (V-06).

`velaurum worker` calls these from a loop of its own, and a host of functions for each message that it is given.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from velaurum import texts
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.transport.messages import Message, NeverError
from velaurum.webhooks import telling
from velaurum.worker.registry import is_passing


@dataclass(frozen=True, slots=True)
class Consumers:
    """Everything in the product that consumes messages. `door` is the integrator's role."""

    door: Database

    def handle(self, message: Message) -> None:
        """Do what a message is for; one that was done before does nothing.

        Refuses what passes, like `overloaded`: give the message back, for a later try. NeverError for what can never
        be done: make it a dead letter, by the code and the sentence of the error. Whatever else is raised is a fault
        of ours: give it back, too.
        """
        try:
            self.handle_all([message])
        except Refusal as refusal:
            if is_passing(refusal):
                raise
            raise NeverError(refusal.code, refusal.detail) from refusal

    def handle_all(self, messages: Sequence[Message]) -> None:
        """Do the same for several, those of an organisation in one transaction: all of them happen, or none."""
        of_org = defaultdict(list)
        for one in messages:
            of_org[one.org_id].append(one)
        for org_id, batch in of_org.items():
            if not texts.is_uuid(org_id):
                raise NeverError("unknown-organisation", "This installation has no such organisation.")
            with self.door.installation() as outside:
                telling.fan_out(outside.within(org_id), org_id, batch)

    def check(self) -> None:
        """Ask whether the database answers; refuses `overloaded` while it does not."""
        with self.door.installation():
            pass
