from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from governance_contract import Contract
from mockserver.envelopes import Envelope, Outcome
from mockserver.queries import Page

ITEM = {"id": "a"}


@pytest.mark.parametrize(
    ("operation", "outcome", "body"),
    [
        ("getModelConfig", Outcome(item=ITEM), {"model_config": ITEM}),
        (
            "createModelConfig",
            Outcome(item=ITEM),
            {"message": "Model config created successfully", "model_config": ITEM},
        ),
        (
            "updateModelConfig",
            Outcome(item=ITEM),
            {"message": "Model config updated successfully", "model_config": ITEM},
        ),
        ("deleteModelConfig", Outcome(item=ITEM), {"message": "Model config deleted successfully"}),
        (
            "listModelConfigs",
            Outcome(items=[ITEM], total=7, page=Page(limit=1, offset=3)),
            {"model_configs": [ITEM], "total_count": 7, "count": 1, "limit": 1, "offset": 3},
        ),
        ("listProviders", Outcome(items=[ITEM], total=1, page=Page(100, 0)), {"providers": [ITEM], "total": 1}),
    ],
)
def test_an_outcome_is_put_into_the_documented_envelope(
    contract: Contract, operation: str, outcome: Outcome, body: dict[str, Any]
) -> None:
    assert Envelope(contract.document, contract.operations[operation]).body(outcome) == body


@pytest.mark.parametrize(
    ("page", "count", "total", "told"),
    [
        (Page(2, 0), 2, 5, {"page": 1, "total_pages": 3, "has_more": True}),
        (Page(2, 4), 1, 5, {"page": 3, "total_pages": 3, "has_more": False}),
        (Page(5, 0), 5, 5, {"page": 1, "total_pages": 1, "has_more": False}),
        (Page(5, 0), 0, 0, {"page": 1, "total_pages": 0, "has_more": False}),
        (Page(2, 90), 0, 5, {"page": 46, "total_pages": 3, "has_more": False}),
        (Page(0, 0), 0, 5, {"page": 1, "total_pages": 0, "has_more": True}),
    ],
)
def test_a_numbered_page_says_where_it_stands(
    contract: Contract, page: Page, count: int, total: int, told: dict[str, Any]
) -> None:
    envelope = Envelope(contract.document, contract.operations["listUsers"])
    body = envelope.body(Outcome(items=[ITEM] * count, total=total, page=page))
    assert body == {"users": [ITEM] * count, "total": total, "limit": page.limit, **told}


def test_a_message_names_the_resource_whatever_response_schema_says_it(contract: Contract) -> None:
    deleting = replace(contract.operations["deleteModelConfig"], resource="VirtualKey")
    body = Envelope(contract.document, deleting).body(Outcome(item=ITEM))
    assert body == {"message": "Virtual key deleted successfully"}
