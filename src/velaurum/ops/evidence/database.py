"""The verification of a whole database: definitions, then every log, in one snapshot (V-20, V-22)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, replace

from velaurum.audit import incarnations, logs
from velaurum.audit.incarnations import Loss
from velaurum.config import Settings
from velaurum.db import catalogue, definitions, embedded, external, migrate, readings
from velaurum.db.connection import Tx
from velaurum.db.readings import UnreadableError
from velaurum.errors import OperationError, Refusal
from velaurum.keys import opening as keyrings
from velaurum.keys.keyring import Keyring
from velaurum.ops import installation, production
from velaurum.ops.evidence import (
    cosigned,
    metalog,
    names,
    notes,
    periods,
    records,
    reports,
    sharing,
    signed,
    stock,
    versions,
)
from velaurum.ops.evidence.findings import Finding
from velaurum.ops.evidence.leaves import Walk
from velaurum.ops.evidence.reports import Log, Report
from velaurum.ops.evidence.sharing import Hands
from velaurum.ops.evidence.signed import Outside, Tree
from velaurum.ops.evidence.trust import Sources, Trust
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.wire import to_base64
from velaurum.tenancy import orgs
from velaurum.tenancy.orgs import Org

Watch = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""Given how many entries there are, what to call with the number that is done so far."""

# What is looked at beside the rows along their indexes.
BESIDE_THE_WALK = (stock.replay, periods.check, versions.placed, records.compare)


@dataclass(frozen=True, slots=True)
class Reached:
    """How the database is reached: to read all of it, to open what is sealed, and to record; None where nobody may."""

    conninfo: str
    integrator_conninfo: str | None
    is_own_server: bool
    app_conninfo: str

    def examine(
        self, settings: Settings, org_code: str | None, trust: Trust, watch: Watch, workers: int | None
    ) -> Report:
        """Verify this database, and open what is sealed as the application does."""
        with closing(keyrings.opened(settings, self.app_conninfo)) as keyring:
            return examine(
                self.conninfo,
                org_code,
                trust,
                watch,
                is_own_server=self.is_own_server,
                keyring=keyring,
                workers=workers,
            )


def verify(
    settings: Settings, org_code: str | None, sources: Sources, watch: Watch, workers: int | None = None
) -> Report:
    """Verify the installation's database for one organisation or all, without changing anything in it.

    Uses as many processes as the machine has cores, unless `workers` says otherwise. Refuses `not-found`.
    OperationError when there is no database or it is of another release; UsageError when nothing says whose
    signatures count.
    """
    trust = sources.read()
    with reached(settings) as place:
        return place.examine(settings, org_code, trust, watch, workers)


def examine(
    conninfo: str,
    org_code: str | None,
    trust: Trust,
    watch: Watch,
    *,
    is_own_server: bool,
    keyring: Keyring | None = None,
    workers: int | None = None,
) -> Report:
    """Verify the database of `conninfo`, of whose roles it is the auditor or an administrator.

    Without a keyring no note is opened, and the report says how many were not.
    """
    report = Report()
    _require_release(conninfo)
    _definitions(conninfo, report, is_own_server=is_own_server)
    waiting: list[Org] | None = None
    while waiting is None or waiting:
        try:
            with readings.reading(conninfo) as outside:
                waiting = _chosen(outside, org_code) if waiting is None else waiting
                total = sum(logs.head(outside.within(one.org_id), one.org_id).size for one in waiting)
                with watch(total) as done, sharing.shared(total, workers) as others:
                    hands = Hands(outside, conninfo, readings.snapshot(outside), *others)
                    while waiting:
                        _log(hands, waiting[0], trust, report, done)
                        _sealed(hands, waiting[0], keyring, report)
                        waiting.pop(0)
                if org_code is None:
                    metalog.verify(outside, trust, report.accounted, report.findings)
                    report.unknown_witnesses += cosigned.verify_meta(
                        outside, trust.witnesses, report.findings
                    )
        except UnreadableError as error:
            # What is damaged ends its snapshot; the organisations after it get the next one.
            report.accounted = None
            report.findings.add("unreadable", str(error), org=waiting[0].code if waiting else None)
            report.logs += [Log(one.org_id, one.code) for one in (waiting or [])[:1]]
            waiting = (waiting or [])[1:]
    _not_verified(report)
    if org_code is None:
        _forgotten(conninfo, trust, report)
    report.ended_at = reports.now()
    return report


def _not_verified(report: Report) -> None:
    if report.unknown_witnesses:
        report.notes.append(
            f"{report.unknown_witnesses} lines of witnesses were not verified: no policy that was given has their keys."
        )
    if report.unopened_notes:
        report.notes.append(
            f"{report.unopened_notes} sealed notes were not verified: no key opens them here."
        )
    if report.unopened_names:
        report.notes.append(
            f"{report.unopened_names} sealed names of people were not verified: no key opens them here."
        )


def _log(hands: Hands, org: Org, trust: Trust, report: Report, done: Callable[[int], None]) -> None:
    beside = [hands.begin(job, org.org_id, org.code) for job in BESIDE_THE_WALK]
    tx = hands.outside.within(org.org_id)
    listed = len(report.findings.kept)
    before = report.entries
    newest = logs.newest(tx, org.org_id)
    signed_size = 0 if newest is None else newest.size
    if newest is not None and trust.lacks_statement(org.org_id):
        report.findings.add("statement-missing", f"It signed {signed_size} entries.", org=org.code)
    walk = Walk(org.code, report.findings)
    kept = _not_lost(tx, org, trust, report)
    keys = signed.said_of_keys(tx, org.org_id)
    tree = Tree(tx, org.org_id, org.code, report.findings, trust.opened, kept, signed_size, keys)
    stretches = hands.stretches(org.org_id, org.code)
    tree.grow(walk.leaves(stretches), lambda size: done(before + size))
    walk.finish(logs.head(tx, org.org_id))
    tree.finish()
    metalog.anchors(tx, org.org_id, org.code, keys.said, report.findings, report.accounted)
    witnesses = cosigned.verify_log(tx, org.org_id, org.code, trust.witnesses, report.findings)
    report.unknown_witnesses += witnesses
    for found in beside:
        report.findings.take(found())
    report.findings.kept[listed:] = [
        one if one.log_index is None else _dated(tx, org, one) for one in report.findings.kept[listed:]
    ]
    report.logs.append(Log(org.org_id, org.code, tree.size, tree.root, signed_size))
    done(before + tree.size)


def _sealed(hands: Hands, org: Org, keyring: Keyring | None, report: Report) -> None:
    which = (hands.outside.within(org.org_id), keyring, org.org_id, org.code, report.findings)
    report.unopened_notes += notes.verify(*which)
    report.unopened_names += names.verify(*which)


def _not_lost(tx: Tx, org: Org, trust: Trust, report: Report) -> list[Outside]:
    """Return what was kept outside about a log, but for what a later incarnation of it says was lost."""
    losses = {one.number - 1: one for one in incarnations.list_all(tx, org.org_id)}
    kept = []
    for one in trust.about(org.org_id):
        said = one.checkpoint
        loss = losses.get(int(said.origin.rpartition("/")[2]))
        if loss is not None and _is_lost(said, loss):
            lost = f"entries {loss.common_size} to {loss.lost_size - 1} were lost before incarnation {loss.number}"
            report.notes.append(f"{one.where} about {org.code} covers {said.size}: {lost}.")
        else:
            kept.append(one)
    return kept


def _is_lost(said: Checkpoint, loss: Loss) -> bool:
    if said.size == loss.lost_size:
        return to_base64(said.root) == loss.lost_root
    return loss.common_size < said.size < loss.lost_size


def _dated(tx: Tx, org: Org, finding: Finding) -> Finding:
    not_before, not_after = signed.bracket(tx, org.org_id, finding.log_index or 0)
    return replace(finding, not_before=not_before, not_after=not_after)


def _chosen(outside: Tx, org_code: str | None) -> list[Org]:
    if org_code is None:
        return orgs.list_all(outside)
    found = orgs.find(outside, org_code)
    if found is None:
        raise Refusal(
            "not-found", f"There is no organisation {org_code}; `velaurum org list` shows those there are."
        )
    return [found]


def _forgotten(conninfo: str, trust: Trust, report: Report) -> None:
    """Report what was signed about an organisation that the database no longer knows."""
    with readings.reading(conninfo) as outside:
        known = {one.org_id for one in orgs.list_all(outside)}
    about = {id(one) for org_id in known for one in trust.about(org_id)}
    for one in trust.outside:
        if id(one) not in about:
            said = f"{one.where} is about {one.checkpoint.origin}, and there is no such organisation."
            report.findings.add(one.behind, said)


def _require_release(conninfo: str) -> None:
    with external.connected(conninfo) as connection:
        connection.read_only = True
        if missing := migrate.pending(connection):
            raise OperationError(
                f"The database is not of this release; run `velaurum migrate` first. Pending: {', '.join(missing)}."
            )


def _definitions(conninfo: str, report: Report, *, is_own_server: bool) -> None:
    for rule in catalogue.examine(conninfo):
        for subject in rule.broken_by:
            said = f"{rule.name}: {subject}"
            if rule.is_required or is_own_server:
                report.findings.add("rule-broken", said)
            else:
                report.notes.append(said)
    found = definitions.examine(conninfo, is_own_server=is_own_server)
    for line in found.differing:
        report.findings.add("definition-differs", line)
    for line in found.unsafe:
        report.findings.add("setting-differs", line)
    report.notes.extend(found.lacking)


@contextmanager
def reached(settings: Settings) -> Iterator[Reached]:
    """Reach the database as it is: its own server as the auditor, another one as its administrator.

    OperationError when there is none, or the settings have no administrator's URL.
    """
    url = production.database_url(settings)
    if url is not None:
        if not external.is_administrator(url):
            raise OperationError(
                "The role velaurum_app does not verify what it writes; use the administrator's VELAURUM_DATABASE_URL."
            )
        yield Reached(
            url,
            external.integrator_conninfo(url, settings.data_dir),
            is_own_server=False,
            app_conninfo=external.application_conninfo(url, settings.data_dir),
        )
        return
    if not (settings.data_dir / "postgres" / "data").exists():
        raise OperationError(f"There is no database in {settings.data_dir} yet; `velaurum up` makes it.")
    with ExitStack() as stack:
        place = stack.enter_context(installation.opened(settings))
        if place.cluster is None:
            raise AssertionError("a server of our own has a cluster")
        auditor = place.cluster.conninfo(user=readings.AUDITOR, dbname=embedded.DATABASE)
        yield Reached(auditor, place.integrator_conninfo, is_own_server=True, app_conninfo=place.app_conninfo)
