"""`python -m contract_tests` is the command `contract-tests`."""

from __future__ import annotations

from contract_tests.cli import main

if __name__ == "__main__":
    main()
