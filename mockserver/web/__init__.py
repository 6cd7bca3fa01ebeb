"""Flask's view of the mock: one blueprint each for the API, the control API and the pages."""
