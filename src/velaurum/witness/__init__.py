"""A checkpoint witness of C2SP tlog-witness: it knows logs by their keys, and nothing else of us."""
