"""A stateful mock of the governance API, driven by its OpenAPI document."""
