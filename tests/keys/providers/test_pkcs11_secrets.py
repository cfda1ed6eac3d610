"""Secrets that are data objects of a token (V-10): read with its PIN, and never repeated by what goes wrong."""

from dataclasses import replace

import pkcs11
import pytest
from pkcs11 import Attribute, ObjectClass

from support.softhsm import Token
from velaurum.config import Settings
from velaurum.errors import OperationError, UsageError
from velaurum.keys import resolving

KEPT = "violet-kettle"
SETTING = "database_password"


@pytest.fixture
def settings(token: Token) -> Settings:
    return Settings(
        token.folder,
        pkcs11_module=token.module,
        pkcs11_token=token.label,
        pkcs11_pin=f"file:{token.pin_file}",
        mode="production",
    )


def _store(token: Token, label: str, value: bytes, *, is_private: bool = True) -> None:
    """Write a data object, as an operator does with the program of their token."""
    found = pkcs11.lib(str(token.module.resolve())).get_token(token_label=token.label)
    with found.open(rw=True, user_pin=token.pin) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.TOKEN: True,
                Attribute.PRIVATE: is_private,
                Attribute.LABEL: label,
                Attribute.VALUE: value,
            }
        )


def test_a_secret_of_a_token_is_read_also_in_production(settings: Settings, token: Token) -> None:
    _store(token, "warehouse", KEPT.encode())

    assert resolving.resolver(settings).secret(SETTING, "pkcs11:warehouse") == KEPT


@pytest.mark.parametrize(
    ("objects", "is_private", "said"),
    [
        ([], True, "0 data objects"),
        ([KEPT.encode()] * 2, True, "2 data objects"),
        ([KEPT.encode()], False, "without a PIN"),
        ([b"\xff" + KEPT.encode()], True, "no text"),
        ([KEPT.encode() + b"\n" + KEPT.encode()], True, "no secret"),
    ],
    ids=["none", "two", "public", "bytes", "two lines"],
)
def test_what_is_no_secret_of_a_token_is_refused_by_its_reference(
    settings: Settings, token: Token, objects: list[bytes], is_private: bool, said: str
) -> None:
    for one in objects:
        _store(token, "warehouse", one, is_private=is_private)

    with pytest.raises(OperationError, match=said) as refused:
        resolving.resolver(settings).secret(SETTING, "pkcs11:warehouse")

    assert SETTING in str(refused.value)
    assert KEPT not in str(refused.value)


def test_a_wrong_pin_is_not_repeated(settings: Settings, token: Token) -> None:
    _store(token, "warehouse", KEPT.encode())
    token.set_pin("00001111")

    with pytest.raises(OperationError, match="does not take the PIN") as refused:
        resolving.resolver(settings).secret(SETTING, "pkcs11:warehouse")

    assert "pkcs11:warehouse" in str(refused.value)
    assert "00001111" not in str(refused.value)


def test_the_pin_is_a_reference_like_every_other(
    settings: Settings, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    _store(token, "warehouse", KEPT.encode())
    monkeypatch.setenv("PIN_OF_MINE", token.pin)
    told = replace(settings, pkcs11_pin="env:PIN_OF_MINE")

    of_variable = resolving.resolver(replace(told, mode="development")).secret(SETTING, "pkcs11:warehouse")

    assert of_variable == KEPT
    with pytest.raises(UsageError, match="refused in production"):
        resolving.resolver(told).secret(SETTING, "pkcs11:warehouse")
    with pytest.raises(UsageError, match="in no token"):
        resolving.resolver(replace(told, pkcs11_pin="pkcs11:pin")).secret(SETTING, "pkcs11:warehouse")
