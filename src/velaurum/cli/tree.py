"""The tree of commands: names, groups and help. What a command needs is imported when it is run."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from cyclopts import App, CycloptsError, Group

from velaurum import __version__
from velaurum.cli import (
    tree_of_catalogue,
    tree_of_events,
    tree_of_imports,
    tree_of_jobs,
    tree_of_keys,
    tree_of_logs,
    tree_of_operators,
    tree_of_people,
    tree_of_privacy,
    tree_of_steps,
    tree_of_webhooks,
)

ParseError = CycloptsError

_START = Group.create_ordered("Start")
_ORGANISATION = Group.create_ordered("Organisation")
_STOCK = Group.create_ordered("Stock")
_SOUND = Group.create_ordered("Keep it sound")

_ROOT = """An audit-grade ledger for physical stock and assets.

A setting is taken from its flag, then VELAURUM_*, then velaurum.toml, then the default."""

COMMANDS: dict[str, tuple[Group, str, str]] = {
    "up": (_START, "up:up", "Start everything on this machine, in the foreground."),
    "worker": (_START, "worker:worker", "Work the jobs of all organisations, in the foreground."),
    "demo": (_START, "demo:demo", "Watch a guided tour on real data, in a throw-away directory."),
    "bootstrap": (
        _START,
        "bootstrap:bootstrap",
        "Make the platform's first administrator, once, and print the token.",
    ),
    "stock": (
        _STOCK,
        "balances:stock",
        """Show what is on hand, now or as of an earlier instant.

--as-of asks what the ledger knew then; --effective-as-of asks what had happened in the world by then.""",
    ),
    "report": (_STOCK, *tree_of_catalogue.REPORT),
    "export": (
        _SOUND,
        "org_exports:export",
        """Carry everything of an organisation away, for anyone to read and to check, as of one size of its log.

A run that was stopped goes on where it was when it is repeated. It becomes an entry of the log.""",
    ),
    "import-org": (
        _SOUND,
        "org_imports:import_org",
        """Let an organisation that was carried away go on here, in an installation that has none.

The export is verified first; all of it is written, or nothing. Its log goes on in its next incarnation.""",
    ),
    "doctor": (_SOUND, "doctor:doctor", "Check the installation, with the mend for each check that fails."),
    "migrate": (_SOUND, "migrations:migrate", "Bring the database to this release."),
    "witness": (
        _SOUND,
        "witness:witness",
        """Run a checkpoint witness in the foreground: it signs what extends the last that it saw of a log.

Anybody can run one: it speaks C2SP tlog-witness and reads no ledger. Prints its verifier key and its policy line.""",
    ),
    "version": (_SOUND, "version:version", "Print the version."),
}

NOUNS: dict[str, tuple[Group, str, dict[str, tuple[str, str]]]] = {
    "administrator": (_SOUND, "Administrators, on the data directory.", tree_of_operators.ADMINISTRATORS),
    "break-glass": (
        _SOUND,
        "How the operator reads an organisation, for a while and by two persons, over HTTP.",
        tree_of_operators.BREAK_GLASS,
    ),
    "org": (
        _ORGANISATION,
        "Organisations, on the data directory.",
        {
            "create": ("orgs:create", "Create an organisation."),
            "list": ("orgs:list_all", "List the organisations."),
            "show": ("orgs:show_one", "Show one organisation, and when it was suspended and why."),
            "suspend": ("orgs:suspend", "Stop serving an organisation, everywhere at once."),
            "resume": ("orgs:resume", "Serve a suspended organisation again."),
        },
    ),
    "sub-org": (
        _ORGANISATION,
        "Departments, over HTTP.",
        {
            "create": ("sub_orgs:create", "Create a department, at the top or in another one."),
            "list": ("sub_orgs:list_all", "List the departments by code."),
            "show": ("sub_orgs:show_one", "Show one department."),
        },
    ),
    "token": (
        _ORGANISATION,
        "Tokens of an organisation, on the data directory or over HTTP.",
        {
            "create": (
                "tokens:create",
                "Make a token and print it, once, on the data directory: only its hash is kept.",
            ),
            "revoke": (
                "tokens:revoke",
                "Revoke a token, on the data directory; it stops working within a second.",
            ),
            "issue": ("issued_tokens:issue", "Make a token for a principal, over HTTP, and print it, once."),
            "list": ("issued_tokens:list_all", "List the tokens, over HTTP, with their last use."),
            "withdraw": ("issued_tokens:withdraw", "Revoke a token, over HTTP."),
        },
    ),
    "principal": (
        _ORGANISATION,
        "People, service accounts and named processes, over HTTP or on the data directory.",
        tree_of_people.PRINCIPAL_VERBS,
    ),
    "subject": (
        _ORGANISATION,
        "People as data subjects, over HTTP: what is held about them, and their erasure.",
        tree_of_people.SUBJECT_VERBS,
    ),
    "invitation": (
        _ORGANISATION,
        "Let people set a password, on the data directory or over HTTP.",
        tree_of_people.INVITATION_VERBS,
    ),
    "role": (
        _ORGANISATION,
        "Roles, over HTTP.",
        {
            "create": ("roles:create", "Create a role."),
            "list": ("roles:list_all", "List the roles and what each may do."),
            "show": ("roles:show_one", "Show one role."),
        },
    ),
    "item": (_ORGANISATION, *tree_of_catalogue.ITEMS),
    "unit": (_ORGANISATION, *tree_of_catalogue.UNITS),
    "pack": (_ORGANISATION, *tree_of_catalogue.PACKS),
    "lot": (_ORGANISATION, *tree_of_catalogue.LOTS),
    "serial": (_ORGANISATION, *tree_of_catalogue.SERIALS),
    "period": (_ORGANISATION, *tree_of_catalogue.PERIODS),
    "location": (
        _ORGANISATION,
        "Locations, over HTTP.",
        {
            "create": ("locations:create", "Create a location."),
            "list": ("locations:list_all", "List the locations by code, or what lies in one."),
            "show": ("locations:show_one", "Show one location."),
        },
    ),
    "post": (
        _STOCK,
        "Post a movement, over HTTP.",
        {
            "receipt": ("movements:receipt", "Stock comes in, from SUPPLIER unless --source says otherwise."),
            "issue": ("movements:issue", "Stock goes out, to CONSUMPTION unless --target says otherwise."),
            "transfer": ("movements:transfer", "Stock moves from --source to --target."),
            "adjustment": (
                "movements:adjustment",
                "Correct a difference, with a --reason: --target gains, or --source loses.",
            ),
            "scrap": ("movements:scrap", "Stock is thrown away, with a --reason."),
            "return": ("movements:return_", "Stock comes back, from --source to --target."),
            "status-change": (
                "movements:status_change",
                "Stock stays where it is and gets another status, with a --reason.",
            ),
            "opening": ("movements:opening", "Stock that was there before the ledger began."),
            "reversal": ("movements:reversal", "Undo a movement by its exact mirror, once."),
        },
    ),
    "reservation": (_STOCK, *tree_of_catalogue.RESERVATIONS),
    **{name: (_STOCK, *noun) for name, noun in tree_of_steps.NOUNS.items()},
    "event": (_STOCK, "What happens, in the order of the log, over HTTP.", tree_of_events.VERBS),
    "log": (
        _SOUND,
        "The organisations' logs: their state over HTTP, and what is done on the data directory.",
        tree_of_logs.VERBS,
    ),
    "proof": (
        _SOUND,
        "Portable proofs, over HTTP: each is checked before it is kept; ends with 6 when one does not hold.",
        tree_of_logs.PROOFS,
    ),
    "key": (_SOUND, "Keys that seal fields of an organisation, on the data directory.", tree_of_keys.VERBS),
    "job": (_ORGANISATION, "What works in the background, over HTTP.", tree_of_jobs.VERBS),
    "integration-job": (
        _ORGANISATION,
        "What outside systems are asked to do, over HTTP.",
        tree_of_jobs.INTEGRATION_VERBS,
    ),
    "dead-letter": (
        _ORGANISATION,
        "Messages that nobody could work, whatever carried them, over HTTP.",
        tree_of_jobs.DEAD_LETTER_VERBS,
    ),
    "reminder": (
        _ORGANISATION,
        "What waits for a person or runs out soon, over HTTP.",
        tree_of_jobs.REMINDER_VERBS,
    ),
    "schedule": (
        _SOUND,
        "What the product does by itself, on the data directory.",
        tree_of_jobs.SCHEDULE_VERBS,
    ),
    "privacy": (_SOUND, *tree_of_privacy.NOUN),
    "access-event": (_SOUND, *tree_of_privacy.ACCESS_EVENT),
    "posture": (
        _SOUND,
        "How the installation stands, signed; ends with 6 when it is not as it should be.",
        tree_of_operators.POSTURE,
    ),
    "verify": (
        _SOUND,
        "Prove what is claimed; ends with 6 when something does not hold.",
        tree_of_logs.PROVEN,
    ),
    "webhook": (_ORGANISATION, *tree_of_webhooks.NOUN),
    "import": (_STOCK, *tree_of_imports.NOUN),
}


def spelt_out(words: Sequence[str]) -> Sequence[str]:
    """Put in the verb that may be left out, or was another once.

    `velaurum verify DIR` verifies the export in a directory; `velaurum import FILE` runs it.
    """
    match words:
        case ["import", "movements", *more]:
            return ("import", "run", *more)
        case ["import", place, *more] if place not in NOUNS["import"][2] and Path(place).is_file():
            return ("import", "run", place, *more)
        case ["verify", place, *more] if place not in NOUNS["verify"][2] and _is_export(Path(place)):
            return ("verify", "export", place, *more)
    return words


def misspelt(words: Sequence[str]) -> str | None:
    """Say which command or verb does not exist. The parser would import every command to say it."""
    known: Mapping[str, object] = {**NOUNS, **COMMANDS}
    for place, word in enumerate(words[:2]):
        if word.startswith("-"):
            return None
        if word not in known:
            path = " ".join(("velaurum", *words[:place]))
            alike = difflib.get_close_matches(word, known, n=1)
            meant = f"did you mean {alike[0]!r}?" if alike else f"there are {', '.join(known)}."
            return f"There is no command {word!r} in `{path}`: {meant}"
        if word not in NOUNS or place:
            return None
        known = NOUNS[word][2]
    return None


def build(*, plain_help: bool | None = None) -> App:
    """Return the command line. Say how help is to look only when it is asked for: that costs an import."""
    formatter: Literal["plain", "default"] | None = None
    if plain_help is not None:
        formatter = "plain" if plain_help else "default"
    root = App(
        name="velaurum",
        help=_ROOT,
        version=__version__,
        help_formatter=formatter,
        help_format="plaintext",
        suppress_keyboard_interrupt=False,
        group_commands=Group("Help", sort_key=99),
    )
    for order, (name, (group, words, _)) in enumerate(NOUNS.items()):
        root.command(f"{__name__}:{name}", name=name, help=words, group=group, sort_key=order)
    for order, (name, (group, place, words)) in enumerate(COMMANDS.items(), start=len(NOUNS)):
        root.command(f"velaurum.cli.{place}", name=name, help=words, group=group, sort_key=order)
    return root


def __getattr__(name: str) -> App:
    """Build the commands of a noun when the command line asks for them: seven of eight are never asked for."""
    if name not in NOUNS:
        raise AttributeError(name)
    noun = App(name=name, group_commands=Group("Commands"))
    for order, (verb, (place, words)) in enumerate(NOUNS[name][2].items()):
        noun.command(f"velaurum.cli.{place}", name=verb, help=words, sort_key=order)
    return noun


def _is_export(place: Path) -> bool:
    return place.is_dir() or (place.suffix == ".age" and place.is_file())
