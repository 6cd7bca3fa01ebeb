from __future__ import annotations

import pytest

from governance_contract.wording import noun


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("ModelConfig", "model config"),
        ("VirtualKey", "virtual key"),
        ("User", "user"),
        ("APIKey", "api key"),
        ("llm_key", "llm key"),
    ],
)
def test_a_resource_is_called_what_people_call_it(schema: str, expected: str) -> None:
    assert noun(schema) == expected
