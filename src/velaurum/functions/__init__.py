"""A host of functions: it calls for each message and on a clock, and what is called is the worker's own."""
