"""The command line. Light commands import neither the web framework nor the importer."""
