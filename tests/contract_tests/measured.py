"""Runs `contract-tests` in this process and says how much memory it took at most."""

from __future__ import annotations

import atexit
import sys
from pathlib import Path

from contract_tests.cli import main


def tell() -> None:
    """Write the greatest memory of this process, in mebibytes.

    It is that of the process alone: `getrusage` would count what its parent had when it was started.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (kibibytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    sys.stderr.write(f"\npeak memory: {int(kibibytes) // 1024} MiB\n")


atexit.register(tell)

if __name__ == "__main__":
    main()
