"""Deviations of real servers from the contract, as data."""
