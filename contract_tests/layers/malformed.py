"""Bodies that are no JSON at all."""

from __future__ import annotations

from contract_tests import samples
from contract_tests.exam import CREATE, UPDATE, Exam
from contract_tests.layers.registry import PROBES


@PROBES.probe("REQ-08")
def malformed_bodies(exam: Exam) -> None:
    """A body that is no JSON at all is refused, on create and on update."""
    for label, text in _MALFORMED.items():
        if label in _RARE and exam.profile != "thorough":
            continue
        for operation_id in (CREATE, UPDATE) if exam.profile == "thorough" or text in _ALSO_UPDATES else (CREATE,):
            with exam.story():
                config_id = exam.subject_id if operation_id == UPDATE else None
                raw = text.replace(samples.NAME, exam.fresh_name()).encode()
                answer = exam.send_wrong(operation_id, config_id, raw=raw)
                if answer is not None:
                    exam.check_refused("REQ-08", operation_id, answer, label)


_MALFORMED = {
    "a truncated object": '{"model_name": "@name"',
    "no body": "",
    "text behind the object": '{"model_name": "@name"} x',
    "single quotes": "{'model_name': '@name'}",
    "a form": "model_name=@name",
    "an array around the object": '[{"model_name": "@name"}]',
}
_RARE = ("single quotes", "a form")
_ALSO_UPDATES = ("", _MALFORMED["a truncated object"])
