"""The scenes of an organisation's log: its tiles, what was signed of it, and its incarnations."""

from proof.scenes import MANAGER, PASSER_BY, Scene, disable
from proof.scenes_of_cutting import BOTH, FREE, HELD, SCENES_OF_CUTTING, WORLDS_OF_CUTTING, held
from proof.worlds import HERE, THERE, free
from support.ledger_sql import INTEGRATOR, OPERATOR, OWNER


def _tiles(whose: str, level: int, count: int) -> str:
    """Return what gives an organisation tiles of a level, from 0 on, where it has none."""
    return (
        f"insert into audit.tile (org_id, level, n, node_hashes, root) select {whose}, {level}, n,"
        f" convert_to(repeat(md5({whose}::text || n), 256), 'UTF8'), sha256(({whose}::text || n)::bytea)"
        f" from generate_series(0, {count - 1}) as n on conflict do nothing"
    )


def _checkpoint(whose: str, incarnation: int, size: int) -> str:
    return (
        "insert into audit.checkpoint (org_id, incarnation, size, note)"
        f" values ({whose}, {incarnation}, {size}, E'n\\n\\n')"
    )


def _said_of_a_key(whose: str) -> str:
    return (
        "insert into audit.log_key (org_id, id, state, verifier_key, public_key, stated_at, reason, actor_id)"
        f" select {whose}, gen_random_uuid(), 'signing', 'x+0a0b0c0d+' || repeat('A', 44), repeat('A', 44),"
        f" clock_timestamp(), 'scene', p.id from identity.principal as p where p.org_id = {whose}"
        " and p.created_by = p.id"
    )


def _anchor(whose: str, incarnation: int, size: int, ago: str = "interval '0'") -> str:
    return (
        "insert into audit.anchor (org_id, leaf_index, incarnation, size, salt, anchored_at)"
        f" values ({whose}, 1000, {incarnation}, {size}, sha256(''), clock_timestamp() - {ago})"
    )


_LONG = f"update ledger.head set size = 65536 where org_id in ({BOTH})"
# The last leaves of the 256th tile: who has it has one of the level above.
_LAST_LEAVES = (
    "insert into audit.version (org_id, log_index, change_id, subject, subject_id, is_shared, recorded_at, action,"
    " sv, entry, leaf_hash) select o.org_id, n, md5(n::text)::uuid, 'scene', md5('scene')::uuid, true,"
    " clock_timestamp(), 'created', 1, e.entry, sha256('\\x00'::bytea || e.entry)"
    f" from (values ({HERE}), ({THERE})) as o (org_id) cross join generate_series(65280, 65535) as n"
    " cross join lateral (select convert_to(o.org_id::text || n, 'UTF8') as entry) as e"
)
_OLD_ANCHORS = free("audit.anchor", do="update audit.anchor set anchored_at = anchored_at - interval '1 day'")
_AHEAD = (
    f"{_LONG}; {_checkpoint(THERE, 9, 1_000_000)};"
    " insert into audit.incarnation (org_id, id, number, opened_at, size, common_size, lost_size, lost_root, reason,"
    f" actor_id) select {THERE}, gen_random_uuid(), 9, clock_timestamp(), 1, 1, 1, repeat('A', 43) || '=', 'scene',"
    f" p.id from identity.principal as p where p.org_id = {THERE} and p.created_by = p.id"
)
_SAME_CHECKPOINT = f"{_checkpoint(HERE, 7, 50)}; {_checkpoint(THERE, 7, 50)}"

SCENES_OF_LOGS = (
    *SCENES_OF_CUTTING,
    Scene(
        "a change that was there before gets its place",
        f"select audit.place({HERE}, c.id, 60000, clock_timestamp()) from audit.change as c"
        f" where c.org_id = {HERE} and c.subject = 'item' order by c.id limit 1",
        free("audit.version", do="delete from audit.version where subject = 'item'"),
        OWNER,
    ),
    Scene(
        "a change gets its place after its transaction entered another organisation",
        f"select x.*, set_config('velaurum.org', ({THERE})::text, true)"
        f" from ({disable('t.principal_id', 'null', f'{MANAGER}, {PASSER_BY}')} offset 0) as x",
    ),
    *(
        Scene(f"tiles of {what} are made, which are filled elsewhere too", call, role=OWNER)
        for what, call in (
            ("leaves", f"select x.n, x.node_hashes from audit.full_tiles({HERE}, 0, 0, 1) as x"),
            ("tiles", f"select x.n, x.node_hashes from audit.full_tiles({HERE}, 1, 0, 1) as x"),
        )
    ),
    Scene(
        "tiles are counted, of which there are more elsewhere",
        f"select audit.tile_count({HERE}, 0)",
        _tiles(THERE, 0, 300),
        OWNER,
    ),
    Scene(
        "a log fills two levels, where there is more elsewhere",
        f"select audit.integrate({HERE})",
        f"{_LONG}; {_LAST_LEAVES}; {_tiles(HERE, 0, 255)}; {_tiles(THERE, 0, 300)}; {_tiles(THERE, 1, 1)}",
        INTEGRATOR,
    ),
    *(
        Scene(
            f"hashes of {what} are read, which are others elsewhere",
            f"select audit.hashes({HERE}, {where})",
            world,
        )
        for what, where, world in (
            ("a tile", "0, 0, 1", ""),
            ("leaves", "0, 0, 1", free("audit.tile", do="delete from audit.tile")),
            ("tiles", "1, 0, 1", ""),
        )
    ),
    Scene("a note is kept", f"select audit.publish({HERE}, 7, 5, 'scene')", role=INTEGRATOR),
    Scene(
        "a log has grown, whose other is held",
        f"select audit.has_grown({HERE})",
        f"{_LONG}; {held(HERE, *FREE)}; {held(THERE, *HELD)}",
        INTEGRATOR,
    ),
    Scene(
        "a log has grown, of which more is signed elsewhere",
        f"select audit.has_grown({HERE})",
        f"{_AHEAD}; {held(BOTH, *FREE)}",
        INTEGRATOR,
    ),
    Scene(
        "it is read since when a log waits to be signed, of which more is signed elsewhere",
        f"select audit.unsigned_since({HERE})",
        _AHEAD,
    ),
    Scene(
        "it is read that a log does not wait to be signed, whose other does",
        f"select audit.unsigned_since({HERE})",
        f"{_checkpoint(HERE, 7, 40_000)}; "
        + free(
            "ledger.movement",
            do=f"update ledger.movement set log_index = log_index + 50000 where org_id = {THERE}",
        ),
    ),
    Scene(
        "an incarnation is read, which is a later one elsewhere",
        f"select audit.incarnation_of({HERE})",
        _AHEAD,
    ),
    Scene(
        "it is read where a log stands, which is ahead elsewhere",
        f"select s.* from audit.standing({HERE}) as s",
        _AHEAD,
        INTEGRATOR,
    ),
    Scene("a log is held", f"select audit.hold({HERE}, 'scene')", held(BOTH, *FREE), INTEGRATOR),
    Scene(
        "a log is taken up again, whose other is held",
        f"select i.number, i.size from audit.open_incarnation({HERE}, 9, 1, 5, repeat('A', 43) || '=', 'scene') as i",
        held(BOTH, *HELD),
        OPERATOR,
    ),
    Scene(
        "it is asked whether a key was said, which was elsewhere",
        f"select audit.lacks_log_key({HERE}, repeat('A', 44), 'signing')",
        _said_of_a_key(THERE),
        INTEGRATOR,
    ),
    Scene(
        "it is said of a key what was said elsewhere",
        f"select audit.state_log_key({HERE}, 'signing', 'x+0a0b0c0d+' || repeat('A', 44), repeat('A', 44), null, 'a')",
        _said_of_a_key(THERE),
        INTEGRATOR,
    ),
    Scene(
        "an export is recorded by hand",
        f"select audit.record_export({HERE}, gen_random_uuid(), null, null, null, null)",
        f"{held(BOTH, *FREE)}",
    ),
    Scene(
        "an export is recorded that somebody asked for",
        f"select audit.record_export({HERE}, gen_random_uuid(), m.principal_id, m.id, gen_random_uuid(), null)"
        f" from {MANAGER}",
        f"{held(BOTH, *FREE)}",
    ),
    Scene(
        "a verification is recorded",
        f"select audit.record_verification({HERE}, clock_timestamp(), clock_timestamp(), 5, repeat('A', 43) || '=', 1,"
        " array['fork'], '0.1.0', repeat('0f', 32), true) is not null",
        f"{held(BOTH, *FREE)}",
        INTEGRATOR,
    ),
    *(
        Scene(
            f"a witness is shown a checkpoint, {how}",
            f"select u.* from audit.uncosigned({HERE}, 'scene', '0a0b0c0d') as u",
            f"{held(BOTH, *FREE)}; {world}",
            INTEGRATOR,
        )
        for how, world in (
            ("of which there is a newer elsewhere", _AHEAD),
            (
                "whose like it cosigned elsewhere",
                (
                    f"{_SAME_CHECKPOINT}; insert into audit.cosignature (org_id, incarnation, size, name, key_id,"
                    f" line, cosigned_at) values ({THERE}, 7, 50, 'scene', '0a0b0c0d', 'l', clock_timestamp())"
                ),
            ),
        )
    ),
    *(
        Scene(
            f"a checkpoint is anchored, {how}",
            f"select audit.anchor_checkpoint({HERE}, interval '1 minute')",
            f"{held(BOTH, *FREE)}; {_OLD_ANCHORS}; {_SAME_CHECKPOINT}; {world}",
            INTEGRATOR,
        )
        for how, world in (
            ("of a log whose other is held", held(THERE, *HELD)),
            ("whose like is anchored elsewhere", _anchor(THERE, 7, 50, "interval '1 hour'")),
            (
                "while another went elsewhere a moment ago",
                f"{_checkpoint(THERE, 6, 40)}; {_anchor(THERE, 6, 40)}",
            ),
            ("of which there is a newer elsewhere", _AHEAD),
        )
    ),
    Scene(
        "a cosignature is kept",
        f"select audit.keep_cosignature({HERE}, 7, 50, 'scene', '0a0b0c0d', 'l', clock_timestamp())",
        _SAME_CHECKPOINT,
        INTEGRATOR,
    ),
)

_SAME_ANCHOR = (
    "insert into audit.checkpoint (org_id, incarnation, size, note)"
    f" select {THERE}, a.incarnation, a.size, 'there' from audit.anchor as a where a.org_id = {HERE}"
    f" on conflict do nothing;"
    " insert into audit.anchor (org_id, leaf_index, incarnation, size, salt)"
    f" select {THERE}, 900, a.incarnation, a.size, sha256('') from audit.anchor as a where a.org_id = {HERE}"
    " on conflict do nothing"
)

# A checkpoint that one witness cosigned here and another one there.
_COSIGNED_BY_ANOTHER = (
    "insert into audit.cosignature (org_id, incarnation, size, name, key_id, line, cosigned_at)"
    " select o.org_id, s.incarnation, 1000000, o.name, coalesce(o.key_id, s.key_id), s.line, s.cosigned_at"
    f" from audit.cosignature as s cross join (values ({HERE}, 'scene', '0a0b0c0d'), ({THERE}, 'witness', null))"
    f" as o (org_id, name, key_id) where s.org_id = {HERE} and s.size = 1"
)
# Of the changes that have no place in the log, half are from before the version that the log begins with, and all of
# them from before the twin's at the same index, which is not where the log begins there.
_FOUND = "; ".join(
    (
        free("audit.change", do=f"update audit.change set sv = null where org_id = {HERE}"),
        free(
            "audit.version",
            do=f"delete from audit.version where org_id = {HERE}"
            f" and log_index = (select min(x.log_index) from audit.version as x where x.org_id = {THERE});"
            " update audit.version as v set action = 'found', recorded_at = case when v.org_id = o.org_id"
            " then o.middle else '2100-01-01' end from (select c.org_id,"
            " percentile_disc(0.5) within group (order by c.at) as middle from audit.change as c group by c.org_id)"
            f" as o where o.org_id = {HERE} and v.log_index ="
            f" (select min(x.log_index) from audit.version as x where x.org_id = {HERE})",
        ),
    )
)

# What a statement meets elsewhere that no story leaves: it is made once more there.
WORLDS_OF_LOGS = {
    **WORLDS_OF_CUTTING,
    "audit.log_keys.places": (
        "insert into audit.version (org_id, log_index, change_id, subject, subject_id, is_shared, recorded_at, action,"
        f" sv, entry, leaf_hash) select {THERE}, 65000, md5('scene')::uuid, 'log-key', md5('scene')::uuid, true,"
        " clock_timestamp(), 'created', 1, e.entry, sha256('\\x00'::bytea || e.entry)"
        " from (select convert_to('scene', 'UTF8') as entry) as e"
    ),
    # The first that was signed of all.
    "audit.logs.first_covering": (
        "insert into audit.checkpoint (org_id, incarnation, size, note, signed_at)"
        f" values ({THERE}, 7, 1000000, 'n', '2020-01-01')"
    ),
    "audit.incarnations.held": held(THERE, *HELD),
    # Records of the same ids are newest there, and known to the log before.
    "exchange.org_exports.newest": free(
        "audit.version",
        do=f"update audit.version set subject_id = md5('scene')::uuid where org_id = {THERE} and log_index = 1",
    ),
    "exchange.org_exports.decisions": free(
        "audit.version",
        do="update audit.version set subject_id = (select d.record_id from ledger.decision as d"
        f" where d.org_id = {HERE} and d.outcome = 'created' order by d.record_id limit 1)"
        f" where org_id = {THERE} and log_index = 1",
    ),
    "audit.cosignatures.covering": _COSIGNED_BY_ANOTHER,
    "ops.evidence.versions.placed": _FOUND,
    **dict.fromkeys(("audit.anchors.newest", "ops.evidence.metalog.anchors"), _SAME_ANCHOR),
    # The log of the twin ends before anything was verified.
    "audit.verifications.list": (
        "insert into audit.version (org_id, log_index, change_id, subject, subject_id, is_shared, recorded_at, action,"
        f" sv, entry, leaf_hash) select {THERE}, v.log_index + 1000, v.change_id, v.subject, v.subject_id, v.is_shared,"
        " v.recorded_at, v.action, v.sv, v.entry, v.leaf_hash from audit.version as v"
        f" where v.org_id = {HERE} and v.subject = 'verification'"
    ),
    # Of two rows that are alike to it, distinct keeps the one that comes first: there is none here.
    "ops.evidence.versions.last": free(
        "audit.change", do=f"delete from audit.change where org_id = {HERE} and subject = 'item'"
    ),
}
