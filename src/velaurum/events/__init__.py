"""Events: what an organisation's log says, as a feed for programs, and how far each of them has read it."""
