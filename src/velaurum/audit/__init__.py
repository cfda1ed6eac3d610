"""What happened: changes of records, their versions, and the entries of both in the organisation's log."""
