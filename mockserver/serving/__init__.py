"""The network: one process, one event loop, and the way from a connection to the application."""
