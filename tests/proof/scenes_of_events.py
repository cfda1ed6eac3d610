"""The scenes of subscribers: where both organisations have one, or only the other has."""

from proof.scenes import Scene
from proof.worlds import HERE, THERE


def _subscriber(whose: str) -> str:
    return f"insert into events.subscriber (org_id, name, after_index) values ({whose}, 'scene', -1)"


_BOTH = f"{_subscriber(HERE)}; {_subscriber(THERE)}"
_LARGER = f"(select max(h.size) - 1 from ledger.head as h where h.org_id in ({HERE}, {THERE}))"

SCENES_OF_EVENTS = (
    Scene(
        "a subscriber begins that the other organisation has",
        f"select events.subscribe({HERE}, 'scene', -1)",
        _subscriber(THERE),
    ),
    Scene("a subscriber is claimed that both have", f"select * from events.claim({HERE}, 'scene')", _BOTH),
    Scene(
        "a subscriber moves on that both have at the same place",
        f"select events.advance({HERE}, 'scene', -1, 0)",
        _BOTH,
    ),
    Scene(
        "a subscriber moves on to where only the longer log reaches",
        f"select events.advance({HERE}, 'scene', -1, {_LARGER})",
        _BOTH,
    ),
    Scene(
        "a message is taken that the other organisation took",
        f"select * from events.take({HERE}, 'scene', array['m'])",
        f"insert into events.inbox (org_id, consumer, message_id) values ({THERE}, 'scene', 'm')",
    ),
)
