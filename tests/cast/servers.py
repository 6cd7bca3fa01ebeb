"""The whole cast."""

from __future__ import annotations

from tests.cast import careless, intermittent, relayed
from tests.cast.derived import DERIVED
from tests.cast.lookalikes import CORRECT
from tests.cast.member import Member

MEMBERS: tuple[Member, ...] = (*CORRECT, *careless.FAULTY, *relayed.FAULTY, *intermittent.FAULTY, *DERIVED)
