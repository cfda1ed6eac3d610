"""The scenes of people as data subjects: who is held, was erased, and wrote what, here and elsewhere."""

from proof.keys_story import KEYS, SUBJECT
from proof.scenes import BOB, MANAGER, Scene
from proof.worlds import HERE, THERE, free
from support.ledger_sql import OWNER

_BOTH = f"{HERE}, {THERE}"
_UMA = "(select p.id from identity.principal as p where p.name = 'Uma' order by p.id limit 1)"
_OURS = "(select p.id from identity.principal as p where p.name = 'ours' order by p.id limit 1)"
_ERASED = "(select e.principal_id from identity.erasure as e order by e.principal_id limit 1)"
_FIRST_KEY = KEYS[SUBJECT, 1]
_RECEIPT = "clock_timestamp(), '{}'::jsonb"


def _not_erased(whose: str) -> str:
    return free("identity.erasure", do=f"delete from identity.erasure where org_id = {whose}")


def _key_erased(whose: str) -> str:
    """Return what lets Uma's keys be erased in an organisation, and nothing else of her."""
    return free(
        "keys.data_key",
        do="insert into keys.data_key (org_id, id, subject_id, version, state, ended_at)"
        f" values ({whose}, gen_random_uuid(), {_UMA}, 9, 'erased', clock_timestamp())",
    )


def _released(whose: str) -> str:
    return free(
        "identity.legal_hold",
        do=f"update identity.legal_hold set action = 'released' where org_id in ({whose})",
    )


def _wrote(whose: str) -> str:
    """Return what lets Uma have written every note of these organisations."""
    return free(
        "ledger.movement",
        do=f"update ledger.movement set actor_id = {_UMA} where org_id in ({whose}) and note_commitment is not null",
    )


def _by_another(whose: str) -> str:
    """Return what lets the record of changes of an organisation be of somebody else."""
    return free(
        "audit.change",
        do="update audit.change set subject_id = gen_random_uuid(), row_after = row_after - 'principal_id'"
        f" where org_id = {whose} and subject_id = {_UMA}",
    )


def _act(routine: str, whom: str, more: str = "") -> str:
    return (
        f"select x.* from {MANAGER} cross join lateral identity.{routine}("
        f"{HERE}, m.principal_id, m.id, gen_random_uuid(), {whom}{more}) as x"
    )


def _replay(whom: str) -> str:
    return f"select identity.replay_erasure({HERE}, {whom}, {_RECEIPT})"


_SEALED_ALIKE = free(
    "ledger.movement_note",
    do="update ledger.movement_note as n set sealed = x.sealed from ledger.movement_note as x"
    f" where n.org_id = {THERE} and x.org_id = {HERE} and x.movement_id = n.movement_id",
)
_KEYS_ALIKE = free(
    "ledger.movement",
    do="update ledger.movement set idempotency_key = replace(idempotency_key, '-of-the-twin', '')",
)
_SEALED_THERE = free(
    "ledger.movement_note",
    do="update ledger.movement_note set sealed = overlay(sealed placing"
    f" uuid_send('{_FIRST_KEY}') from 5) where org_id = {THERE} and sealed is not null",
)
_SEAL = (
    f"select ledger.seal_note({HERE}, n.movement_id, n.sealed, n.sealed || '0') from (select x.* from"
    f" ledger.movement_note as x where x.org_id = {HERE} order by x.movement_id desc limit 1) as n"
)
_FORGET = f"select x.* from identity.forget_subject({HERE}, {_UMA}) as x"
_ASKED_THERE = free(
    "tenancy.access_event",
    do="update tenancy.access_event set actor_ids = array_fill("
    f"{_UMA}, array[cardinality(actor_ids)]) where org_id = {THERE}",
)
_FIRST_USER = "(select u.id from identity.scim_user as u order by u.id limit 1)"
# A user of the directory here is Uma's there, and is what was looked at here.
_USER_THERE = free(
    "identity.scim_user",
    "tenancy.access_event",
    do=f"update identity.scim_user set principal_id = {_UMA} where org_id = {THERE} and id = {_FIRST_USER};"
    f" update tenancy.access_event set subject_id = {_FIRST_USER}"
    f" where org_id = {HERE} and cardinality(request_ids) = 1",
)

# Somebody who is in both asked, by a credential that is a break-glass in both.
_BREAK_GLASS = "(select b.id from identity.break_glass as b order by b.id limit 1)"
_BY_BREAK_GLASS = free(
    "tenancy.access_event",
    do="update tenancy.access_event set actor_ids = array_fill("
    f"{_UMA}, array[cardinality(actor_ids)]),"
    f" credential_ids = array_fill({_BREAK_GLASS}, array[cardinality(actor_ids)])",
)
_SEEN_BY_BREAK_GLASS = f"{_USER_THERE}; {_BY_BREAK_GLASS}"

# Uma is restricted here and not there: whoever is asked about the other organisation shows what she wrote.
_ALL_BY_UMA = free(
    "ledger.movement", do=f"update ledger.movement set actor_id = {_UMA} where org_id = {HERE}"
)
_REFUSED_TO_UMA = free(
    "ledger.decision", do=f"update ledger.decision set actor_id = {_UMA} where org_id = {HERE}"
)
_CHANGED_BY_UMA = free("audit.change", do=f"update audit.change set actor_id = {_UMA} where org_id = {HERE}")


def _showed(whom: str) -> str:
    """Return what records that an answer showed somebody among others."""
    fresh = "array[gen_random_uuid()]"
    return (
        f"select tenancy.record_access({HERE}, gen_random_uuid(), 'x', sha256(''), jsonb_build_array("
        f"jsonb_build_object('at', clock_timestamp(), 'id', gen_random_uuid(), 'request_ids', {fresh}, 'operations',"
        f" array['listUsers'], 'actor_ids', {fresh}, 'credential_ids', {fresh}, 'statuses', array[200],"
        f" 'statements', 2, 'applied', 2, 'exempt', 0, 'shown_ids', array[{whom}])))"
    )


_ROBOT = "(select p.id from identity.principal as p where p.name = 'robot' order by p.id limit 1)"
_OF_PEOPLE = tuple(
    f"identity.{noun}"
    for noun in (
        "assignment",
        "session",
        "password",
        "invitation",
        "passkey",
        "provider_subject",
        "scim_user",
    )
)
# Those of them that say something of the person.
_TELLING = tuple(one for one in _OF_PEOPLE if one not in ("identity.assignment", "identity.session"))
# Records that are somebody else's here, each of which is Uma's there.
_OF_UMA_THERE = free(
    *_TELLING,
    do="; ".join(
        f"update {table} set principal_id = {_UMA}, created_by = case created_by when principal_id then {_UMA}"
        f" else created_by end where org_id = {THERE} and id = (select x.id from {table} as x"
        f" inner join {table} as y on x.id = y.id where x.org_id = {HERE} and y.org_id = {THERE}"
        f" and x.principal_id <> {_UMA} order by x.id limit 1)"
        for table in _TELLING
    ),
)
# One record of each kind that both have.
_ALL_OF_UMA = free(
    *_OF_PEOPLE,
    do="; ".join(
        f"update {table} set principal_id = {_UMA}, created_by = case created_by when principal_id then {_UMA}"
        f" else created_by end where id = (select x.id from {table} as x inner join {table} as y"
        f" on x.id = y.id where x.org_id = {HERE} and y.org_id = {THERE} order by x.id limit 1)"
        for table in _OF_PEOPLE
    ),
)
_INDEXED = (
    ("invitation", "login"),
    ("password", "login"),
    ("provider_subject", "subject"),
    *(("scim_user", text) for text in ("user_name", "external_id", "display_name")),
)
_NOT_INDEXED = free(
    *dict.fromkeys(f"identity.{noun}" for noun, _ in _INDEXED),
    do="; ".join(f"update identity.{noun} set {text}_index = null" for noun, text in _INDEXED),
)

WORLDS_OF_SUBJECTS = {
    "identity.erasures.erase": _not_erased(HERE),
    "identity.erasures.record": _not_erased(HERE),
    "ledger.notes.recorded": _KEYS_ALIKE,
    "ops.bundling.held": _ALL_OF_UMA,
    "ops.bundling.accesses": _ASKED_THERE,
    "ops.bundling.accessed_by": _USER_THERE,
    "ops.bundling.carried_away_by": _ASKED_THERE,
    "tenancy.access_events.list_of_person": _SEEN_BY_BREAK_GLASS,
    "tenancy.access_events.list_exports": _BY_BREAK_GLASS,
    "tenancy.access_events.list_page": _BY_BREAK_GLASS,
    "audit.disclosures.kept": _ALL_BY_UMA,
    "audit.history.list_page": _CHANGED_BY_UMA,
    "ledger.movements.get": _ALL_BY_UMA,
    "ledger.movements.list_page": _ALL_BY_UMA,
    "reports.reports.movement_register": _ALL_BY_UMA,
    "reports.reports.refusals": _REFUSED_TO_UMA,
    "reports.reports.stock_card": _ALL_BY_UMA,
}

SCENES_OF_SUBJECTS = (
    *(
        Scene(f"a person is erased, {how}", _act("erase_subject", whom, ", null"), world)
        for how, whom, world in (
            ("whom nothing holds", _UMA, _released(_BOTH)),
            ("whom something may hold elsewhere", _UMA, _released(HERE)),
            ("who wrote", _UMA, f"{_released(_BOTH)}; {_wrote(_BOTH)}"),
            ("who was erased elsewhere", _ERASED, _not_erased(HERE)),
        )
    ),
    *(
        Scene(f"a person is forgotten, {how}", _FORGET, world, OWNER)
        for how, world in (
            ("as they are", ""),
            ("who wrote", _wrote(_BOTH)),
            ("who wrote elsewhere alone", _wrote(THERE)),
            ("who signs in", _ALL_OF_UMA),
            ("who signs in elsewhere, as somebody else does here", _OF_UMA_THERE),
            ("of whom the record says something elsewhere alone", _by_another(HERE)),
            ("of whom the record says something here alone", _by_another(THERE)),
        )
    ),
    *(
        Scene(
            f"a name is written over, of who was erased {how}", _act("overwrite_name", _UMA, ", null"), world
        )
        for how, world in (
            ("here alone", _key_erased(HERE)),
            ("elsewhere alone", _key_erased(THERE)),
            ("in both", f"{_key_erased(HERE)}; {_key_erased(THERE)}"),
            ("elsewhere alone, and signs in", f"{_ALL_OF_UMA}; {_key_erased(THERE)}"),
            (
                "in both, and signed in",
                f"{_ALL_OF_UMA}; {_NOT_INDEXED}; {_key_erased(HERE)}; {_key_erased(THERE)}",
            ),
        )
    ),
    *(
        Scene(f"a receipt is kept, {how}", _act("record_erasure", whom, f", {_RECEIPT}"), world)
        for how, whom, world in (
            ("of who was erased nowhere", _UMA, ""),
            ("of who was erased elsewhere", _ERASED, _not_erased(HERE)),
        )
    ),
    *(
        Scene(f"an erasure is replayed, {how}", _replay(whom), world)
        for how, whom, world in (
            ("of who is disabled", _UMA, ""),
            ("of who gets in", BOB, ""),
            ("of who is nobody in one of both", _OURS, ""),
            ("which is known elsewhere", _ERASED, _not_erased(HERE)),
        )
    ),
    *(
        Scene(f"an answer shows {who}", _showed(whom), world)
        for who, whom, world in (
            ("somebody", _UMA, ""),
            ("who is a person elsewhere alone", _ROBOT, ""),
            ("a user of the directory who is another person elsewhere", _FIRST_USER, _USER_THERE),
        )
    ),
    Scene("a note is sealed anew", _SEAL),
    Scene("a note is sealed anew that is the same elsewhere", _SEAL, _SEALED_ALIKE),
    Scene(
        "a key is destroyed that seals elsewhere",
        f"select keys.destroy_data_key({HERE}, '{_FIRST_KEY}')",
        _SEALED_THERE,
    ),
)
