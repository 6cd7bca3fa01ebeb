from __future__ import annotations

from contract_tests.finding import Finding, as_text, by_rule, source_of
from governance_contract import Contract


def _finding(pointer: str, rule: str = "BUD-01", script: str = "curl a", level: str = "MUST") -> Finding:
    return Finding(rule, "createModelConfig", level, "read", "status 400", "200 {}", pointer, script)


def test_findings_are_grouped_by_rule_in_the_order_of_the_first() -> None:
    grouped = by_rule([_finding("a"), _finding("b", "BUD-02"), _finding("c")])

    assert {rule: [each.pointer for each in found] for rule, found in grouped.items()} == {
        "BUD-01": ["a", "c"],
        "BUD-02": ["b"],
    }


def test_the_text_shows_the_shortest_in_full_and_names_a_few_of_the_others(contract: Contract) -> None:
    long = [_finding(f"long {number}", script="curl " + "x" * 50) for number in range(6)]

    text = as_text([*long, _finding("short")], contract.rules["BUD-01"])

    assert "found     short is not as it was" in text
    assert "expected  status 400" in text
    assert "received  200 {}" in text
    assert "    curl a" in text
    assert text.endswith("and 2 more like these")


def test_the_text_names_the_rule_and_its_source(contract: Contract) -> None:
    rule = contract.rules["BUD-01"]

    assert as_text([_finding("a")], rule).startswith("BUD-01 MUST (createModelConfig): equal")
    assert source_of(rule).endswith(", from the published page of the operation")


def test_a_finding_is_the_same_by_rule_operation_pointer_and_kind_whatever_was_received() -> None:
    one, other = _finding("a"), _finding("a", script="curl b")

    assert one.key == other.key
    assert one.key != _finding("b").key
