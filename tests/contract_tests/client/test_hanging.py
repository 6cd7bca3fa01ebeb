from __future__ import annotations

import pytest

from contract_tests.client.hanging import HangGuard, Hanging
from contract_tests.exchange import Call, Exchange, Response, json_call

CREATE = json_call("POST", "/configs", {"model_name": "a"})


def test_a_shape_of_request_that_hung_twice_is_not_sent_again() -> None:
    guard = HangGuard()
    guard.note(CREATE, 10)
    guard.require_answering(CREATE)
    guard.note(json_call("POST", "/configs", {"model_name": "b"}), 2)

    with pytest.raises(Hanging, match="POST requests like this one were twice not answered in time"):
        guard.require_answering(json_call("POST", "/configs", {"model_name": "c"}))


@pytest.mark.parametrize(
    "other",
    [
        json_call("POST", "/configs", {"model_name": "a", "budgets": []}),
        json_call("PUT", "/configs/1", {"model_name": "a"}),
        Call("GET", "/configs"),
        Call("GET", "/configs/1"),
        Call("GET", "/configs", {"search": "x"}),
    ],
)
def test_requests_of_other_shapes_are_sent(other: Call) -> None:
    guard = HangGuard()
    for _ in range(2):
        guard.note(CREATE, 1)

    guard.require_answering(other)


def test_all_that_hangs_together_is_bounded() -> None:
    guard = HangGuard()
    for number in range(6):
        guard.note(Call("GET", f"/{'x/' * number}"), 10)

    with pytest.raises(Hanging, match="requests hung for 60 s in all"):
        guard.require_answering(Call("DELETE", "/other"))


def test_a_request_may_take_less_once_one_has_hung_but_ten_times_the_slowest_response() -> None:
    guard = HangGuard()
    assert guard.timeout(10) == 10
    guard.note_answer(Exchange(CREATE, Response(200, {}, b""), 100.0, 100.5))
    assert guard.timeout(10) == 10

    guard.note(CREATE, 10)

    assert guard.timeout(10) == 5.0
    assert guard.timeout(1) == 1
