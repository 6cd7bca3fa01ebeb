"""The form of the actions of the control API."""

from __future__ import annotations

from collections.abc import Callable

from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.sessions import Session

Act = Callable[[Session, Request], Outcome]
"""Carries an operation out on a session; raises a `Problem` where it is refused, and then changes nothing."""
