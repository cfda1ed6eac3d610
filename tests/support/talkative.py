"""A database that says of every statement all that it can be told to say: what is not in its log is nowhere in it."""

import psycopg
from psycopg import sql

from support.ledger_sql import SUPERUSER
from velaurum.db import embedded

TALKATIVE = {
    "log_statement": "all",
    "log_min_duration_statement": "0",
    "log_parameter_max_length": "-1",
    "log_parameter_max_length_on_error": "-1",
    "log_min_messages": "debug1",
    "log_error_verbosity": "verbose",
}


def let_it_talk(cluster: embedded.Cluster) -> None:
    """Have the server log everything, from its next statements on."""
    with psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname="postgres"), autocommit=True) as connection:
        for name, value in TALKATIVE.items():
            connection.execute(
                sql.SQL("alter system set {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        connection.execute("select pg_reload_conf()")
