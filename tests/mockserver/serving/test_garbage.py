import subprocess
import sys

PROGRAM = """
import gc
from mockserver.serving.garbage import put_off, spare_what_lasts

looks = []
gc.callbacks.append(lambda phase, told: looks.append(told["generation"]))
put_off()
made = [[] for _ in range(200_000)]
print(looks)
spare_what_lasts()
looks.clear()
stored = [[] for _ in range(200_000)]
print(sorted(set(looks)))
"""


def test_a_start_is_not_held_up_and_then_young_objects_are_looked_at_and_old_ones_never() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n[0, 1]\n"
