"""Correct, ordinary servers of the API in other stacks, written from the contract alone; none may be reported."""
