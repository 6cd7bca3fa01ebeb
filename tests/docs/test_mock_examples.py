"""Every command on the page on the mock answers as the page says, tried as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mockserver import MockServer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "mock.md").read_text(encoding="utf-8")
BASH, CURL = shutil.which("bash"), shutil.which("curl")

ANSWERS: dict[str, str] = {
    "Explaining": "400 200 200 404 200",
    "Forcing": "409 400 200 200 200 000 200",
    "Browsers": "200 200 403",
    "Dialects": "200 500",
    "Service": "200 200 200 200 400 200",
    "Pages": "200",
    "Data": "200 200 200 200 200",
    "Data that stay": "200 200",
    "Edits while it runs": "400",
    "Clock": "200 200 200 200 200 200 200 200",
    "Spend": "200 200 200 200 200",
    "Snapshots": "200 200 200 200 200 200",
    "Sessions": "200 200 200 200",
    "Faults": "200 000 409 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200",
    "Requests": "401 200 200 200 200 200 200 200 200 200 200",
}
"""The statuses of each section in order, those of commands in the background last; 000 is no answer at all."""

SAID: dict[str, tuple[str, ...]] = {
    "Explaining": (
        'x-mock-violations: REQ-07;at="/budgets/0/max_limit"',
        "x-mock-warnings: ignored-member",
        '"total":1',
    ),
    "Forcing": ("preference-applied: code=409", "preference-applied: dynamic=true, seed=7", '"model_name":"lax"'),
    "Browsers": ("access-control-allow-origin: *", "access-control-allow-methods: GET, POST"),
    "Dialects": ('"zero-max-limit-500"',),
    "Service": ('"api_key":"(set)"', "instant is not allowed when action is freeze", '"url": "http://127.0.0.1:'),
    "Pages": ('"operations"',),
    "Data": ('"name":"near-limit"', '{"collections":{"model_configs":1}}'),
    "Data that stay": ('"model_name":"kept"',),
    "Edits while it runs": ("model_name must be at most 20 characters long",),
    "Clock": ('"frozen":true', '"now":"2099-03-31T23:59:59.000000Z"', '"factor":60', '"old_usage"'),
    "Spend": ('"allowed":true', '"refused_402"'),
    "Snapshots": ('"changed":[{"collection":"model_configs"', '"snapshots":[{"name":"before"'),
    "Sessions": ('"name":"late"', "session late is dropped"),
    "Faults": ('"fired":1', '"lognormal"', '"holds":[{"id":"1"'),
    "Requests": ('"count":1', "curl -sS -X GET", ": listening", "the log is empty"),
}

SETTINGS: dict[str, dict[str, Any]] = {"Dialects": {"profile": "open-source"}}
"""With what the mock of a section is started, where the section says so."""

SHELL = r"""
curl() {  # as it stands, but for the address of a mock that the section has started
    local words=("$@")
    [[ $* == *:401[12]/* ]] && words=("${@//http:\/\/127.0.0.1:401[12]/$(started)}")
    command curl -sS --noproxy '*' --max-time 30 -w '%{stderr}%{http_code}\n' "${words[@]}"
}
mockserver() {  # one that has a port of its own begins, on a free one; the others have begun
    if [[ $1 == --port ]]; then exec "$PYTHON" -m mockserver --port 0 --ready-file ready "${@:3}" >output 2>&1; fi
}
started() {  # waits for the mock that the section has started last
    until [[ -s ready ]] && command curl -so answer --noproxy '*' "$(<ready)"; do sleep 0.02; done
    cat ready
}
held() {  # waits until so many requests are held
    until [[ $(command curl -s --noproxy '*' "$admin/holds" | grep -o '"fault"' | wc -l) == "$1" ]]; do sleep 0.02; done
}
trap 'kill -9 $! 2>answer' EXIT
"""


def sections() -> dict[str, str]:
    """Return the commands of each section of the page that has any."""
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    texts = dict(zip(parts[1::2], parts[2::2], strict=True))
    found = {name: "\n".join(re.findall(r"^    (.*)$", text, re.MULTILINE)) for name, text in texts.items()}
    return {
        name: commands for name, commands in found.items() if re.search(r"^(curl|mockserver) ", commands, re.MULTILINE)
    }


def scripted(commands: str) -> str:
    """Return a script of the commands; a request in the background is there before the next command."""
    lines, held = [], 0
    for line in commands.splitlines():
        if line.startswith("curl") and line.endswith("&"):
            held += 1
            lines += [f"{{ {line[:-1]}; }} 2>>later &", f"held {held}"]
        else:
            lines.append(line)
    return "\n".join([SHELL, *lines, *(["wait; cat later >&2"] if held else [])])


def tried(commands: str, folder: Path, url: str) -> tuple[list[str], str]:
    """Return the statuses of the commands in a shell, and all that they print and write."""
    (folder / "openapi").symlink_to(ROOT / "openapi")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
    environ |= {"PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "GOVERNANCE_API_KEY": "mock-development-key"}
    script = scripted(commands).replace("http://127.0.0.1:4010", url)
    done = subprocess.run(
        [str(BASH), "-c", script], cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    return re.findall(r"^(\d{3})$", done.stderr, re.MULTILINE), done.stdout


def test_every_section_with_commands_has_what_it_answers() -> None:
    assert list(sections()) == list(ANSWERS) == list(SAID)


@pytest.mark.skipif(BASH is None or CURL is None, reason="the page was NOT tried: no bash or no curl")
@pytest.mark.parametrize("section", ANSWERS)
def test_the_page_says_what_the_mock_answers(section: str, tmp_path: Path) -> None:
    with MockServer(**SETTINGS.get(section, {})) as mock:
        preface = re.search(r"^    (admin=.*)$", PAGE, re.MULTILINE)
        key = f"key='Authorization: Bearer {mock.api_key}'"
        assert preface is not None
        statuses, printed = tried("\n".join([preface[1], key, sections()[section]]), tmp_path, mock.url)
    assert " ".join(statuses) == ANSWERS[section], printed
    assert [said for said in SAID[section] if said.lower() not in printed.lower()] == [], printed
