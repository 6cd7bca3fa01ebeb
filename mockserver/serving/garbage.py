"""The garbage collector of Python, set so that no request waits for a look at everything that is stored."""

from __future__ import annotations

import gc

_YOUNG = 10_000
"""How many new objects are looked at together: those of some hundred requests, most of which are gone by then."""

_TIMES = 5
_NEVER = 2**31 - 1


def put_off() -> None:
    """Look at nothing until `spare_what_lasts` is called: what a start makes is nearly all there to stay."""
    gc.disable()


def spare_what_lasts() -> None:
    """Leave out what is there now, and look only at young objects from now on, some milliseconds at a time.

    A look at all objects takes seconds with a million configs. It would find nothing: what is stored is immutable
    and hence without cycles, so that it goes with its last reference; what forms cycles, such as an exception and
    its frames, is gone while it is young.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _TIMES, _NEVER)
    gc.enable()
