"""What is told of a run: one log of events, and the reports that are views of it."""
