"""The scenes of what a key was decided by, forgotten with a person, and of whose a record and a note are."""

from proof.scenes import APPROVER, Scene
from proof.scenes_of_subjects import _FORGET, _SEAL, _UMA
from proof.worlds import HERE, THERE, free
from support.ledger_sql import OWNER

_NOBODY_THERE = free(
    "identity.principal",
    do=f"update identity.principal set kind = 'service' where org_id = {THERE} and id = {_UMA}",
)
_NOBODY_HERE = _NOBODY_THERE.replace(THERE, HERE)
# Who is a person there is none, and the other way round. What was written last is met last, where nothing orders it.
_OTHERWISE_THERE = free(
    "identity.principal",
    "ledger.movement",
    do="update identity.principal set kind = case kind when 'user' then 'service' else 'user' end"
    f" where org_id = {THERE}; update identity.principal set name = name where org_id = {HERE};"
    f" update ledger.movement set reference = reference where org_id = {HERE}",
)


def _first(noun: str) -> str:
    return (
        f"(select x.id from identity.{noun} as x inner join identity.{noun} as y on x.id = y.id"
        f" where x.org_id = {HERE} and y.org_id = {THERE} order by x.id limit 1)"
    )


def _whose(record: str) -> str:
    return f"select identity.person_of({HERE}, {record})"


def _theirs(person: str) -> str:
    return f"select x from identity.records_of({HERE}, {person}) as x order by x"


SCENES_OF_REQUESTS = (
    Scene("requests are forgotten, of who is nobody elsewhere", _FORGET, _NOBODY_THERE, OWNER),
    Scene("whose a record is, who is a person elsewhere alone", _whose(_UMA), _NOBODY_HERE, OWNER),
    *(
        Scene(
            f"whose {noun} it is, which is another's elsewhere",
            _whose(_first(noun)),
            free(
                f"identity.{noun}",
                do=f"update identity.{noun} set principal_id = {APPROVER},"
                f" created_by = case created_by when principal_id then {APPROVER} else created_by end"
                f" where org_id = {HERE} and id = {_first(noun)}",
            ),
            OWNER,
        )
        for noun in ("invitation", "provider_subject", "scim_user", "passkey")
    ),
    Scene("what is somebody's, who is a person elsewhere alone", _theirs(_UMA), _NOBODY_HERE, OWNER),
    *(
        Scene(
            f"what is somebody's, with a {noun} elsewhere",
            _theirs(
                f"(select x.principal_id from identity.{noun} as x where x.org_id = {THERE} and x.id = {_first(noun)})"
            ),
            free(
                f"identity.{noun}",
                do=f"update identity.{noun} set principal_id = {APPROVER},"
                f" created_by = case created_by when principal_id then {APPROVER} else created_by end"
                f" where org_id = {HERE} and principal_id in (select x.principal_id from identity.{noun} as x"
                f" where x.org_id = {THERE} and x.id = {_first(noun)})",
            ),
            OWNER,
        )
        for noun in ("invitation", "provider_subject", "scim_user", "passkey")
    ),
    Scene("a note is sealed anew, by whom there is another", _SEAL, _OTHERWISE_THERE),
)
