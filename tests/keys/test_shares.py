"""A person's key opens with the person's share and not without, whatever else is at hand (V-08, V-09)."""

import shutil
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keys.conftest import Bench
from support.ledger_sql import SUPERUSER, Connect
from velaurum.errors import Refusal
from velaurum.keys import data_keys, shares
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Plain
from velaurum.keys.refusing import ShareLostError
from velaurum.keys.shares import Shares
from velaurum.tenancy.context import OrgId

PLAIN = b"left at gate 4"


@pytest.fixture
def subject() -> str:
    return str(uuid.uuid4())


def file_of(bench: Bench, org_id: str, subject: str) -> Path:
    return bench.data_dir / shares.FOLDER / org_id / subject


def test_a_persons_first_key_makes_a_share_that_this_user_alone_reads(
    bench: Bench, place: Place, subject: str, module_as_role: Connect
) -> None:
    bench.seal(bench.keyring(), place, b"of the organisation")
    assert list((bench.data_dir / shares.FOLDER).iterdir()) == []

    bench.seal(bench.keyring(), place, PLAIN, subject)

    file = file_of(bench, place.org_id, subject)
    modes = [one.stat().st_mode & 0o777 for one in (file.parent.parent, file.parent, file)]
    assert modes == [0o700, 0o700, 0o600]
    assert [one.name for one in file.parent.iterdir()] == [subject]
    split = module_as_role(SUPERUSER).execute(
        "select subject_id is null, share_seal is null from keys.data_key where org_id = %s order by 1",
        [place.org_id],
    )
    assert split.fetchall() == [(False, False), (True, True)]


def test_no_share_is_made_in_a_data_directory_that_nobody_serves(
    bench: Bench, place: Place, subject: str, tmp_path: Path
) -> None:
    """A worker's own, or that of a host of functions, may be gone tomorrow, and what is sealed with its shares."""
    elsewhere = bench.keyring(shares=Shares(tmp_path / "elsewhere"))

    with pytest.raises(Refusal, match="which `velaurum up` makes") as refused:
        bench.seal(elsewhere, place, PLAIN, subject)

    assert refused.value.code == "key-unavailable"
    assert bench.open(elsewhere, place, bench.seal(elsewhere, place, PLAIN)) == PLAIN


def test_many_at_once_make_one_share(bench: Bench, place: Place, subject: str) -> None:
    keyrings = [bench.keyring() for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(lambda keyring: bench.seal(keyring, place, PLAIN, subject), keyrings))

    assert {bench.open(bench.keyring(), place, one, subject) for one in sealed} == {PLAIN}


def _missing(file: Path) -> None:
    file.unlink()


def _short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:31])


def _long(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\x00")


def _tampered(file: Path) -> None:
    share = bytearray(file.read_bytes())
    share[7] ^= 1
    file.write_bytes(share)


def _swapped(file: Path) -> None:
    (another,) = (one for one in file.parent.iterdir() if one != file)
    shutil.copyfile(another, file)


@pytest.mark.parametrize("damage", [_missing, _short, _long, _tampered, _swapped])
def test_a_share_that_is_not_the_one_opens_and_seals_nothing_of_its_person_alone(
    bench: Bench, place: Place, subject: str, damage: Callable[[Path], None]
) -> None:
    another = str(uuid.uuid4())
    sealed = {who: bench.seal(bench.keyring(), place, PLAIN, who) for who in (subject, another, None)}
    file = file_of(bench, place.org_id, subject)
    shutil.copyfile(file, bench.data_dir / "kept")
    damage(file)
    damaged = file.read_bytes() if file.exists() else None
    cold = bench.keyring()

    for verb in (
        lambda: bench.open(cold, place, sealed[subject], subject),
        lambda: bench.seal(cold, place, PLAIN, subject),
    ):
        with pytest.raises(ShareLostError) as refused:
            verb()
        assert (refused.value.code, refused.value.retry_after_s) == ("key-unavailable", 5)

    assert bench.open(cold, place, sealed[another], another) == PLAIN
    assert bench.open(cold, place, sealed[None]) == PLAIN
    # Nothing made another one, and what is put back is of use at once.
    assert (file.read_bytes() if file.exists() else None) == damaged
    shutil.copyfile(bench.data_dir / "kept", file)
    assert bench.open(cold, place, sealed[subject], subject) == PLAIN


def test_one_persons_key_is_not_split_with_anothers_share_in_another_row(
    bench: Bench, place: Place, subject: str, module_as_role: Connect
) -> None:
    """Whoever copies wrapped key, seal and share of somebody into another person's place opens nothing with them."""
    another = str(uuid.uuid4())
    bench.seal(bench.keyring(), place, PLAIN, subject)
    sealed = bench.seal(bench.keyring(), place, PLAIN, another)
    superuser = module_as_role(SUPERUSER)
    superuser.execute("set event_triggers = off")
    superuser.execute("alter table keys.data_key disable trigger data_key_stays_itself")
    superuser.execute(
        "update keys.data_key as k set wrapped = x.wrapped, share_seal = x.share_seal from keys.data_key as x"
        " where k.subject_id = %s and x.subject_id = %s",
        [another, subject],
    )
    superuser.execute("alter table keys.data_key enable always trigger data_key_stays_itself")
    shutil.copyfile(file_of(bench, place.org_id, subject), file_of(bench, place.org_id, another))

    with pytest.raises(Refusal) as refused:
        bench.open(bench.keyring(), place, sealed, another)
    assert refused.value.code == "key-unavailable"


def test_the_database_makes_no_key_of_a_person_that_is_not_split(
    bench: Bench, place: Place, subject: str
) -> None:
    org_id = OrgId(place.org_id)
    wrapping = bench.keyring().wrapping(org_id)

    def mint(subject_id: str | None, seal: bytes | None) -> None:
        with bench.within(org_id) as tx:
            data_keys.mint(
                tx, org_id, str(uuid.uuid4()), subject_id=subject_id, before=None, wrapped=bytes(60),
                share_seal=seal, wrapping_key_id=wrapping.id, count=1,
            )  # fmt: skip

    for subject_id, seal in ((subject, None), (subject, bytes(27)), (None, bytes(28))):
        with pytest.raises(Exception, match=r"split|data_key_share_seal_check"):
            mint(subject_id, seal)


def test_a_copy_of_a_key_from_before_an_erasure_opens_with_the_share_alone(
    bench: Bench, place: Place, subject: str
) -> None:
    """What a restored database has, and all other keys, are not enough once the share was destroyed."""
    org_id = OrgId(place.org_id)
    sealed = bench.seal(bench.keyring(), place, PLAIN, subject)
    file = file_of(bench, org_id, subject)
    leftover = file.with_name(f"{subject}-0123456789abcdef")
    leftover.hardlink_to(file)
    other = file.with_name(str(uuid.uuid4()))
    shutil.copyfile(file, other)
    shutil.copyfile(file, bench.data_dir / "aside")

    assert Shares(bench.data_dir).destroy(org_id, [subject]) == 2

    assert [one.name for one in file.parent.iterdir()] == [other.name]
    with pytest.raises(ShareLostError):
        bench.open(bench.keyring(), place, sealed, subject)
    shutil.copyfile(bench.data_dir / "aside", file)
    assert bench.open(bench.keyring(), place, sealed, subject) == PLAIN


def test_a_share_is_written_over_before_its_name_goes(bench: Bench, place: Place, subject: str) -> None:
    """As far as a disk lets it: whoever still holds the file open reads something else."""
    bench.seal(bench.keyring(), place, PLAIN, subject)
    with file_of(bench, place.org_id, subject).open("rb") as held:
        before = held.read()

        Shares(bench.data_dir).destroy(OrgId(place.org_id), [subject])

        held.seek(0)
        assert (len(before), held.read() == before) == (32, False)


def test_fields_of_others_in_one_call_are_refused_with_the_one(bench: Bench, org_id: OrgId) -> None:
    """A call is whole or refused: nothing is sealed for some of it."""
    subject, another = str(uuid.uuid4()), str(uuid.uuid4())
    places = [Place(org_id, "t", "c", str(n)) for n in range(2)]
    bench.seal(bench.keyring(), places[0], PLAIN, subject)
    file_of(bench, org_id, subject).unlink()

    with pytest.raises(ShareLostError), bench.within(org_id) as tx:
        bench.keyring().seal_many(
            tx, org_id, [Plain(places[0], PLAIN, subject), Plain(places[1], PLAIN, another)]
        )
