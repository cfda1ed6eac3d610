"""What schemathesis is told of NDJSON: a line of it is written as JSON is."""

import schemathesis

schemathesis.serializer.alias("application/x-ndjson", "application/json")
