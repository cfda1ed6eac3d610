"""What happened: changes of records, their versions, and the signed log that everything recorded has its place in."""
