from __future__ import annotations

from contract_tests.exchange import Call, Exchange, Response
from contract_tests.steps import Step, steps_of


def _exchange(number: int = 0, *, body: bytes = b"", answer: bytes = b"{}", status: int = 200, **more: str) -> Exchange:
    call = Call("POST", f"/path-{number}", {"limit": "1"}, body, {"Content-Type": "application/json"}, **more)
    return Exchange(call, Response(status, {"content-type": "application/json", "set-cookie": "secret"}, answer))


def test_a_step_has_what_explains_a_request_and_its_answer_and_no_more() -> None:
    assert steps_of([_exchange(body=b'{"a": 1}')]) == (
        Step(
            "POST",
            "/path-0?limit=1",
            (("Authorization", "Bearer $GOVERNANCE_API_KEY"), ("Content-Type", "application/json")),
            '{"a": 1}',
            200,
            (("content-type", "application/json"),),
            "{}",
        ),
    )


def test_a_request_without_credentials_shows_none_and_one_with_others_shows_those() -> None:
    without, other = steps_of([_exchange(authorization=""), _exchange(authorization="Basic x")])

    assert "Authorization" not in dict(without.headers)
    assert dict(other.headers)["Authorization"] == "Basic x"


def test_no_answer_has_no_status() -> None:
    assert steps_of([_exchange(status=0)])[0].status is None


def test_a_long_story_keeps_its_end_and_a_long_body_its_beginning() -> None:
    steps = steps_of([_exchange(number, answer=b"a" * 5000) for number in range(40)])

    assert [step.target for step in (steps[0], steps[-1])] == ["/path-15?limit=1", "/path-39?limit=1"]
    assert steps[0].answer == "a" * 3000 + "\n… and 2000 characters more"


def test_bytes_that_are_no_text_are_shown() -> None:
    assert steps_of([_exchange(body=b"a\xff")])[0].body == "a\\xff"
