"""Runs `contract-tests` in this process and says how much memory it took at most."""

from __future__ import annotations

import atexit
import resource
import sys

from contract_tests.cli import main


def tell() -> None:
    """Write the greatest memory of this process, in mebibytes."""
    sys.stderr.write(f"\npeak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB\n")


atexit.register(tell)

if __name__ == "__main__":
    main()
