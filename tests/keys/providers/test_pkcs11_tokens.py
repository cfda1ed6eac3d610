"""Keys in a token (V-08): a real PKCS#11 module, SoftHSM2, and everything that takes a token away."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, MechanismFlag
from pkcs11.exceptions import AttributeSensitive, PKCS11Error

from keys.providers.conftest import opened
from support.softhsm import Token
from velaurum.keys import pkcs11_modules
from velaurum.keys.pkcs11_tokens import Pkcs11Tokens
from velaurum.keys.providers import KeyRefusedError, KeyUnavailableError, WrappingKey

SECRET = bytes(range(32))
BOUND = b"acme's data key 1"


def in_token(token: Token, key: WrappingKey) -> pkcs11.Key:
    session = pkcs11_modules.of(str(token.module.resolve())).sessions[token.label]
    return session.get_key(label=key.name, id=key.version.encode())


def test_what_a_key_wraps_it_opens_and_nothing_of_the_secret_shows(provider: Pkcs11Tokens) -> None:
    key = provider.create("acme")

    wrapped = provider.wrap(key, SECRET, BOUND)

    assert provider.unwrap(key, wrapped, BOUND) == SECRET
    assert SECRET not in wrapped
    assert provider.wrap(key, SECRET, BOUND) != wrapped


def test_a_key_never_leaves_its_token(token: Token, provider: Pkcs11Tokens) -> None:
    found = in_token(token, provider.create("acme"))

    with pytest.raises(AttributeSensitive):
        found[Attribute.VALUE]

    assert (found[Attribute.NEVER_EXTRACTABLE], found[Attribute.ALWAYS_SENSITIVE]) == (True, True)
    may = [found[one] for one in (Attribute.WRAP, Attribute.UNWRAP, Attribute.SIGN, Attribute.DERIVE)]
    assert may == [False] * 4
    with pytest.raises(PKCS11Error):
        found[Attribute.EXTRACTABLE] = True


def test_a_key_that_may_leave_its_token_is_not_used(token: Token, provider: Pkcs11Tokens) -> None:
    provider.create("acme")
    session = pkcs11_modules.of(str(token.module.resolve())).sessions[token.label]
    session.generate_key(
        KeyType.AES,
        256,
        id=b"9-00",
        label="acme",
        store=True,
        capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
        template={Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: False},
    )

    with pytest.raises(KeyUnavailableError, match="may leave its token"):
        provider.wrap(provider.newest("acme"), SECRET, BOUND)


def test_keys_that_somebody_else_made_are_known_by_their_bytes(token: Token, provider: Pkcs11Tokens) -> None:
    provider.create("globex")
    session = pkcs11_modules.of(str(token.module.resolve())).sessions[token.label]
    for key_id in (b"\x01", b"\xff\x00", b"\x02"):
        session.generate_key(
            KeyType.AES,
            256,
            id=key_id,
            label="acme",
            store=True,
            capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
        )

    newest = provider.newest("acme")

    assert newest == WrappingKey("pkcs11", "acme", "0xff00")
    assert provider.unwrap(newest, provider.wrap(newest, SECRET, BOUND), BOUND) == SECRET
    for version in ("0xf", "0x", "", "1-2"):
        with pytest.raises(KeyUnavailableError):
            provider.wrap(WrappingKey("pkcs11", "acme", version), SECRET, BOUND)


@pytest.mark.parametrize("place", [0, 11, 12, 43, 44, 59])
def test_one_changed_bit_is_refused(provider: Pkcs11Tokens, place: int) -> None:
    key = provider.create("acme")
    wrapped = bytearray(provider.wrap(key, SECRET, BOUND))
    wrapped[place] ^= 1

    with pytest.raises(KeyRefusedError):
        provider.unwrap(key, bytes(wrapped), BOUND)


@pytest.mark.parametrize("kept", [0, 12, 28, 59])
def test_what_was_cut_off_is_refused(provider: Pkcs11Tokens, kept: int) -> None:
    key = provider.create("acme")
    wrapped = provider.wrap(key, SECRET, BOUND)

    with pytest.raises(KeyRefusedError):
        provider.unwrap(key, wrapped[:kept], BOUND)


def test_what_belongs_elsewhere_is_refused(provider: Pkcs11Tokens) -> None:
    key, other = provider.create("acme"), provider.create("globex")
    wrapped = provider.wrap(key, SECRET, BOUND)

    for wrong, bound in ((key, b"acme's data key 2"), (other, BOUND)):
        with pytest.raises(KeyRefusedError):
            provider.unwrap(wrong, wrapped, bound)


def test_a_rotated_key_opens_what_it_wrapped_until_it_is_destroyed(provider: Pkcs11Tokens) -> None:
    first = provider.create("acme")
    wrapped = provider.wrap(first, SECRET, BOUND)

    second = provider.create("acme")

    assert provider.newest("acme") == second != first
    assert provider.unwrap(first, wrapped, BOUND) == SECRET
    provider.destroy(first)
    with pytest.raises(KeyUnavailableError, match="does not have the key"):
        provider.unwrap(first, wrapped, BOUND)
    provider.destroy(first)
    assert provider.newest("acme") == second


def test_ten_versions_are_in_the_order_in_which_they_were_made(provider: Pkcs11Tokens) -> None:
    made = [provider.create("acme") for _ in range(11)]

    assert provider.newest("acme") == made[-1]
    assert len({one.version for one in made}) == 11


def test_a_name_without_a_key_is_not_there(provider: Pkcs11Tokens) -> None:
    with pytest.raises(KeyUnavailableError, match="does not have the key"):
        provider.newest("nobody")


def test_a_token_that_is_pulled_out_is_gone_and_works_again_when_it_is_back(
    token: Token, provider: Pkcs11Tokens
) -> None:
    key = provider.create("acme")
    wrapped = provider.wrap(key, SECRET, BOUND)

    token.pull_out()

    for work in (
        lambda: provider.unwrap(key, wrapped, BOUND),
        lambda: provider.wrap(key, SECRET, BOUND),
        lambda: provider.newest("acme"),
        lambda: provider.create("acme"),
    ):
        with pytest.raises(KeyUnavailableError) as refused:
            work()
        assert token.pin not in str(refused.value)
    token.put_back()
    assert provider.unwrap(key, wrapped, BOUND) == SECRET
    assert provider.newest("acme") == key


def test_a_lost_session_is_opened_again_in_the_same_call(token: Token, provider: Pkcs11Tokens) -> None:
    key = provider.create("acme")
    wrapped = provider.wrap(key, SECRET, BOUND)

    token.lose_sessions()

    assert provider.unwrap(key, wrapped, BOUND) == SECRET


def test_a_wrong_pin_is_tried_once_and_the_right_one_needs_no_restart(token: Token) -> None:
    provider = opened(token)
    token.set_pin("00000000")

    with pytest.raises(KeyUnavailableError, match="does not take the PIN"):
        provider.newest("acme")

    with pytest.raises(KeyUnavailableError, match="refused this PIN before"):
        provider.newest("acme")
    token.set_pin(token.pin)
    assert provider.create("acme") == provider.newest("acme")


def test_a_module_that_is_none_is_unavailable(token: Token, tmp_path: Path) -> None:
    for module in (tmp_path / "nothing.so", token.pin_file):
        provider = Pkcs11Tokens(module, token.label, lambda: token.pin)
        with pytest.raises(KeyUnavailableError):
            provider.newest("acme")


def test_a_token_of_another_label_is_unavailable(token: Token) -> None:
    provider = Pkcs11Tokens(token.module, "another", lambda: token.pin)

    with pytest.raises(KeyUnavailableError):
        provider.newest("acme")


def test_whoever_waits_too_long_for_the_token_is_told_so(token: Token) -> None:
    provider = opened(token, wait_s=0.05)
    key = provider.create("acme")

    with provider._turn(), ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(provider.wrap, key, SECRET, BOUND)
        with pytest.raises(KeyUnavailableError, match="busy"):
            waiting.result(timeout=10)

    assert provider.unwrap(key, provider.wrap(key, SECRET, BOUND), BOUND) == SECRET


def test_many_threads_share_the_session(token: Token, provider: Pkcs11Tokens) -> None:
    key = provider.create("acme")

    def once(number: int) -> bool:
        secret, bound = bytes([number % 256]) * 32, str(number).encode()
        if number % 50 == 0:
            with provider._turn():
                token.lose_sessions()
        return provider.unwrap(key, provider.wrap(key, secret, bound), bound) == secret

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(once, range(400)))


def test_two_providers_in_one_process_do_not_stand_in_each_others_way(token: Token) -> None:
    one, other = opened(token), opened(token)
    key = one.create("acme")

    assert other.unwrap(key, one.wrap(key, SECRET, BOUND), BOUND) == SECRET


def test_two_processes_make_versions_beside_each_other(token: Token, provider: Pkcs11Tokens) -> None:
    program = (
        "import sys; from pathlib import Path; from velaurum.keys.pkcs11_tokens import Pkcs11Tokens;"
        "p = Pkcs11Tokens(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]).read_text().strip, look_again_s=0);"
        "print(*(p.create('acme').version for _ in range(10)))"
    )
    command = [sys.executable, "-c", program, str(token.module), token.label, str(token.pin_file)]
    running = [subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE) for _ in range(2)]
    versions = [one for process in running for one in process.communicate(timeout=60)[0].decode().split()]

    assert len(set(versions)) == 20
    newest = provider.newest("acme")
    assert newest.version in versions
    assert provider.unwrap(newest, provider.wrap(newest, SECRET, BOUND), BOUND) == SECRET


def test_a_forked_process_opens_a_session_of_its_own(token: Token, provider: Pkcs11Tokens) -> None:
    key = provider.create("acme")
    wrapped = provider.wrap(key, SECRET, b"acme")
    program = [sys.executable, str(Path(__file__).with_name("forking.py")), str(token.module), token.label]

    said = subprocess.run(
        [*program, str(token.pin_file), key.version, wrapped.hex()],
        env=dict(os.environ),
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout.decode()

    assert said.splitlines() == [f"child 0 {SECRET.hex()}", f"parent {SECRET.hex()} {SECRET.hex()} 0"]
