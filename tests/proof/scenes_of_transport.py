"""The scenes of messages under way: whose wait, and who holds them, here and elsewhere."""

from proof.scenes import Scene
from proof.transport_story import LEASE_ID
from proof.worlds import HERE, THERE

_BOTH = f"{HERE}, {THERE}"
_LEASE = f"select x.log_index from transport.lease({HERE}, gen_random_uuid(), 2, interval '1 minute', 3) as x"
_IS_DUE = f"select transport.is_due({HERE})"
_SETTLE = f"select transport.settle({HERE}, '{LEASE_ID}', 2, null, null)"

_RENEW = f"select transport.renew({HERE}, '{LEASE_ID}', interval '1 minute')"


def _queue(whose: str, what: str) -> str:
    return f"update transport.queue set {what} where org_id in ({whose})"


def _messages(whose: str, what: str) -> str:
    return f"update transport.message set {what} where org_id in ({whose}) and dead_at is null"


_FREE = "free_at = clock_timestamp() - interval '1 hour'"
_NOT_FREE = "free_at = clock_timestamp() + interval '1 hour'"
_NONE = "dead_at = clock_timestamp(), dead_code = 'scene', dead_reason = 'scene'"
_EMPTY = f"delete from transport.message where org_id in ({HERE}); delete from transport.queue where org_id in ({HERE})"
_LEASED = f"lease_id = '{LEASE_ID}'"
_HELD = f"{_LEASED}, {_NOT_FREE}"

WORLDS_OF_TRANSPORT = {"transport.queues.renew": _queue(_BOTH, _HELD)}

SCENES_OF_TRANSPORT = (
    *(
        Scene(f"it is asked whether a message waits, {how}", _IS_DUE, world)
        for how, world in (
            ("where one does", _queue(_BOTH, _FREE)),
            ("of a queue that only elsewhere is free", f"{_queue(HERE, _NOT_FREE)}; {_queue(THERE, _FREE)}"),
            ("where only elsewhere one is", f"{_queue(_BOTH, _FREE)}; {_messages(HERE, _NONE)}"),
        )
    ),
    *(
        Scene(f"a queue is leased, {how}", _LEASE, f"{_queue(_BOTH, _FREE)}; {world}")
        for how, world in (
            ("whose messages are new", _messages(_BOTH, "deliveries = 0")),
            (
                "whose first message was delivered before, and elsewhere was not",
                (
                    f"{_messages(HERE, 'deliveries = 1')}; {_messages(THERE, 'deliveries = 0')};"
                    f" delete from transport.message where org_id in ({HERE}) and log_index < 3"
                ),
            ),
            (
                "whose first message is new, and elsewhere was delivered",
                (
                    f"{_messages(HERE, 'deliveries = 0')}; {_messages(THERE, 'deliveries = 1')};"
                    f" delete from transport.message where org_id in ({HERE}) and log_index < 3"
                ),
            ),
            ("whose messages were delivered too often", _messages(_BOTH, "deliveries = 3")),
            ("that only elsewhere is free", f"{_queue(HERE, _NOT_FREE)}"),
            ("that only here is free", f"{_queue(THERE, _NOT_FREE)}"),
        )
    ),
    *(
        Scene(f"a message is acknowledged, {how}", _SETTLE, world)
        for how, world in (
            ("under one lease", _queue(_BOTH, _LEASED)),
            ("under a lease of elsewhere", f"{_queue(HERE, 'lease_id = null')}; {_queue(THERE, _LEASED)}"),
        )
    ),
    Scene(
        "a message is set aside",
        f"select transport.settle({HERE}, '{LEASE_ID}', 2, 'scene', 'scene')",
        _queue(_BOTH, _LEASED),
    ),
    Scene(
        "a queue is given back",
        f"select transport.release({HERE}, '{LEASE_ID}', interval '1 minute')",
        _queue(_BOTH, _LEASED),
    ),
    *(
        Scene(f"a queue is held for longer, {how}", _RENEW, world)
        for how, world in (
            ("under a lease that is over elsewhere", f"{_queue(_BOTH, _HELD)}; {_queue(THERE, _FREE)}"),
            ("under a lease that is over here", f"{_queue(_BOTH, _HELD)}; {_queue(HERE, _FREE)}"),
            ("under a lease of elsewhere", f"{_queue(HERE, 'lease_id = null')}; {_queue(THERE, _LEASED)}"),
        )
    ),
    Scene(
        "messages are published, which elsewhere were before",
        f"select transport.publish({HERE}, array[8], array['scene'], array['scene'], array['\\x00'::bytea])",
        _queue(THERE, "published_through = 9"),
    ),
    Scene(
        "a first message is published",
        f"select transport.publish({HERE}, array[8], array['scene'], array['scene'], array['\\x00'::bytea])",
        _EMPTY,
    ),
    *(
        Scene(
            f"a message is set aside that something else carried, {how}",
            f"select transport.set_aside({HERE}, {index}, 'scene', 'scene', '\\x00'::bytea, 2, 'scene', 'scene')",
            world,
        )
        for how, index, world in (
            ("which is dead elsewhere", 8, _messages(THERE, _NONE)),
            ("which is under way here", 3, _queue(_BOTH, _FREE)),
            (
                "where none was ever published",
                8,
                _EMPTY,
            ),
        )
    ),
    Scene(
        "a message of nobody's is set aside",
        "select transport.set_aside(gen_random_uuid(), 8, 'scene', 'scene', '\\x00'::bytea, 2, 'scene', 'scene')",
    ),
    Scene("a dead letter is replayed", f"select transport.replay({HERE}, 1)"),
)
