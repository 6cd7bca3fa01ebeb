"""The HTTP client of the suite: what is sent to a target, within which limits, and what it leaves behind."""
