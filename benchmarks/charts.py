"""The charts of the page, each drawn from the kept figures alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from benchmarks.contenders import OURS

Bars = Iterable[tuple[str, float]]
"""Labels and values."""

_WIDTH, _ROW, _LEFT, _BAR, _TOP = 720, 28, 190, 420, 34

_STYLE = """\
<style>
  text { font: 14px system-ui, sans-serif; fill: #1f2933 }
  .title { font-weight: 600 } .bar { fill: #1f7a5c } .peer { fill: #7b8794 }
  @media (prefers-color-scheme: dark) { text { fill: #e4e7eb } .bar { fill: #3ebd93 } .peer { fill: #9aa5b1 } }
</style>"""

_CASES = (("create/32", "POST a valid config"), ("get/32", "GET by id"))


def drawn(results: Mapping[str, Any]) -> dict[str, str]:
    """Return the charts by the name of their file."""
    servers = results.get("peers", {}).get("contest", {})
    charts = {
        f"performance-{case.partition('/')[0]}.svg": _chart(
            f"{title}: requests per second, 32 connections",
            [(name, each["cases"][case]["rate"]) for name, each in servers.items() if case in each["cases"]],
        )
        for case, title in _CASES
    }
    starts = [(name, each["start_milliseconds"]) for name, each in servers.items()]
    charts["performance-start.svg"] = _chart("Milliseconds from the command to the first answer", starts)
    return charts if servers else {}


def _chart(title: str, bars: Bars) -> str:
    """Return a bar for each value; that of the kit is set off."""
    rows = list(bars)
    height = _TOP + _ROW * len(rows) + 8
    told = "; ".join(f"{name}: {value:,.0f}" for name, value in rows)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" role="img" '
        f'aria-label="{escape(title)}. {escape(told)}">'
    )
    heading = f'<text class="title" x="0" y="18">{escape(title)}</text>'
    return "\n".join([head, _STYLE, heading, *_drawn_bars(rows), "</svg>", ""])


def _drawn_bars(rows: list[tuple[str, float]]) -> Iterator[str]:
    most = max((value for _, value in rows), default=1) or 1
    for row, (name, value) in enumerate(rows):
        y, width = _TOP + row * _ROW, _BAR * value / most
        kind = "bar" if name == OURS else "peer"
        yield f'<text x="0" y="{y + 15}">{escape(name)}</text>'
        yield f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{width:.1f}" height="20" rx="3"/>'
        yield f'<text x="{_LEFT + width + 10:.1f}" y="{y + 15}">{value:,.0f}</text>'
