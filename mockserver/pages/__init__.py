"""The pages of the mock for browsers."""
