"""The mock in tests of other projects: a server in their process, sessions of it, and fixtures for pytest."""
