from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance_contract.kinds import KINDS
from governance_contract.kinds.default import Default
from governance_contract.kinds.derived import FirstOf
from governance_contract.kinds.echo import Echo
from governance_contract.kinds.generated import Generated
from governance_contract.kinds.refers_to import RefersTo
from governance_contract.kinds.required_unless import RequiredUnless
from governance_contract.kinds.unique_by import UniqueBy
from governance_contract.kinds.update import Update

Strategy = st.SearchStrategy[Any]

SCALARS: Strategy = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=4),
)
JSON: Strategy = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
DURATIONS = st.sampled_from(["1h", "1d", "1m", "1M"])
INSTANTS = st.sampled_from(["2026-03-01T09:00:00Z", "2026-03-01T10:00:00+02:00", "2025-12-31T23:59:60.5z"])
ABOUT_AN_INSTANT = st.one_of(INSTANTS, JSON)


def objects(**members: Strategy) -> Strategy:
    """Return objects in which each of the members may be absent."""
    return st.fixed_dictionaries({}, optional=members)


def pairs_of(first: str, second: str, strategy: Strategy) -> Strategy:
    """Return the pairs that kinds of responses judge, half of them alike."""
    alike = strategy.map(lambda value: {first: value, second: copy.deepcopy(value)})
    return alike | st.fixed_dictionaries({first: strategy, second: strategy})


ENTRIES = st.lists(
    st.tuples(st.sampled_from("abc") | st.none(), DURATIONS).map(lambda t: {"id": t[0], "reset_duration": t[1]}),
    max_size=3,
    unique_by=(lambda entry: entry["reset_duration"], lambda entry: entry["id"] or entry["reset_duration"]),
)
OLD_ENTRIES = st.lists(
    st.tuples(st.sampled_from("abc"), DURATIONS, st.integers(0, 9)).map(
        lambda t: {"id": t[0], "reset_duration": t[1], "usage": t[2]}
    ),
    max_size=3,
    unique_by=(lambda entry: entry["reset_duration"], lambda entry: entry["id"]),
)


@dataclass(frozen=True)
class Case:
    """A kind with parameters, values that it judges, and one value that keeps and one that breaks it."""

    kind: str
    params: Any
    values: Strategy
    kept: Any
    broken: Any


def _exchange(sent: Any, received: Any) -> dict[str, Any]:
    return {"sent": sent, "received": received}


CASES = (
    Case(
        "default",
        Default("scope", "global", ("user", "virtual_key")),
        pairs_of("sent", "received", objects(scope=JSON, other=JSON)),
        _exchange({}, {"scope": "global"}),
        _exchange({}, {"scope": "user"}),
    ),
    Case(
        "default",
        Default("usage", 0),
        pairs_of("sent", "received", objects(usage=JSON)),
        _exchange({"usage": 3}, {}),
        _exchange({}, {"usage": False}),
    ),
    Case(
        "derived",
        FirstOf("budget", "budgets"),
        objects(budget=JSON, budgets=JSON | st.lists(objects(a=JSON, b=st.integers()), max_size=3)),
        {"budgets": [{"id": "a"}, {"id": "b"}], "budget": {"id": "a"}},
        {"budgets": [{"id": "a"}, {"id": "b"}], "budget": {"id": "b"}},
    ),
    Case(
        "echo",
        Echo(frozenset({"a", "budgets"}), ("id", "reset_duration")),
        pairs_of("sent", "received", objects(a=JSON, b=JSON, budgets=OLD_ENTRIES)),
        _exchange(
            {"budgets": [{"reset_duration": "1h"}, {"reset_duration": "1d"}], "unknown": 1},
            {"budgets": [{"reset_duration": "1d", "id": "x"}, {"reset_duration": "1h", "id": "y"}]},
        ),
        _exchange({"a": 9007199254740993}, {"a": 9007199254740992}),
    ),
    Case("generated", Generated("id", "id"), objects(id=JSON), {"id": "x"}, {"id": ""}),
    Case(
        "generated",
        Generated("created_at", "created"),
        objects(created_at=ABOUT_AN_INSTANT),
        {"created_at": "2026-03-01T09:00:00.123456789+05:30"},
        {"created_at": "2026-03-01T09:00:00"},
    ),
    Case(
        "generated",
        Generated("updated_at", "updated", since="created_at"),
        objects(updated_at=ABOUT_AN_INSTANT, created_at=ABOUT_AN_INSTANT),
        {"created_at": "2026-03-01T10:00:00+02:00", "updated_at": "2026-03-01T08:00:00Z"},
        {"created_at": "2026-03-01T10:00:00+02:00", "updated_at": "2026-03-01T07:59:59Z"},
    ),
    Case(
        "identity",
        ["scope", "scope_id"],
        st.lists(
            objects(scope=st.sampled_from(["global", "user"]), scope_id=st.none() | st.text(max_size=1)),
            max_size=4,
        ),
        [{"scope": "user", "scope_id": "a"}, {"scope": "user", "scope_id": "b"}, {"scope": "user"}],
        [{"scope": "global"}, {"scope": "user"}, {"scope": "global", "scope_id": None}],
    ),
    Case(
        "immutable",
        "scope",
        pairs_of("before", "after", objects(scope=JSON, other=JSON)),
        {"before": {}, "after": {"scope": None}},
        {"before": {"scope": "user"}, "after": {}},
    ),
    Case(
        "paired",
        {"max": ["window"], "window": ["unit", "zone"], "free": []},
        JSON | objects(max=JSON, window=JSON, unit=JSON, zone=JSON, free=JSON),
        {"max": 7, "window": 1, "unit": "h", "zone": "UTC"},
        {"max": 1, "unit": "h", "zone": "UTC"},
    ),
    Case(
        "refers-to",
        RefersTo(
            "scope_id",
            "scope",
            {"virtual_key": "VirtualKey", "team": "Team", "user": "User"},
            frozenset({"virtual_key", "team"}),
            {"VirtualKey": frozenset({"vk", "vk2"}), "User": frozenset({"ada", "vk"})},
        ),
        objects(
            scope=st.sampled_from(["virtual_key", "team", "user", "global"]) | JSON,
            scope_id=st.sampled_from(["vk", "ada", "nobody"]) | JSON,
        ),
        {"scope": "virtual_key", "scope_id": "vk"},
        {"scope": "virtual_key", "scope_id": "ada"},
    ),
    Case(
        "required-unless",
        RequiredUnless("scope_id", "scope", ("virtual_key", "user"), (None, "")),
        JSON | objects(scope=st.sampled_from(["virtual_key", "user", "global"]) | JSON, scope_id=JSON),
        {"scope": "global"},
        {"scope": "user", "scope_id": ""},
    ),
    Case(
        "unique-by",
        UniqueBy(("reset_duration",), ("1h", "1d", "5m", "1Y")),
        JSON | st.lists(objects(reset_duration=DURATIONS | JSON, max_limit=SCALARS) | JSON, max_size=5),
        [{"reset_duration": "1m"}, {"reset_duration": "1M"}, {}, {}],
        [{"reset_duration": "1m"}, {}, {"reset_duration": "1m", "max_limit": 2}],
    ),
    Case(
        "unique-by",
        UniqueBy(("id", "reset_duration")),
        st.lists(objects(id=st.integers(0, 2) | st.booleans(), reset_duration=DURATIONS), max_size=5),
        [{"id": 1, "reset_duration": "1m"}, {"id": True, "reset_duration": "1h"}],
        [{"id": 1, "reset_duration": "1m"}, {"id": 1.0, "reset_duration": "1h"}],
    ),
    Case(
        "update",
        Update("budgets", keys=("id", "reset_duration"), kept=("id", "usage")),
        st.fixed_dictionaries(
            {
                "before": objects(budgets=OLD_ENTRIES | st.none()),
                "sent": objects(budgets=ENTRIES | st.none()),
                "after": objects(budgets=OLD_ENTRIES | JSON),
            }
        ),
        {
            "before": {"budgets": [{"id": "a", "reset_duration": "1h", "usage": 3}]},
            "sent": {"budgets": [{"reset_duration": "1d"}, {"reset_duration": "1h"}]},
            "after": {
                "budgets": [
                    {"id": "a", "reset_duration": "1h", "usage": 3},
                    {"id": "b", "reset_duration": "1d"},
                ]
            },
        },
        {
            "before": {"budgets": [{"id": "a", "reset_duration": "1h", "usage": 3}]},
            "sent": {"budgets": [{"reset_duration": "1h"}]},
            "after": {"budgets": [{"id": "a", "reset_duration": "1h", "usage": 0}]},
        },
    ),
    Case(
        "update",
        Update("rate_limit", settable=("max", "window")),
        st.fixed_dictionaries(
            {
                "before": objects(rate_limit=objects(id=SCALARS, max=SCALARS, window=SCALARS) | st.none()),
                "sent": objects(rate_limit=objects(max=st.integers(), window=DURATIONS) | st.none()),
                "after": objects(rate_limit=objects(id=SCALARS, max=SCALARS, window=SCALARS) | JSON),
            }
        ),
        {
            "before": {"rate_limit": {"id": "r", "max": 1, "window": "1h"}},
            "sent": {"rate_limit": {"window": "1d"}},
            "after": {"rate_limit": {"id": "r", "window": "1d"}},
        },
        {
            "before": {"rate_limit": {"id": "r", "max": 1}},
            "sent": {"rate_limit": {}},
            "after": {"rate_limit": {"id": "r", "max": 1}},
        },
    ),
)
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind} {getattr(case.params, 'member', '')}")


def test_every_kind_is_tested() -> None:
    assert {case.kind for case in CASES} == set(KINDS)


def test_kinds_are_called_by_their_name_and_stand_on_different_keywords() -> None:
    assert all(name == kind.name for name, kind in KINDS.items())
    keywords = [kind.keyword for kind in KINDS.values()]
    assert len(keywords) == len(set(keywords))


@each_case
def test_a_kind_tells_a_value_that_keeps_its_rule_from_one_that_breaks_it(case: Case) -> None:
    kind = KINDS[case.kind]
    assert kind.explain(case.kept, case.params) == ()
    assert kind.holds(case.kept, case.params)
    assert not kind.holds(case.broken, case.params)
    for fault in kind.explain(case.broken, case.params):
        assert fault.path
        assert fault.expected
        assert fault.message


@each_case
def test_a_kind_knows_how_to_break_what_it_has_repaired(case: Case) -> None:
    kind = KINDS[case.kind]
    repaired = kind.repair(case.broken, case.params)
    variants = [v for value in (case.kept, repaired) for v in kind.violate(value, case.params)]
    assert variants


@each_case
@given(data=st.data())
def test_a_repaired_value_holds_whatever_it_was_before(case: Case, data: st.DataObject) -> None:
    kind, value = KINDS[case.kind], data.draw(case.values)
    assert kind.holds(kind.repair(value, case.params), case.params)


@each_case
@given(data=st.data())
def test_repair_leaves_a_value_that_holds_as_it_is(case: Case, data: st.DataObject) -> None:
    kind, value = KINDS[case.kind], data.draw(case.values)
    repaired = kind.repair(value, case.params)
    assert kind.repair(repaired, case.params) == repaired


@each_case
@given(data=st.data())
def test_every_variant_breaks_the_rule(case: Case, data: st.DataObject) -> None:
    kind = KINDS[case.kind]
    valid = kind.repair(data.draw(case.values), case.params)
    for variant in kind.violate(valid, case.params):
        assert not kind.holds(variant.value, case.params), variant.label


@each_case
@given(data=st.data())
def test_variants_of_one_value_have_labels_of_their_own(case: Case, data: st.DataObject) -> None:
    kind = KINDS[case.kind]
    valid = kind.repair(data.draw(case.values), case.params)
    labels = [variant.label for variant in kind.violate(valid, case.params)]
    assert sorted(labels) == sorted(set(labels))


@each_case
@given(data=st.data())
def test_no_function_of_a_kind_changes_what_it_is_given(case: Case, data: st.DataObject) -> None:
    kind, value = KINDS[case.kind], data.draw(case.values)
    before = json.dumps(value)
    repaired = kind.repair(value, case.params)
    between = json.dumps(repaired)
    kind.explain(value, case.params)
    list(kind.violate(repaired, case.params))
    assert json.dumps(value) == before
    assert json.dumps(repaired) == between
