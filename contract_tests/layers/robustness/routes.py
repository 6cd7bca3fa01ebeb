"""Methods and paths that the API does not have."""

from __future__ import annotations

from contract_tests.exam import LIST, Exam
from contract_tests.exchange import Call, config_id_of, segment
from contract_tests.layers.registry import PROBES

ROUTES = "ROB-02"


@PROBES.probe(ROUTES, layer="robustness")
def unknown_methods_and_paths(exam: Exam) -> None:
    """An unsupported method answers 405 or 404, an unknown path 404."""
    collection = exam.operation(LIST).path
    config_id = exam.subject_id
    item = f"{collection}/{segment(config_id)}"
    for method, path in (("PUT", collection), ("DELETE", collection), ("POST", item), ("PATCH", item)):
        _send_to_no_route(exam, Call(method, path, body=b"{}", headers={"Content-Type": "application/json"}))
    for path in (f"{collection}-no-such", f"{item}/no-such"):
        _send_to_no_route(exam, Call("GET", path))
    exam.read(config_id)


def _send_to_no_route(exam: Exam, call: Call) -> None:
    """Send a call that no operation is for, though it may look like a change of what this run did not create."""
    exam.target.stranger(config_id_of(call))
    exam.target.send(call, is_fresh=True)
