"""What the mock keeps, how it changes, and when its counters begin anew; free of HTTP."""
