"""All rules by name."""

from tidy import documents, python, statements
from tidy.source import Rule

RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        python.file_size,
        python.function_size,
        python.function_size_p90,
        python.banned_name,
        python.inline_sql,
        python.tx_then_org,
        statements.routine_size,
        statements.query_shape,
        statements.query_org,
        statements.query_sub_org,
        documents.errors_documented,
        documents.settings_documented,
        documents.decision_records,
        documents.machine_paths,
        documents.words_for_later,
    )
}
