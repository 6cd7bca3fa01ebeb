import subprocess
import sys

PROGRAM = """
import gc
from mockserver.serving.garbage import spare_what_lasts

spare_what_lasts()
looks = []
gc.callbacks.append(lambda phase, told: looks.append(told["generation"]))
stored = [[] for _ in range(200_000)]
print(sorted(set(looks)))
"""


def test_young_objects_are_looked_at_and_old_ones_never() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert told.stdout == "[0, 1]\n"
