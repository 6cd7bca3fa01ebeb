"""The report for people: one self-contained page, which asks for nothing from anywhere."""
