"""Transactions past every trigger on what vouches for the logs, three leaves of the meta-log, and what shows each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RewritingOfLogs:
    """Statements of one transaction, the codes that a verification reports then, and how it names the record.

    `names` stands in the detail of a finding of the first code; `of` is a subject whose record's id it has.
    """

    name: str
    steps: tuple[str, ...]
    codes: tuple[str, ...]
    names: str = ""
    of: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of docs/security/attacks.md."""
        return (self.name, ", ".join(f"`{code}`" for code in self.codes))


_FORGED_VERSION = """
    update audit.version as v set xid = pg_current_xact_id(), entry = f.entry,
        leaf_hash = sha256('\\x00'::bytea || f.entry)
    from (
        select v.log_index, convert_to(regexp_replace(
            regexp_replace(convert_from(v.entry, 'UTF8'), '"findings":[0-9]+', '"findings":0'),
            '"codes":\\[[^]]*\\]', '"codes":[]'), 'UTF8') as entry
        from audit.version as v where v.subject = 'verification'
    ) as f where v.log_index = f.log_index
"""

REWRITINGS_OF_LOGS = (
    RewritingOfLogs(
        "a leaf of the meta-log, with its entry",
        (
            (
                "update platform.meta_leaf set entry = '\\x07', leaf_hash = sha256('\\x0007'::bytea),"
                " xid = pg_current_xact_id() where leaf_index = 1"
            ),
        ),
        ("anchor-differs", "checkpoint-differs", "fork"),
        "leaf 1",
    ),
    RewritingOfLogs(
        "the newest leaves of the meta-log",
        ("delete from platform.meta_leaf where leaf_index >= 1",),
        ("anchor-differs", "behind-last-statement", "checkpoint-beyond"),
        "leaf 1",
    ),
    RewritingOfLogs(
        "the newest leaves, with their anchors, checkpoints and time stamps",
        (
            "delete from platform.meta_timestamp",
            "delete from platform.meta_checkpoint where size > 1",
            "delete from audit.anchor where leaf_index >= 1",
            "delete from platform.meta_leaf where leaf_index >= 1",
        ),
        ("behind-last-statement",),
        "of the meta-log",
    ),
    RewritingOfLogs(
        "a checkpoint of the meta-log",
        (
            (
                "update platform.meta_checkpoint set note = replace(note, '/meta/', '/Meta/'),"
                " xid = pg_current_xact_id() where size = 2"
            ),
        ),
        ("checkpoint-unsigned",),
        "/Meta/0",
    ),
    RewritingOfLogs(
        "the salt of an anchor",
        (("update audit.anchor set salt = sha256(salt), xid = pg_current_xact_id() where leaf_index = 1"),),
        ("anchor-differs",),
        "leaf 1",
    ),
    RewritingOfLogs(
        "no anchor",
        ("delete from audit.anchor where leaf_index = 1",),
        ("anchor-missing",),
        "leaf 1",
    ),
    RewritingOfLogs(
        "the instant of a time stamp",
        ("update platform.meta_timestamp set stamped_at = stamped_at - interval '1 day'",),
        ("timestamp-refused", "transaction-differs"),
        "the time stamp of 3 leaves",
    ),
    RewritingOfLogs(
        "the instant of a time stamp, with its transaction",
        (
            (
                "update platform.meta_timestamp set stamped_at = stamped_at - interval '1 day',"
                " xid = pg_current_xact_id()"
            ),
        ),
        ("timestamp-refused",),
        "the time stamp of 3 leaves",
    ),
    RewritingOfLogs(
        "the reply of a time stamp, with its transaction",
        (
            (
                "update platform.meta_timestamp set reply = set_byte(reply, octet_length(reply) - 1,"
                " get_byte(reply, octet_length(reply) - 1) # 1), xid = pg_current_xact_id()"
            ),
        ),
        ("timestamp-refused",),
        "the time stamp of 3 leaves",
    ),
    RewritingOfLogs(
        "what a log says of a key",
        ("update audit.log_key set verifier_key = 'x' || verifier_key where state = 'retired'",),
        ("record-differs",),
        of="log-key",
    ),
    RewritingOfLogs(
        "no word of a key that was retired",
        ("delete from audit.log_key where state = 'retired'",),
        ("record-differs",),
        of="log-key",
    ),
    RewritingOfLogs(
        "the findings of a verification",
        ("update audit.verification set (findings, codes) = (0, '{}')",),
        ("record-differs",),
        of="verification",
    ),
    RewritingOfLogs(
        "no verification", ("delete from audit.verification",), ("record-differs",), of="verification"
    ),
    RewritingOfLogs(
        "the findings of a verification, with its change",
        (
            "update audit.verification set (findings, codes) = (0, '{}')",
            (
                """update audit.change set row_after = row_after || '{"findings": 0, "codes": []}'"""
                " where subject = 'verification'"
            ),
        ),
        ("entry-differs", "transaction-differs"),
        of="verification",
    ),
    RewritingOfLogs(
        "the findings of a verification, with its change, version, entry and leaf",
        (
            "update audit.verification set (findings, codes) = (0, '{}')",
            (
                """update audit.change set row_after = row_after || '{"findings": 0, "codes": []}'"""
                " where subject = 'verification'"
            ),
            _FORGED_VERSION,
        ),
        ("checkpoint-differs", "fork"),
        of="verification",
    ),
)
