"""The figures as a page of the docs; the same figures always make the same page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Any

from benchmarks.contenders import OURS

Results = Mapping[str, Any]
"""What was measured: `ours`, `peers`, or both."""

_CASES = {
    "get": "GET by id",
    "list": "GET a list of 100",
    "create": "POST a valid config",
    "refused": "POST with three mistakes",
    "update": "PUT",
    "create and delete": "POST and DELETE by turns",
}


def as_markdown(results: Results, speedups: str) -> str:
    """Return the page; `speedups` is what was changed for speed, with what each change bought."""
    parts = [_head()]
    if "peers" in results:
        parts += [_lines(results), _peers(results["peers"])]
    if "ours" in results:
        parts += [_growth(results["ours"]), _strains(results), _judge(results["ours"])]
    if "anatomy" in results:
        parts.append(_anatomy(results["anatomy"]))
    lines = (wrapped for part in parts for line in part for wrapped in _wrapped(line))
    return "\n".join([*lines, speedups.strip(), ""])


def _wrapped(line: str) -> list[str]:
    """Return a line of prose as lines of the width of this project; tables and pictures stay whole."""
    if not line or line[0] in "|!#<":
        return [line]
    further = "  " if line.startswith("- ") else ""
    return wrap(line, 120, subsequent_indent=further, break_long_words=False, break_on_hyphens=False)


def _head() -> Iterator[str]:
    yield "# Performance"
    yield ""
    yield "<!-- Written by `make bench`, `make bench-peers` and `make bench-report`; run these instead of editing. -->"
    yield ""
    yield (
        "`make bench` measures the mock and the suite (5 minutes; it needs [wrk](https://github.com/wg/wrk)). "
        "`make bench-peers` installs other mock servers into a folder that git ignores and measures all side by side "
        "(20 minutes; npm, and Maven for WireMock). Compare ratios within one run: absolute figures are those of one "
        "machine at one time. What is measured is started once before, which does not count, and without "
        "`PYTHONDONTWRITEBYTECODE`, as what a user has installed is compiled."
    )
    yield ""


def _lines(results: Results) -> Iterator[str]:
    """Yield what was aimed at, and what was measured."""
    yield "## What was aimed at"
    yield ""
    yield from _table(("aim", "measured", "reached"), _aims(results))
    yield ""


def _aims(results: Results) -> Iterator[tuple[str, str, str]]:
    servers = results["peers"]["contest"]
    mock, others = servers[OURS], {name: each for name, each in servers.items() if name != OURS}
    alike = {n: each for n, each in others.items() if each["conduct"]["validates"] and each["conduct"]["stores"]}
    yield _ratio("POST: twice the best peer that validates and stores", "create/32", mock, alike, 2)
    yield _cost("the same by time on the processor", "create/32", mock, alike)
    yield _ratio("GET by id: 1.5 times the best peer of all", "get/32", mock, others, 1.5)
    yield _cost("the same by time on the processor", "get/32", mock, others)
    yield _aim("cold start: 500 ms at most", f"{mock['start_milliseconds']:.0f} ms", mock["start_milliseconds"] <= 500)
    for case in ("get/32", "create/32"):
        best = min(each["cases"][case]["p99"] for each in others.values())
        p99 = mock["cases"][case]["p99"]
        name = _CASES[case.partition("/")[0]]
        yield _aim(f"{name}: p99 no worse than the best peer's", f"{p99:.1f} ms, {best:.1f} ms", p99 <= best)
    if "ours" in results:
        yield from _aims_alone(results["ours"])


def _aims_alone(ours: Results) -> Iterator[tuple[str, str, str]]:
    growth, strain, judge = ours["growth"], ours["strain"], ours["judge"]
    for name, most in (
        ("create", 1.5),
        ("get", 1.5),
        *((f"list, {page} page", 2) for page in ("first", "middle", "last")),
    ):
        ratio = _growth_ratio(growth[name])
        yield _aim(
            f"{name}: with the most configs {most:g} times the cost with the fewest", f"{ratio:.2f}", ratio <= most
        )
    pause = strain["longest_pause_milliseconds"]
    yield _aim("no pause above 100 ms while serving", f"{pause:.0f} ms", pause <= 100)
    gate = judge["profiles"]["gate"]
    told = f"{gate['seconds']:.1f} s, {gate['requests']} requests"
    yield _aim("the gate: 6 s and 600 requests at most", told, gate["seconds"] <= 6 and gate["requests"] <= 600)
    listing = judge["list_milliseconds"]
    yield _aim("`contract-tests --list`: 500 ms at most", f"{listing} ms", listing <= 500)


def _ratio(aim: str, case: str, mock: Results, others: Results, least: float) -> tuple[str, str, str]:
    name, best = max(((name, each["cases"][case]["rate"]) for name, each in others.items()), key=lambda each: each[1])
    rate = mock["cases"][case]["rate"]
    return _aim(aim, f"{rate / best:.1f} times {name} ({rate:,.0f}/s, {best:,.0f}/s)", rate / best >= least)


def _cost(aim: str, case: str, mock: Results, others: Results) -> tuple[str, str, str]:
    """Return how the time that a request takes on the processor compares, which depends less on who else is busy."""
    costs = ((each["cases"][case]["processor_microseconds"], name) for name, each in others.items())
    least, name = min(costs)
    cost = mock["cases"][case]["processor_microseconds"]
    return aim, f"{least / cost:.1f} times {name} ({cost:.0f} µs, {least:.0f} µs)", ""


def _aim(aim: str, measured: str, is_reached: bool) -> tuple[str, str, str]:
    return aim, measured, "yes" if is_reached else "**no**"


def _rates(servers: Results, connections: str) -> Iterator[str]:
    rows = [
        (name, *(_cell(each["cases"].get(f"{case}/{connections}")) for case in _CASES))
        for name, each in servers.items()
    ]
    yield from _table(("server", *_CASES.values()), rows)


def _costs(servers: Results) -> Iterator[str]:
    yield "Microseconds of the server on the processor for each request, 32 connections:"
    yield ""
    rows = [(name, *(_processor(each["cases"].get(f"{case}/32")) for case in _CASES)) for name, each in servers.items()]
    yield from _table(("server", *_CASES.values()), rows)
    yield ""


def _peers(found: Results) -> Iterator[str]:
    yield "## Beside other mock servers"
    yield ""
    yield from _about(found)
    for case in ("create", "get"):
        yield f"![{_CASES[case]}](performance-{case}.svg)"
        yield ""
    yield "![Cold start](performance-start.svg)"
    yield ""
    servers = found["contest"]
    yield "What each does was seen before it was timed; who neither judges nor stores has less to do."
    yield ""
    rows = [
        (name, each["version"], *map(_yes_or_no, each["conduct"].values()), each["note"])
        for name, each in servers.items()
    ]
    yield from _table(("server", "version", "validates", "stores", "refuses equal `reset_duration`", ""), rows)
    yield ""
    heads = ("server", "cold start", "memory at start", "at the end of a round")
    yield from _table(
        heads,
        [
            (
                name,
                f"{each['start_milliseconds']:.0f} ms",
                f"{each['start_megabytes']:.0f} MB",
                f"{each['end_megabytes']:.0f} MB",
            )
            for name, each in servers.items()
        ],
    )
    for connections in ("32", "1"):
        yield ""
        plural = "" if connections == "1" else "s"
        yield f"Requests per second with {connections} connection{plural}, and p50 / p99 in ms:"
        yield ""
        yield from _rates(servers, connections)
    yield ""
    yield from _costs(servers)


def _cell(told: Mapping[str, float] | None) -> str:
    return "-" if told is None else f"{told['rate']:,.0f} ({told['p50']:.1f} / {told['p99']:.1f})"


def _processor(told: Mapping[str, float] | None) -> str:
    return "-" if told is None else f"{told['processor_microseconds']:.0f}"


def _growth(found: Results) -> Iterator[str]:
    growth = found["growth"]
    sizes = list(next(iter(growth.values())))
    yield "## Growth"
    yield ""
    yield from _about(found)
    yield "Microseconds of an operation through the whole application, without a network, by the number of configs:"
    yield ""
    rows = [
        (name, *(f"{costs[size]:,.0f}" for size in sizes), f"{_growth_ratio(costs):.2f}")
        for name, costs in growth.items()
    ]
    yield from _table(("operation", *(f"{int(size):,}" for size in sizes), "last to first"), rows)
    yield ""


def _growth_ratio(costs: Mapping[str, float]) -> float:
    values = list(costs.values())
    return values[-1] / values[0]


def _strains(results: Results) -> Iterator[str]:
    yield "## Under strain"
    yield ""
    yield from _strain(results["ours"]["strain"])
    if "strain" in results:
        seconds = results["strain"]["seconds_each"]
        yield f"The same for {seconds:g} seconds of each kind (`python -m benchmarks strain`):"
        yield ""
        yield from _strain(results["strain"]["strain"])


def _strain(told: Results) -> Iterator[str]:
    memory, many, crowd = told["memory"], told["many"], told["crowd"]
    steps = ", ".join(f"{megabytes:.0f} MB after {sent:,}" for sent, megabytes in memory["steps"])
    yield (
        f"- Memory: {memory['before_megabytes']:.0f} MB once the log is full, then {steps} requests that leave nothing "
        f"behind; a stored config takes {memory['bytes_per_config']:,} bytes."
    )
    yield f"- The longest wait of a lone client while the store grows: {told['longest_pause_milliseconds']:.0f} ms."
    yield (
        f"- {many['connections']:,} connections at once: {many['rate']:,} requests per second, p99 {many['p99']:.0f} "
        f"ms, {many['broken']} without an answer; {told['descriptors_left']} connections left open afterwards."
    )
    yield (
        f"- Beside {crowd['idle']} idle clients and {crowd['slow']} that send a byte at a time, a new connection with "
        f"one GET takes {crowd['median']:.1f} ms in the median, {crowd['longest']:.1f} ms at most."
    )
    yield f"- A stop while 32 connections ask: exit code {told['stop_exit_code']}."
    yield ""


def _judge(found: Results) -> Iterator[str]:
    judge = found["judge"]
    yield "## The suite"
    yield ""
    rows = [
        (f"contract-tests, profile {name}", f"{each['requests']}", f"{each['seconds']:.1f} s", _verdict(each))
        for name, each in judge["profiles"].items()
    ]
    if peer := judge.get("schemathesis"):
        rows.append(("Schemathesis, as it comes", f"{peer['requests']}", f"{peer['seconds']:.1f} s", _verdict(peer)))
    yield from _table(("on the mock, over HTTP", "requests", "seconds to the verdict", "exit code"), rows)
    yield ""
    yield f"`contract-tests --list` takes {judge['list_milliseconds']} ms."
    yield ""
    yield from _layers(judge)


def _anatomy(found: Results) -> Iterator[str]:
    stages, total = found["anatomy"], sum(found["anatomy"].values())
    yield "## Where the time of a POST goes"
    yield ""
    yield from _about(found)
    yield (
        "`python -m benchmarks anatomy` sends the valid config of the tables above and measures each stage without "
        "the stages within it, in the quickest quarter of all samples. The first row is the time on the processor of "
        "the whole server over HTTP with 32 connections, in the quickest of some seconds, less all the others; it "
        "contains what processes that run at the same time cost each other."
    )
    yield ""
    rows = ((stage, f"{figure:.1f}", f"{figure / total:.0%}") for stage, figure in stages.items())
    yield from _table(("stage", "microseconds", "share"), [*rows, ("in all", f"{total:.1f}", "100%")])
    yield ""


def _layers(judge: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the layers of a gate send in a second on the processor, without what every start costs."""
    start = judge["list_processor_seconds"]
    yield "Each layer of a gate alone, by time on the processor without that of a start:"
    yield ""
    rows = [(name, each, each["processor_seconds"] - start) for name, each in judge["layers"].items()]
    if peer := judge.get("schemathesis"):
        rows.append(("Schemathesis, with its start", peer, peer["processor_seconds"]))
    shown = [
        (name, f"{each['requests']}", f"{used:.2f} s", f"{each['requests'] / used:,.0f}" if used > 0 else "-")
        for name, each, used in rows
    ]
    yield from _table(("layer", "requests", "on the processor", "requests in a second of it"), shown)
    yield ""


def _verdict(told: Mapping[str, Any]) -> str:
    return "ended after its time" if told["exit_code"] is None else str(told["exit_code"])


def _about(found: Results) -> Iterator[str]:
    told = found["machine"]
    versions = ", ".join(f"{name} {each}" for name, each in told["packages"].items())
    before, after = (", ".join(f"{each:.1f}" for each in told[when]) for when in ("load_before", "load_after"))
    machine = f"{told['processors']} processors ({told['processor']}), {told['system']}"
    yield (
        f"Measured on {told['date']} in {told['seconds']} s with {machine}, Python {told['python']}, {versions}, "
        f"{told['wrk']}, Node.js {told['node']}. The average load over 1, 5 and 15 minutes was {before} before and "
        f"{after} after it."
    )
    yield ""


def _yes_or_no(is_so: object) -> str:
    return "yes" if is_so else "no"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    line: Callable[[Iterable[str]], str] = lambda cells: f"| {' | '.join(cells)} |"  # noqa: E731
    heads = list(heads)
    yield line(heads)
    yield line("---" for _ in heads)
    yield from map(line, rows)
