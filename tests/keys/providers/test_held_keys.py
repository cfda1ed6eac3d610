"""Keys that a customer holds (V-08, V-09): both sides show a certificate, and either goes dark when it likes."""

import base64
import ssl
import threading
from pathlib import Path

import pytest

from support import key_holder
from support.certificates import Authority, Pair
from support.key_holder import CLIENT, KeyHolder
from support.tls_servers import Answer, Asked
from velaurum.config import Settings
from velaurum.errors import UsageError
from velaurum.keys import held_keys
from velaurum.keys.held_keys import HeldKeys
from velaurum.keys.providers import KeyRefusedError, KeyUnavailableError, WrappingKey

SECRET = bytes(range(32))
BOUND = b"acme's data key 1"
LONGEST_S = 10.0


def opened(
    holder: KeyHolder, authority: Authority, folder: Path, *, shown: Pair | None = None, believed: bool = True
) -> HeldKeys:
    file = holder.told(folder, shown or authority.issue(CLIENT), authority.certificate if believed else None)
    return held_keys.of(Settings(folder, held_keys=file, insecure_http=True))


@pytest.fixture
def provider(holder: KeyHolder, authority: Authority, tmp_path: Path) -> HeldKeys:
    return opened(holder, authority, tmp_path)


def test_the_holder_wraps_and_unwraps_and_sees_for_what(provider: HeldKeys, holder: KeyHolder) -> None:
    key = provider.create("acme")

    wrapped = provider.wrap(key, SECRET, BOUND)

    assert key == WrappingKey("held", "acme", "2026-1")
    assert provider.unwrap(key, wrapped, BOUND) == SECRET
    assert SECRET not in wrapped
    last = holder.asked[-1]
    assert (last.client, last.path, last.body["version"]) == (CLIENT, "/keys/unwrap", "2026-1")
    assert base64.b64decode(last.body["bound"]) == BOUND


def test_the_holder_makes_versions_and_the_old_one_opens_what_it_wrapped(
    provider: HeldKeys, holder: KeyHolder
) -> None:
    first = provider.create("acme")
    wrapped = provider.wrap(first, SECRET, BOUND)

    version = holder.rotate()

    assert provider.create("acme") == provider.newest("acme") == WrappingKey("held", "acme", version)
    assert provider.unwrap(first, wrapped, BOUND) == SECRET
    del holder.versions[first.version]
    with pytest.raises(KeyUnavailableError, match="does not have it"):
        provider.unwrap(first, wrapped, BOUND)


def test_what_was_changed_or_belongs_elsewhere_is_refused(provider: HeldKeys) -> None:
    key = provider.create("acme")
    wrapped = provider.wrap(key, SECRET, BOUND)

    for sealed, bound in (
        *(
            (wrapped[:place] + bytes([wrapped[place] ^ 1]) + wrapped[place + 1 :], BOUND)
            for place in (0, 20, -1 % len(wrapped))
        ),
        (wrapped[:-1], BOUND),
        (b"", BOUND),
        (wrapped, b"acme's data key 2"),
    ):
        with pytest.raises(KeyRefusedError):
            provider.unwrap(key, sealed, bound)


def test_a_holder_that_does_not_bind_is_bound_here(provider: HeldKeys, holder: KeyHolder) -> None:
    key = provider.create("acme")

    def bind_to_nothing(asked: Asked) -> None:
        asked.body["bound"] = ""

    holder.fault = bind_to_nothing
    wrapped = provider.wrap(key, SECRET, BOUND)

    assert provider.unwrap(key, wrapped, BOUND) == SECRET
    with pytest.raises(KeyRefusedError, match="something else"):
        provider.unwrap(key, wrapped, b"acme's data key 2")


def test_a_revoked_key_goes_dark_and_comes_back_when_it_is_let_again(
    provider: HeldKeys, holder: KeyHolder
) -> None:
    key = provider.create("acme")
    wrapped = provider.wrap(key, SECRET, BOUND)

    holder.is_revoked = True

    for work in (
        lambda: provider.unwrap(key, wrapped, BOUND),
        lambda: provider.wrap(key, SECRET, BOUND),
        lambda: provider.newest("acme"),
    ):
        with pytest.raises(KeyUnavailableError, match="does not let it be used any more"):
            work()
    holder.is_revoked = False
    assert provider.unwrap(key, wrapped, BOUND) == SECRET


def test_a_version_counts_as_destroyed_once_its_holder_does_not_have_it(
    provider: HeldKeys, holder: KeyHolder
) -> None:
    key = provider.create("acme")
    with pytest.raises(KeyUnavailableError, match="by its holder alone"):
        provider.destroy(key)
    holder.is_revoked = True
    with pytest.raises(KeyUnavailableError, match="any more"):
        provider.destroy(key)

    holder.is_revoked = False
    holder.rotate()
    del holder.versions[key.version]

    provider.destroy(key)


def test_whoever_is_not_named_holds_nothing(provider: HeldKeys) -> None:
    with pytest.raises(KeyUnavailableError, match="nobody is named"):
        provider.newest("globex")


def test_another_client_is_hung_up_on(holder: KeyHolder, authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "strangers", "stranger").issue(CLIENT)
    of_another_name = authority.issue("somebody-else")

    for shown, said in ((stranger, "not there"), (of_another_name, "any more")):
        with pytest.raises(KeyUnavailableError, match=said):
            opened(holder, authority, tmp_path, shown=shown).newest("acme")


def test_a_holder_that_nobody_vouches_for_is_told_nothing(
    holder: KeyHolder, authority: Authority, tmp_path: Path
) -> None:
    with pytest.raises(KeyUnavailableError, match="tls-failed"):
        opened(holder, authority, tmp_path, believed=False).newest("acme")

    assert holder.asked == []


def test_an_older_tls_is_told_nothing(authority: Authority, tmp_path: Path) -> None:
    with key_holder.running(KeyHolder("acme"), authority, newest=ssl.TLSVersion.TLSv1_2) as old:
        with pytest.raises(KeyUnavailableError, match="tls-failed"):
            opened(old, authority, tmp_path).newest("acme")

        assert old.asked == []


def test_an_address_that_the_operator_did_not_name_is_not_reached(
    holder: KeyHolder, authority: Authority, tmp_path: Path
) -> None:
    file = holder.told(tmp_path, authority.issue(CLIENT), authority.certificate)

    with pytest.raises(KeyUnavailableError, match="address-refused"):
        held_keys.of(Settings(tmp_path, held_keys=file)).newest("acme")

    assert holder.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"not json"),
        Answer(200, []),
        Answer(200, {}),
        Answer(200, {"version": "2026-1", "wrapped": "not base64"}),
        Answer(200, {"version": "2026-1", "wrapped": "", "secret": ""}),
        Answer(200, {"version": "other", "wrapped": "AAAA", "secret": "AAAA"}),
        Answer(200, {"version": 1, "wrapped": "AAAA", "secret": "AAAA"}),
        Answer(200, b"x" * 100_000),
        Answer(302, {}, {"Location": "https://127.0.0.1:1/"}),
        *(Answer(status, {}) for status in (400, 401, 404, 429, 500, 503)),
    ],
)
def test_whatever_else_the_holder_answers_the_key_is_not_there(
    provider: HeldKeys, holder: KeyHolder, answer: Answer
) -> None:
    key = provider.create("acme")
    holder.fault = lambda _: answer

    with pytest.raises(KeyUnavailableError):
        provider.wrap(key, SECRET, BOUND)
    with pytest.raises(KeyUnavailableError):
        provider.newest("acme")


def test_a_holder_that_gives_back_what_it_got_did_not_wrap(provider: HeldKeys, holder: KeyHolder) -> None:
    key = provider.create("acme")

    def echo(asked: Asked) -> Answer:
        return Answer(200, {"version": key.version, "wrapped": asked.body["secret"]})

    holder.fault = echo

    with pytest.raises(KeyUnavailableError, match="did not wrap"):
        provider.wrap(key, SECRET, BOUND)


def test_a_slow_holder_keeps_nobody_for_long(
    provider: HeldKeys, holder: KeyHolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_keys, "DEADLINE_S", 0.3)
    ended = threading.Event()

    def slow(_: Asked) -> None:
        ended.wait(LONGEST_S)

    holder.fault = slow
    try:
        with pytest.raises(KeyUnavailableError, match="timed-out"):
            provider.newest("acme")
    finally:
        ended.set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("url =", "cannot be read"),
        ('["acme"]\nurl = "https://keys.example.com"\n', "needs url, certificate and private_key"),
        ('["acme"]\nurl = "http://127.0.0.1"\ncertificate = "a"\nprivate_key = "b"\n', "https://"),
        ('["acme"]\nurl = "https://u@x.example"\ncertificate = "a"\nprivate_key = "b"\n', "without a user"),
        ('["acme"]\nurl = 1\ncertificate = "a"\nprivate_key = "b"\n', "no text"),
        (
            '["acme"]\nurl = "https://x.example"\ncertificate = "a"\nprivate_key = "b"\npassword = "c"\n',
            "needs",
        ),
        ('["acme"]\nurl = "https://x.example"\ncertificate = "a"\nprivate_key = "b"\n', "cannot be read"),
        ("acme = 1\n", "needs"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "held-keys.toml"
    file.write_text(text)

    with pytest.raises(UsageError, match=said):
        held_keys.of(Settings(tmp_path, held_keys=file, insecure_http=True))


def test_a_private_key_that_others_read_is_refused(
    holder: KeyHolder, authority: Authority, tmp_path: Path
) -> None:
    shown = authority.issue(CLIENT)
    shown.key.chmod(0o640)

    with pytest.raises(UsageError, match="read by others"):
        opened(holder, authority, tmp_path, shown=shown)
