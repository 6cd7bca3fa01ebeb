"""Measurements of the kit, side by side with what people use; `python -m benchmarks` runs them."""
