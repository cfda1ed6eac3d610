"""The trust boundary: tables, routines and grants, as reviewed SQL."""
