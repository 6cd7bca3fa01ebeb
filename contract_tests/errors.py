"""Why the suite could not judge: these are never findings (exit code 2), or wrong usage (exit code 3)."""

from __future__ import annotations


class SuiteError(Exception):
    """The suite could not judge the target; the message says what happened and what to do."""


class UsageError(Exception):
    """An option is wrong; the message says which, and what is allowed."""


class Blocked(Exception):
    """A probe could not be carried out because what it needs did not work; the message says what."""


class NotApplicable(Exception):
    """A probe needs something that this run does not have; the message says what to pass to have it."""


class Enough(BaseException):
    """A further try has shown again what it was made for; nothing on the way may catch this."""
