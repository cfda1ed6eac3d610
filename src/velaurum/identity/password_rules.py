"""Which passwords are refused: short ones, and those that a guesser tries first. No list of anybody's is shipped.

A password is taken apart greedily into what guessers know: common words, what the product and the person are called,
runs of the alphabet, of digits and of keyboards, and what was just said again. Each such part counts as one character.
What is left says how much of it was made up.
"""

import unicodedata
from collections.abc import Sequence

from velaurum.identity import hashing

SHORTEST = 15
LARGEST_BYTES = 1024
LEAST_OWN = 8
SHORTEST_RUN = 3
SHORTEST_KNOWN = 3
# Written for this file: words that stand in passwords because of what passwords are for, and of when they are chosen.
_WORDS = (
    *("password", "passwort", "passwd", "passphrase", "pass", "word", "secret", "geheim", "login", "logon"),
    *("admin", "administrator", "root", "user", "guest", "default", "system", "manager", "office", "company"),
    *(
        "welcome",
        "willkommen",
        "hello",
        "letmein",
        "openup",
        "changeme",
        "change",
        "please",
        "access",
        "enter",
    ),
    *("spring", "summer", "autumn", "winter", "january", "february", "march", "april", "june", "july"),
    *("august", "september", "october", "november", "december", "monday", "friday", "sunday", "today"),
    *("love", "iloveyou", "baby", "angel", "dragon", "monkey", "master", "shadow", "football", "baseball"),
    *("princess", "superman", "batman", "sunshine", "qwerty", "azerty", "qwertz", "computer", "internet"),
    *(
        "velaurum",
        "stock",
        "stores",
        "storekeeper",
        "warehouse",
        "ledger",
        "inventory",
        "test",
        "temp",
        "demo",
    ),
    *(
        "correct",
        "horse",
        "battery",
        "staple",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "the",
        "and",
        "my",
    ),
)
_ROWS = (
    *("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"),
    *("qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "!@#$%^&*()"),
)
_RUNS = (*_ROWS, *(row[::-1] for row in _ROWS))
_LEET = str.maketrans("@430!1$5+7", "aaeoiisstt")


def problem(password: str, known: Sequence[str | None] = ()) -> str | None:
    """Say why this cannot be a password, or return None.

    `known` is what its person and organisation are called, as far as that is known now.
    """
    normal = hashing.normal(password)
    if len(normal) < SHORTEST:
        return f"A password has at least {SHORTEST} characters."
    if is_too_large(normal):
        return f"A password has at most {LARGEST_BYTES} bytes."
    folded = unicodedata.normalize("NFKC", normal).casefold()
    words = tuple(
        word for one in known if one for word in _parts(one.casefold()) if len(word) >= SHORTEST_KNOWN
    )
    if min(own_length(text, words) for text in (folded, folded.translate(_LEET))) < LEAST_OWN:
        return "This password is easily guessed: it is made of common words, names, runs or repetitions."
    return None


def is_too_large(password: str) -> bool:
    """Tell whether nobody can have this password, so that it is not worth hashing."""
    return len(hashing.normal(password).encode()) > LARGEST_BYTES


def own_length(text: str, known: Sequence[str] = ()) -> int:
    """Return how many parts a text has when all that a guesser knows, or has just heard, is one."""
    place = parts = 0
    while place < len(text):
        place += max(1, _word_at(text, place, known), _run_at(text, place), _said_before(text, place))
        parts += 1
    return parts


def _word_at(text: str, place: int, known: Sequence[str]) -> int:
    return max((len(word) for word in (*known, *_WORDS) if text.startswith(word, place)), default=0)


def _run_at(text: str, place: int) -> int:
    length = SHORTEST_RUN
    while place + length <= len(text) and any(text[place : place + length] in run for run in _RUNS):
        length += 1
    return length - 1 if length > SHORTEST_RUN else 0


def _said_before(text: str, place: int) -> int:
    """Return how much of what comes next stands somewhere before; one character that is repeated counts, too."""
    length = 1
    while place + length <= len(text) and text.find(text[place : place + length], 0, place + length - 1) >= 0:
        length += 1
    is_repeated = place > 0 and text[place] == text[place - 1]
    return length - 1 if length > SHORTEST_RUN or is_repeated else 0


def _parts(name: str) -> list[str]:
    return [name, *"".join(one if one.isalnum() else " " for one in name).split()]
