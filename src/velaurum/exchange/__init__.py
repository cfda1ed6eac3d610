"""Exchange: movements that come in as files. Everything is posted over HTTP, as any other client would."""
