"""The worker: it works the jobs of all organisations, each as who asked for it and within what they may do."""
