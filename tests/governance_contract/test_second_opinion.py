"""Two schema engines of different origin agree on what is valid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.protocols import Validator as Engine

from governance_contract import Contract, pointers
from governance_contract.keywords.uniqueness import UNIQUE_ITEM_PROPERTIES
from governance_contract.operations import Operation

Bodies = Callable[[str], st.SearchStrategy[Any]]
Opinions = Callable[[Operation], Engine]

each_operation = pytest.mark.parametrize("operation_id", ["createModelConfig", "updateModelConfig"])

ODDITIES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1.0, 1e3, 1.5, 2**63 - 1, 2**63, 10**30, -0.0, 5e-324, 1e308]),
    st.sampled_from(
        [
            "",
            " ",
            "\n",
            "1d",
            "1d\n",
            "\n1d",
            "\N{ARABIC-INDIC DIGIT ONE}d",
            "\N{FULLWIDTH DIGIT ONE}d",
            "\N{SUPERSCRIPT TWO}d",
            "0d",
            "1m",
            "1M",
            "😀",
            "Global",
            "user",
        ]
    ),
    st.sampled_from([[], {}, [None], [[]], {"max_limit": 1}, [{"max_limit": 1, "reset_duration": "1d"}] * 2]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)


@pytest.fixture(scope="module")
def second_opinion(contract: Contract) -> Opinions:
    """Return the maker of the other engine for the bodies of an operation."""
    extend: Callable[..., Callable[[Any], Engine]] = jsonschema.validators.extend
    dialect = extend(jsonschema.Draft202012Validator, {"uniqueItemProperties": _unique_item_properties})
    root = {key: value for key, value in contract.document.root.items() if key != "x-rules"}

    def of(operation: Operation) -> Engine:
        return dialect({**root, "$ref": pointers.reference(*contract.request_schema(operation).tokens)})

    return of


def _unique_item_properties(
    _engine: Engine, members: list[str], instance: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    assert UNIQUE_ITEM_PROPERTIES.validate
    for fault in UNIQUE_ITEM_PROPERTIES.validate(instance, members):
        yield jsonschema.ValidationError(fault.message, path=fault.path)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for token, below in members:
        yield from _places(below, (*path, token))


@st.composite
def _distorted(draw: st.DrawFn, valid: Any) -> Any:
    """Return `valid` with a few oddities in place of what stands there, or of members that it lacks."""
    for _ in range(draw(st.integers(1, 3))):
        absent = [("scope",), ("scope_id",), ("provider",), ("budgets",), ("rate_limit",)]
        path = draw(st.sampled_from([*_places(valid), *absent]))
        if isinstance(valid, dict):
            valid = pointers.replaced(valid, path, draw(ODDITIES))
    return valid


@each_operation
@settings(max_examples=150)
@given(data=st.data())
def test_both_engines_agree_on_valid_and_distorted_bodies(
    contract: Contract, bodies: Bodies, second_opinion: Opinions, operation_id: str, data: st.DataObject
) -> None:
    operation = contract.operations[operation_id]
    valid = data.draw(bodies(operation_id))
    other = second_opinion(operation)
    for body in (valid, data.draw(_distorted(valid))):
        assert contract.request_validator(operation).is_valid(body) == other.is_valid(body)


@each_operation
@settings(max_examples=5)
@given(data=st.data())
def test_both_engines_refuse_every_counterexample(
    contract: Contract, bodies: Bodies, second_opinion: Opinions, operation_id: str, data: st.DataObject
) -> None:
    operation = contract.operations[operation_id]
    other = second_opinion(operation)
    for made in contract.counterexamples(operation, data.draw(bodies(operation_id))):
        assert not other.is_valid(made.body), made.label


@pytest.mark.parametrize(
    ("blank", "is_name"),
    [
        *(
            (blank, False)
            for blank in (" ", "\t\r\n", "\x0b\x0c", "\x85", "\u00a0", "\u1680", "\u200a", "\u2028", "\u3000")
        ),
        *((name, True) for name in ("\u00a0x", "\x1c", "\x1d", "\x1f", "\ufeff", "\u200b", "\u180e")),
    ],
    ids=ascii,
)
def test_the_engines_agree_on_what_a_blank_name_is(
    contract: Contract, second_opinion: Opinions, blank: str, *, is_name: bool
) -> None:
    operation = contract.operations["createModelConfig"]
    body = {"model_name": blank}
    assert contract.request_validator(operation).is_valid(body) is is_name
    assert second_opinion(operation).is_valid(body) is is_name
