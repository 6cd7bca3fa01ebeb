"""The outcome of a run as a badge: a small picture, and the JSON that shields.io makes one of."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from contract_tests.outcomes import Outcome
from contract_tests.reports.run import Run

LABEL = "contract"
_COLOURS = {0: "#2e7d32", 1: "#c62828", 2: "#5f6368"}
"""Each has a contrast of more than 4.5 with the white letters on it."""

_WIDTH = 6.6
"""Pixels of a letter, on the average."""

_PADDING = 10

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{title}">
  <title>{title}</title>
  <clipPath id="edge"><rect width="{width}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#edge)">
    <rect width="{left}" height="20" fill="#444"/>
    <rect x="{left}" width="{right}" height="20" fill="{colour}"/>
  </g>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
    <text x="{label_at}" y="14" textLength="{label_width}">{label}</text>
    <text x="{message_at}" y="14" textLength="{message_width}">{message}</text>
  </g>
</svg>
"""


def message(run: Run) -> str:
    """Return what a badge says."""
    broken, kept = run.counts.get(Outcome.FAIL, 0), run.counts.get(Outcome.PASS, 0)
    if run.exit_code == 0:
        return f"kept · {kept} rules"
    if run.exit_code == 2:
        return "no judgement"
    return f"broken · {broken} {'rule' if broken == 1 else 'rules'}" if broken else "baseline outdated"


def render_svg(run: Run) -> str:
    """Return the badge as a picture."""
    said = message(run)
    label_width, message_width = round(len(LABEL) * _WIDTH), round(len(said) * _WIDTH)
    left, right = label_width + _PADDING, message_width + _PADDING
    return _SVG.format(
        width=left + right,
        left=left,
        right=right,
        colour=_COLOURS[run.exit_code],
        title=escape(f"{LABEL}: {said}"),
        label=LABEL,
        label_at=left / 2,
        label_width=label_width,
        message=escape(said),
        message_at=left + right / 2,
        message_width=message_width,
    )


def render_shields(run: Run) -> str:
    """Return the badge as shields.io takes it from an endpoint."""
    colour = _COLOURS[run.exit_code].lstrip("#")
    return json.dumps({"schemaVersion": 1, "label": LABEL, "message": message(run), "color": colour}) + "\n"
