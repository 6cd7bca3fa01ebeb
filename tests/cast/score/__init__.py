"""The score: how many servers of the cast this suite finds, and how many plain Schemathesis does."""
