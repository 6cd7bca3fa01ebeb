"""Bodies that are no JSON at all."""

from __future__ import annotations

from contract_tests import samples
from contract_tests.exam import CREATE, UPDATE, Exam
from contract_tests.layers.registry import PROBES


@PROBES.probe("REQ-08")
def malformed_bodies(exam: Exam) -> None:
    """A body that is no JSON at all is refused, on create and on update."""
    is_thorough = exam.profile == "thorough"
    for text in _MALFORMED if is_thorough else [text for text in _MALFORMED if text not in _RARE]:
        for operation_id in (CREATE, UPDATE) if is_thorough or text in _ALSO_UPDATES else (CREATE,):
            with exam.story():
                config_id = exam.subject_id if operation_id == UPDATE else None
                exam.send_wrong(operation_id, config_id, raw=text.replace(samples.NAME, exam.fresh_name()).encode())


_TRUNCATED = '{"model_name": "@name"'
_RARE = ("{'model_name': '@name'}", "model_name=@name")
"""Single quotes, and a form, which a thorough run alone sends."""
_MALFORMED = (_TRUNCATED, "", '{"model_name": "@name"} x', *_RARE, '[{"model_name": "@name"}]')
_ALSO_UPDATES = (_TRUNCATED, "")
