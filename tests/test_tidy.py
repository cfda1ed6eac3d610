"""The style as a test: the rules stand in tests/tidy, and test_tidy_rules.py shows that they bite."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tidy.documents import ADR_FOLDER
from tidy.rules import RULES
from tidy.source import Finding, files, functions, module

# What breaks a rule for a good reason: rule -> subject -> reason. This list only shrinks: an entry that is no
# longer needed fails the build. Entries of `tx_then_org` are the verbs that serve no single organisation.
EXCEPTIONS: dict[str, dict[str, str]] = {
    "inline_sql": {
        "src/velaurum/witness/memory.py": "three statements on a SQLite file of its own, apart from the product's SQL",
    },
    "tx_then_org": {
        "src/velaurum/catalog/units.py:list_page": "what a unit is, is the same to every organisation",
        "src/velaurum/tenancy/orgs.py:create": "makes the organisation",
        "src/velaurum/tenancy/orgs.py:held": "for the operator, whose log takes no entry",
        "src/velaurum/audit/logs.py:behind": "for the integrator, which logs have grown",
        "src/velaurum/audit/incarnations.py:standings": "for the integrator, before anybody is let in",
        "src/velaurum/audit/cosignatures.py:uncosigned": "for the integrator, what a witness is shown next",
        "src/velaurum/audit/log_keys.py:lacking": "for the signer, which logs were not told of a key yet",
        "src/velaurum/audit/anchors.py:anchor": "for the integrator, of every organisation in turn",
        **{
            f"src/velaurum/audit/metalog.py:{name}": "belongs to the installation"
            for name in (
                *(
                    "integrate",
                    "size",
                    "publish",
                    "newest",
                    "checkpoint",
                    "every",
                    "current",
                    "entries",
                    "root",
                ),
                *("reader", "reopen", "uncosigned", "keep_cosignature", "cosigned"),
            )
        },
        **{
            f"src/velaurum/audit/timestamps.py:{name}": "belongs to the installation"
            for name in ("due", "keep", "newest", "covering", "every")
        },
        "src/velaurum/webhooks/deliveries.py:with_due": "for the worker, where something is due",
        "src/velaurum/webhooks/telling.py:with_news": "for the worker, where there is more to tell",
        "src/velaurum/transport/queues.py:due": "for consumers, in which organisations a message waits",
        "src/velaurum/audit/history.py:with_names": "opens what was read within an organisation",
        "src/velaurum/keys/keyring.py:Keyring.within": "keys of an organisation that is being made",
        "src/velaurum/keys/person_names.py:PersonNames.opened": "opens what was read within an organisation",
        "src/velaurum/keys/person_names.py:PersonNames.renewed": "opens what was read within an organisation",
        "src/velaurum/keys/person_names.py:NamesAhead.opened": "opens what was read within an organisation",
        "src/velaurum/identity/sealed_logins.py:seal": "for an import, at the hand of an operator who is nobody there",
        "src/velaurum/tenancy/orgs.py:find": "turns a code into an organisation",
        "src/velaurum/tenancy/orgs.py:list_all": "the directory, for the platform's administrator",
        "src/velaurum/tenancy/orgs.py:suspend": "at the operator's hand, before anybody is let in",
        "src/velaurum/tenancy/orgs.py:resume": "at the operator's hand, of an organisation that lets nobody in",
        "src/velaurum/tenancy/orgs.py:suspensions": "for the operator, of an organisation that may let nobody in",
        "src/velaurum/tenancy/access_events.py:record": "a process writes what it ran, of organisations in turn",
        "src/velaurum/tenancy/access_events.py:totals": "for the operator as well, who is nobody in the organisation",
        "src/velaurum/tenancy/statement_tallies.py:record": "counts belong to a process, not to an organisation",
        "src/velaurum/identity/erasures.py:erased": "for the journal, at the operator's hand",
        "src/velaurum/identity/erasures.py:replay": "for the journal, before anybody is let in",
        "src/velaurum/identity/administrators.py:bootstrap": "belongs to the installation",
        "src/velaurum/identity/administrators.py:create": "belongs to the installation",
        "src/velaurum/identity/administrators.py:list_all": "belongs to the installation",
        "src/velaurum/identity/administrators.py:revoke": "belongs to the installation",
        "src/velaurum/identity/administrators.py:exists": "belongs to the installation",
        "src/velaurum/identity/administrators.py:verify": "belongs to the installation",
        **{
            f"src/velaurum/jobs/callbacks.py:{name}": "for an outside system: its secret names organisation and job"
            for name in ("take", "use")
        },
        **{
            f"src/velaurum/jobs/callbacks.py:{name}": "in the name of the product's own process"
            for name in ("process", "with_overdue", "expire")
        },
        **{
            f"src/velaurum/jobs/jobs.py:{name}": "for a worker: its ticket names the organisation"
            for name in ("begin", "enter", "note_progress", "succeed", "fail")
        },
        "src/velaurum/jobs/integration_jobs.py:of_other_keys": "for the operator, of each organisation in turn",
        "src/velaurum/jobs/reminders.py:remind": "for the worker, of each organisation in turn",
        "src/velaurum/identity/claims.py:issue": "belongs to the installation",
        "src/velaurum/identity/claims.py:verify": "belongs to the installation",
        "src/velaurum/identity/claims.py:use": "belongs to the installation",
        "src/velaurum/identity/break_glass.py:end_of": "at the operator's hand, in each organisation in turn",
        "src/velaurum/identity/tokens.py:create": "the operator makes it, before anybody acts in the organisation",
        "src/velaurum/identity/tokens.py:verify": "is where an OrgContext comes from",
        "src/velaurum/identity/sessions.py:open_session": "is where somebody who signed in comes from",
        "src/velaurum/identity/sessions.py:verify": "is where an OrgContext comes from",
        "src/velaurum/identity/sessions.py:get_opened": "shows somebody who signed in a moment ago",
        "src/velaurum/identity/passkeys.py:sign_in_options": "nobody is anybody yet",
        "src/velaurum/identity/passkeys.py:sign_in": "is where somebody who signed in comes from",
        "src/velaurum/identity/sign_ins.py:provider_of": "for somebody who has not signed in yet",
        "src/velaurum/identity/sign_ins.py:begin": "for somebody who has not signed in yet",
        "src/velaurum/identity/sign_ins.py:use": "for somebody who has not signed in yet",
        "src/velaurum/identity/sign_ins.py:finish": "is where somebody who signed in comes from",
        "src/velaurum/identity/invitations.py:create_by_hand": "the operator invites, before anybody acts there",
        "src/velaurum/identity/invitations.py:find": "for somebody who has not signed in yet",
        "src/velaurum/identity/invitations.py:redeem": "for somebody who has not signed in yet",
        "src/velaurum/identity/passwords.py:begin_sign_in": "nobody is anybody yet",
        "src/velaurum/identity/passwords.py:find": "nobody is anybody yet",
        "src/velaurum/identity/passwords.py:sealed": "who redeems an invitation is nobody yet",
        "src/velaurum/identity/passwords.py:typed": "nobody is anybody yet",
        "src/velaurum/identity/sign_ins.py:said": "nobody is anybody yet",
        "src/velaurum/identity/passwords.py:finish_sign_in": "is where somebody who signed in comes from",
        "src/velaurum/identity/passwords.py:rehash": "of somebody who signed in a moment ago",
        "src/velaurum/identity/factor_secrets.py:FactorSecrets.open": "is where somebody who signed in comes from",
        "src/velaurum/identity/second_factors.py:require": "is where somebody who signed in comes from",
        "src/velaurum/identity/principals.py:cut_off": "the operator cuts off, in an organisation whose log is held",
        "src/velaurum/identity/sign_in_failures.py:attempt": "nobody is anybody yet",
        "src/velaurum/identity/sign_in_failures.py:forgive": "nobody is anybody yet",
        "src/velaurum/identity/sign_in_failures.py:withdraw": "nobody is anybody yet",
        "src/velaurum/identity/tokens.py:revoke": "the operator revokes, naming the organisation by its id",
        "src/velaurum/identity/tokens.py:cut_off": "the operator revokes, of an organisation whose log is held",
        "src/velaurum/identity/tokens.py:note_use": "the gate remembers, before anybody acts in the organisation",
    },
}

ROOT = Path(__file__).parent.parent


def unexcused(name: str, found: list[Finding], exceptions: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    excused = exceptions.get(name, {})
    yield from (f"{one.subject}: {one.detail}" for one in found if one.subject not in excused)
    subjects = {one.subject for one in found}
    yield from (
        f"{subject}: the exception is no longer needed" for subject in excused if subject not in subjects
    )
    yield from (
        f"{subject}: the exception has no reason" for subject in excused if not excused[subject].strip()
    )


@pytest.mark.parametrize("name", RULES)
def test_the_tree_keeps_the_rule(name: str) -> None:
    broken = list(unexcused(name, list(RULES[name](ROOT)), EXCEPTIONS))

    assert not broken, "\n".join(["", *broken])


def test_every_exception_belongs_to_a_rule() -> None:
    assert EXCEPTIONS.keys() <= RULES.keys()


def test_the_rules_see_this_tree() -> None:
    assert any(True for path in files(ROOT, "src") for _ in functions(module(path)))
    assert Path(__file__) in set(files(ROOT, "tests"))
    assert len(list(files(ROOT, ADR_FOLDER, suffixes=(".md",)))) > 1


def test_an_exception_excuses_its_subject_only() -> None:
    found = [Finding("src/a.py", "long"), Finding("src/b.py", "long")]

    broken = list(unexcused("file_size", found, {"file_size": {"src/a.py": "A table of constants."}}))

    assert broken == ["src/b.py: long"]


def test_an_exception_that_is_no_longer_needed_fails() -> None:
    broken = list(unexcused("file_size", [], {"file_size": {"src/a.py": "A table of constants."}}))

    assert broken == ["src/a.py: the exception is no longer needed"]


def test_an_exception_without_a_reason_fails() -> None:
    broken = list(unexcused("file_size", [Finding("src/a.py", "long")], {"file_size": {"src/a.py": " "}}))

    assert broken == ["src/a.py: the exception has no reason"]
