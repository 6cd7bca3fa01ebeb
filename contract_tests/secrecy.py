"""What must not be read in any output: the API key in every form in which it travels, and the values of own headers."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace

from contract_tests.exchange import KEY_VARIABLE
from contract_tests.finding import Finding
from contract_tests.steps import Step

_SHORTEST = 4
"""Shorter texts stand in too many innocent words to be taken out, and are no secrets."""

_HEADER_ARGUMENT = re.compile(r"-H '[^']*'")


@dataclass(frozen=True)
class Secrets:
    """The secrets of one run."""

    key: str
    values: tuple[str, ...] = ()

    def hidden(self, text: str) -> str:
        """Return `text` without any secret."""
        for form, _ in self._forms():
            for written in {form, json.dumps(form)[1:-1], repr(form)[1:-1]}:
                text = text.replace(written, "[API key]")
        for value in self.values:
            text = text.replace(value, "[header value]") if len(value) >= 2 * _SHORTEST else text
        return text

    def in_script(self, script: str) -> str:
        """Return a shell script that makes each form of the key from the variable that holds it."""
        return self.hidden(_HEADER_ARGUMENT.sub(self._from_variable, script))

    def in_finding(self, finding: Finding) -> Finding:
        """Return `finding` without any secret, its script as good as before."""
        return replace(
            finding,
            pointer=self.hidden(finding.pointer),
            expected=self.hidden(finding.expected),
            received=self.hidden(finding.received),
            script=self.in_script(finding.script),
            steps=tuple(self._in_step(step) for step in finding.steps),
        )

    def _in_step(self, step: Step) -> Step:
        return Step(
            step.method,
            self.hidden(step.target),
            tuple((name, self.hidden(value)) for name, value in step.headers),
            self.hidden(step.body),
            step.status,
            tuple((name, self.hidden(value)) for name, value in step.answer_headers),
            self.hidden(step.answer),
        )

    def _from_variable(self, argument: re.Match[str]) -> str:
        text = argument.group()
        for form, expression in self._forms():
            if form in text:
                return text.replace(form, f"'\"{expression}\"'")
        return text

    def _forms(self) -> Iterator[tuple[str, str]]:
        """Yield each form of the key with the shell expression that makes it, the longer ones first."""
        half = len(self.key) // 2
        encoded = "base64 | tr -d '\\n'"
        forms = {
            b64encode(text.replace("%s", self.key).encode()).decode(): f'$(printf {text} "${KEY_VARIABLE}" | {encoded})'
            for text in ("admin:%s", "%s:", ":%s", "%s")
        }
        forms |= {
            self.key: f"${KEY_VARIABLE}",
            self.key.swapcase(): f'$(printf %s "${KEY_VARIABLE}" | tr A-Za-z a-zA-Z)',
            self.key[:-1]: f"${{{KEY_VARIABLE}%?}}",
            self.key[1:]: f"${{{KEY_VARIABLE}#?}}",
            self.key[:half]: f'$(printf %s "${KEY_VARIABLE}" | cut -c 1-{half})',
        }
        forms[self.key] = f"${KEY_VARIABLE}"  # a key without letters is its own twin in the other case
        yield from ((form, expression) for form, expression in forms.items() if len(form) >= _SHORTEST)
