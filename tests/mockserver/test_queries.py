from __future__ import annotations

import pytest

from governance_contract import Contract
from mockserver.problems import Problem
from mockserver.queries import Filter, Page, QueryReader
from mockserver.state.records import Record
from mockserver.state.windows import NEVER

GREATEST = 2**63 - 1


@pytest.fixture(scope="module")
def configs(contract: Contract) -> QueryReader:
    return QueryReader(contract, contract.operations["listModelConfigs"])


@pytest.fixture(scope="module")
def users(contract: Contract) -> QueryReader:
    return QueryReader(contract, contract.operations["listUsers"])


def search(value: str) -> Filter:
    return Filter("model_name", "substring", (value,))


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("", Page(100, 0)),
        ("&&=&", Page(100, 0)),
        ("unknown=1", Page(100, 0)),
        ("limit=0", Page(0, 0)),
        ("limit=1", Page(1, 0)),
        ("limit=100", Page(100, 0)),
        ("limit=101", Page(100, 0)),
        ("limit=007", Page(7, 0)),
        ("limit=-0", Page(0, 0)),
        ("limit=" + "0" * 5000 + "7", Page(7, 0)),
        ("limit=" + "9" * 5000, Page(100, 0)),
        ("limit=9999999999999999999", Page(100, 0)),
        ("offset=3", Page(25, 3)),
        ("offset=0", Page(25, 0)),
        (f"offset={GREATEST}", Page(25, GREATEST)),
        (f"offset={GREATEST + 1}", Page(25, GREATEST)),
        ("offset=" + "9" * 5000, Page(25, GREATEST)),
        ("limit=5&offset=10", Page(5, 10)),
        ("limit=1&limit=2", Page(1, 0)),
        ("search=&scope=&provider=", Page(100, 0)),
        ("scope=user", Page(25, 0, (Filter("scope", "exact", ("user",)),))),
        ("provider=openai&limit=50", Page(50, 0, (Filter("provider", "exact", ("openai",)),))),
        ("search=%25", Page(25, 0, (search("%"),))),
        ("search=%", Page(25, 0, (search("%"),))),
        ("search=%zz", Page(25, 0, (search("%zz"),))),
        ("search=%ff", Page(25, 0, (search("\N{REPLACEMENT CHARACTER}"),))),
        ("search=a+b%20c%2Bd", Page(25, 0, (search("a b c+d"),))),
        ("search=%C3%A9", Page(25, 0, (search("é"),))),
        ("search=é", Page(25, 0, (search("é"),))),
        ("search=a=b", Page(25, 0, (search("a=b"),))),
        ("search=%00", Page(25, 0, (search("\0"),))),
    ],
)
def test_a_query_asks_for_a_page(configs: QueryReader, query: str, page: Page) -> None:
    assert configs.read(query) == page


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("", Page(100, 0)),
        ("page=1", Page(100, 0)),
        ("page=3&limit=20", Page(20, 40)),
        ("page=2&limit=500", Page(100, 100)),
        ("page=2&limit=0", Page(0, 0)),
        ("page=" + "9" * 5000, Page(100, (GREATEST - 1) * 100)),
    ],
)
def test_a_page_number_stands_for_an_offset(users: QueryReader, query: str, page: Page) -> None:
    assert users.read(query) == page


@pytest.mark.parametrize(
    ("query", "parameter", "message"),
    [
        ("limit=many", "limit", "limit must be an integer"),
        ("limit=", "limit", "limit must be an integer"),
        ("limit=1.0", "limit", "limit must be an integer"),
        ("limit=1e3", "limit", "limit must be an integer"),
        ("limit=%201", "limit", "limit must be an integer"),
        ("limit=%2B1", "limit", "limit must be an integer"),
        ("limit=1_0", "limit", "limit must be an integer"),
        ("limit=%D9%A1", "limit", "limit must be an integer"),
        ("limit=null", "limit", "limit must be an integer"),
        ("limit=-1", "limit", "limit must be at least 0"),
        ("limit=-" + "9" * 5000, "limit", "limit must be at least 0"),
        ("limit=x&limit=1", "limit", "limit must be an integer"),
        ("offset=-1", "offset", "offset must be at least 0"),
        ("offset=%00", "offset", "offset must be an integer"),
        ("scope=everyone", "scope", "scope must be one of global, virtual_key, user"),
        ("scope=Global", "scope", "scope must be one of global, virtual_key, user"),
    ],
)
def test_a_wrong_parameter_is_refused(configs: QueryReader, query: str, parameter: str, message: str) -> None:
    with pytest.raises(Problem) as caught:
        configs.read(query)
    (violation,) = caught.value.violations
    assert (caught.value.status, violation.pointer, violation.message) == (400, f"query/{parameter}", message)


def test_a_page_number_below_one_is_refused(users: QueryReader) -> None:
    with pytest.raises(Problem, match="page must be at least 1"):
        users.read("page=0")


def test_all_wrong_parameters_are_named(configs: QueryReader) -> None:
    with pytest.raises(Problem) as caught:
        configs.read("limit=x&offset=-1&scope=y")
    assert [violation.rule for violation in caught.value.violations][:2] == ["LIST-04", "LIST-04"]
    assert [violation.received for violation in caught.value.violations] == ["x", "-1", "y"]


def test_a_list_without_a_page_size_has_all_on_one_page(contract: Contract) -> None:
    reader = QueryReader(contract, contract.operations["listProviders"])
    assert reader.read("limit=1").limit >= 10**6


@pytest.mark.parametrize(
    ("match", "value", "held", "keeps"),
    [
        ("exact", "openai", "openai", True),
        ("exact", "openai", "OpenAI", False),
        ("exact", "openai", "openai-2", False),
        ("exact", "openai", None, False),
        ("substring", "GPT", "my-gpt-4o", True),
        ("substring", "%", "gpt-4o", False),
        ("substring", "%", "100%", True),
        ("substring", "_", "gpt-4o", False),
        ("substring", "_", "gpt_4o", True),
        ("substring", "STRASSE", "straße", True),
        ("substring", ".*", "gpt-4o", False),
        ("substring", "a", None, False),
    ],
)
def test_a_filter_keeps_what_matches(match: str, value: str, held: str | None, keeps: bool) -> None:
    resource = {} if held is None else {"model_name": held}
    record = Record(0, "key", None, resource, NEVER)
    assert Filter("model_name", match, (value,)).kept([record]) == ([record] if keeps else [])
