"""Methods and paths that the API does not have."""

from __future__ import annotations

from contract_tests.exam import GET, LIST, Exam
from contract_tests.exchange import Call, config_id_of, segment
from contract_tests.layers.registry import PROBES

ROUTES = "ROB-02"


@PROBES.probe(ROUTES, layer="robustness")
def unknown_methods_and_paths(exam: Exam) -> None:
    """An unsupported method answers 405 or 404, an unknown path 404."""
    collection = exam.operation(LIST).path
    config_id = exam.subject_id
    item = f"{collection}/{segment(config_id)}"
    methods = (
        ("PUT", collection),
        ("DELETE", collection),
        ("POST", item),
    )
    for method, path in (*methods, ("PATCH", item)):
        call = Call(method, path, body=b"{}", headers={"Content-Type": "application/json"})
        _check_route(exam, call, (405, 404), f"{method} on {'the list' if path == collection else 'a config'}")
    for path in (f"{collection}-no-such", f"{item}/no-such"):
        _check_route(exam, Call("GET", path), (404,), "an unknown path")
    exam.check(
        ROUTES,
        GET,
        exam.read(config_id) is not None,
        "an unsupported method removed a config",
        expected="status 200",
        received="404",
    )


def _check_route(exam: Exam, call: Call, allowed: tuple[int, ...], label: str) -> None:
    exam.target.stranger(config_id_of(call))
    exchange = exam.target.send(call, is_fresh=True)
    exam.check(
        ROUTES,
        LIST,
        exchange.response.status in allowed,
        label,
        expected=f"status {' or '.join(map(str, allowed))}",
        received=exchange.response.shown(200),
        steps=(exchange,),
    )
