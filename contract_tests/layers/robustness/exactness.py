"""Unusual names, numbers and ids: values are kept exactly or refused."""

from __future__ import annotations

from typing import Any

from contract_tests.configs import configs_in
from contract_tests.exam import CREATE, DELETE, GET, UPDATE, Exam
from contract_tests.layers.acceptance import budget
from contract_tests.layers.registry import PROBES
from contract_tests.rules import NEVER_FAILS

EXACT = "ROB-01"

NAMES: dict[str, str] = {
    "blanks around": " x ",
    "umlauts and accents": "äöüß-éèñ-Ł",
    "CJK": "模型-モデル-모델",
    "right to left": "نموذج-מודל",
    "emoji and joiners": "🚀👩‍🔬🇪🇺",
    "combining marks": "e\u0301-a\u0308 n\u0303",
    "beyond the basic plane": "\U0001d510\U0001d52c-\U00010348",
    "markup": "<b>&amp;</b> \"q\" 'q' `q`",
    "SQL and shell": "x'; DROP TABLE t;-- $(id) %s {0} \\n",
    "path characters": "openai/gpt-4o:free@2024%2F..",
    "blanks inside": "gpt  4o\tturbo",
    "control characters": "a\u0001b\u007fc\u0085d",
    "line breaks": "first\nsecond\r\nthird",
    "zero-width and bidi controls": "a\u200bb\u202ec\ufeffd",
    "the greatest code points": "a\ufffdb\U0010fffdc",
    "compatibility letters": "\ufb01\u00bd\u2167 \uff21\uff11 \u212a",
    "escapes": "a+b\\\\c\\'d''e%41&lt;f;",
}
TOGETHER = (
    ("umlauts and accents", "CJK", "right to left", "emoji and joiners", "beyond the basic plane"),
    ("combining marks", "the greatest code points", "compatibility letters"),
    ("markup", "SQL and shell", "escapes", "path characters"),
    ("blanks inside",),
    ("control characters",),
    ("line breaks",),
    ("zero-width and bidi controls",),
)
"""Names that a gate sends in one text: a server that refuses one of them mostly refuses all, and one that changes one
of them changes the whole."""

LONG_NAMES = (255, 256, 1000, 10_000)
SPLIT_NAMES = ("a\u0000b",)
NUMBERS = (1e21, 2**53 + 1, 1e15 + 0.3, 1e-7, 1e-19, 1e-300, 2**53, 1e100, 1.7976931348623157e308, 5e-324, 0.1 + 0.7)
_AT_ONCE = 6
"""How many of them a body has, which a server takes or refuses for the same reason."""
ODD = "a b%2Fc;d?e#f'\"<x>ä🚀\u0000"
"""An id of characters that mean something somewhere."""
IDS = (
    "a/b",
    "a%2Fb",
    "%",
    "..",
    ".",
    "a b",
    "ä",
    "🚀",
    "'",
    '"',
    "<x>",
    "a;b",
    "a?b",
    "a#b",
    "x" * 300,
    "\u0000",
    "null",
)


def _send_and_read(
    exam: Exam, operation_id: str, config_id: str | None, body: dict[str, Any], *, read: bool = True
) -> None:
    """Send a body; where it is accepted, ask get for the config where `read`, and remove what was created."""
    answer = exam.send_odd(operation_id, config_id, body=body)
    found = configs_in(answer) if answer is not None and answer.status == 200 else []
    if not found or not isinstance(found[0].get("id"), str):
        return
    if read:
        exam.read(found[0]["id"])
    if operation_id == CREATE:
        exam.remove(found[0]["id"])


@PROBES.probe(EXACT, NEVER_FAILS, layer="robustness")
def unicode_and_long_names(exam: Exam) -> None:
    """Names of all of Unicode and of any length are kept exactly or refused, on create and on update."""
    names = _names(exam)
    with exam.story():
        for index, name in enumerate(names):
            body = {"model_name": f"{exam.fresh_name()}-{name}", "provider": f"{name}-{exam.provider}-{name}"}
            if exam.profile == "thorough" or index == (exam.seed - 1) % len(names):
                with exam.story():
                    _send_and_read(exam, CREATE, None, body)
            if exam.profile == "thorough" or index != (exam.seed - 1) % len(names):
                _send_and_read(exam, UPDATE, exam.subject_id, body, read=index == 0)


def _names(exam: Exam) -> list[str]:
    """Return the odd names that a run sends: in a gate many in one, and the longest alone."""
    if exam.profile == "thorough":
        return [*NAMES.values(), *SPLIT_NAMES, *("n" * length for length in LONG_NAMES)]
    together = [" ".join(NAMES[each] for each in group) for group in TOGETHER]
    return [*together, NAMES["blanks around"], *SPLIT_NAMES, "n" * LONG_NAMES[-1]]


@PROBES.probe(EXACT, layer="robustness")
def numbers_at_the_edges(exam: Exam) -> None:
    """Numbers at the edges of double and int64, and durations of ages, are kept exactly or refused."""
    numbers = NUMBERS if exam.profile == "thorough" else NUMBERS[:_AT_ONCE]
    windows = ("1h", "1d", "1w", "1M", "1Y", "2h")
    with exam.story():
        for start in range(0, len(numbers), _AT_ONCE):
            lines = [budget(n, d) for n, d in zip(numbers[start : start + _AT_ONCE], windows, strict=False)]
            _send_and_read(exam, UPDATE, exam.subject_id, {"budgets": lines})
        beyond = {"budgets": [budget(1, "99999999999Y"), budget(2, "99999999999s")]}
        _send_and_read(exam, UPDATE, exam.subject_id, beyond, read=False)
        for number in (2**63, -(2**63) - 1, 2**64, 10**30)[: None if exam.profile == "thorough" else 1]:
            rate = {"rate_limit": {"token_max_limit": number, "token_reset_duration": "1d"}}
            _send_and_read(exam, UPDATE, exam.subject_id, rate)


@PROBES.probe(EXACT, NEVER_FAILS, layer="robustness")
def odd_ids(exam: Exam) -> None:
    """Ids with any characters answer 404, or 400, never a failure, and reach no config."""
    for config_id in IDS if exam.profile == "thorough" else (ODD,):
        for operation_id in (GET, DELETE) if exam.profile == "thorough" else (GET,):
            with exam.story():
                exam.target.send(exam.call(operation_id, exam.target.stranger(config_id)))
