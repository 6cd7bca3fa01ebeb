"""Whether what was sent comes back: in the answer itself, through get, and in the list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contract_tests.comparison import difference, differences, doubles
from contract_tests.exam import CREATE, GET, LIST, Exam
from contract_tests.exchange import Exchange
from contract_tests.rules import ECHO
from governance_contract import Contract
from governance_contract.kinds import Fault, echo


def echo_params(contract: Contract) -> echo.Echo:
    """Return which members must come back: those of the resource that requests may set."""
    properties = contract.resources["ModelConfig"].node.value["properties"]
    settable = (name for name, schema in properties.items() if not schema.get("readOnly"))
    return echo.Echo(frozenset(settable), keys=("reset_duration",), doubles=doubles())


def echo_faults(
    contract: Contract, sent: Mapping[str, Any], received: Mapping[str, Any]
) -> Iterator[tuple[str, Fault]]:
    """Yield each sent value that did not come back, with the rule which says that it must."""
    meant = {name: item for name, item in sent.items() if not _is_ignored(contract, name, sent)}
    if "id" in str(meant.get("budgets")):
        meant["budgets"] = [{key: item for key, item in entry.items() if key != "id"} for entry in meant["budgets"]]
    for fault in echo.explain({"sent": meant, "received": dict(received)}, echo_params(contract)):
        yield echo_rule(contract, fault.path), fault


def echo_rules(contract: Contract, sent: Mapping[str, Any]) -> set[str]:
    """Return the rules by which what was sent must come back."""
    return {ECHO, *(echo_rule(contract, path) for path in _paths(sent))}


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where `value` is, and all values in it."""
    yield path
    entries = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for token, item in entries:
        yield from _paths(item, (*path, token))


def echo_rule(contract: Contract, path: Sequence[str | int]) -> str:
    """Return the rule that the deepest schema on the way to a member says its echo carries."""
    document = contract.document
    node, rule = contract.resources["ModelConfig"].node, ECHO
    for token in path:
        node = document.resolve(node)
        if isinstance(token, int):
            node = node.child("items")
            continue
        if token not in node.value.get("properties", {}):
            break
        node = node.child("properties", token)
        if carried := contract.rules.carried_by(node.value, "x-echo"):
            rule = carried[0].rule
    return rule


def check_echo(exam: Exam, operation_id: str, sent: Mapping[str, Any], config: Mapping[str, Any], what: str) -> bool:
    """Check that `config` holds everything that `sent` asked for; return whether it does."""
    exam.record.exercise(operation_id, *echo_rules(exam.contract, sent))
    faults = list(echo_faults(exam.contract, sent, config))
    for rule, fault in faults:
        member = str(fault.path[0])
        if operation_id == CREATE:
            exam.record.mangled.add(member)
        else:
            rule = _rule_of_update(exam.contract, member, sent[member], rule)  # noqa: PLW2901 - it may replace all
        place = re.sub(r"\d+", "*", "/".join(map(str, fault.path)))
        exam.fault(
            rule, operation_id, f"{what}: {place} does not come back as sent", fault.expected, repr(fault.received)
        )
    return not faults


def _rule_of_update(contract: Contract, member: str, sent: Any, rule: str) -> str:
    """Return the rule by which an update replaces a member as a whole, where what came back is not that; else `rule`.

    That is so where an empty value was to remove it, and where a list has other entries than those sent.
    """
    is_other_set = isinstance(sent, list) and rule == echo_rule(contract, (member,))
    if sent and not is_other_set:
        return rule
    schema = contract.document.schema("UpdateModelConfigRequest").value["properties"].get(member, {})
    return next((carried.rule for carried in contract.rules.carried_by(schema, "x-update")), rule)


def check_unsent(
    exam: Exam,
    sent: Mapping[str, Any],
    config: Mapping[str, Any],
    what: str,
    steps: tuple[Exchange, ...] | None = None,
) -> None:
    """Check that members which a create did not send are absent, null, empty, or have their documented default."""
    members = exam.contract.document.schema("CreateModelConfigRequest").value["properties"]
    invented = sorted(
        name
        for name, schema in members.items()
        if name not in sent and config.get(name) not in (None, "", [], {}, schema.get("default"))
    )
    exam.check(
        ECHO,
        CREATE,
        not invented,
        f"{what}: {' and '.join(invented)} was not sent and comes back",
        expected="absent or null",
        received=repr({name: config[name] for name in invented})[:300],
        steps=steps,
    )


def check_stored(exam: Exam, config: Mapping[str, Any], operation_id: str = CREATE) -> bool:
    """Check that get and list answer the same config that create or update answered, the list exactly once."""
    config_id = config["id"]
    held = exam.read(config_id)
    agreed = exam.check(
        "LIFE-01",
        GET,
        held is not None,
        "a config that was answered 200 cannot be read",
        expected="status 200",
        received="404",
    )
    if held is not None:
        exam.record.mangled.update(differences(config, held))
        agreed &= check_equal(exam, operation_id, config, held, "get")
    listed = listed_once(exam, config_id, "the config")
    agreed &= len(listed) == 1
    if listed:
        exam.record.mangled.update(differences(config, listed[0]))
        agreed &= check_equal(exam, operation_id, config, listed[0], "list")
    return agreed


def listed_once(exam: Exam, config_id: str, what: str) -> list[dict[str, Any]]:
    """Return the entries of the list with this id, after checking that there is one."""
    listed = [each for each in exam.all_configs() if each.get("id") == config_id]
    label, received = f"{what} does not stand in the list exactly once", f"{len(listed)} entries"
    exam.check("LIFE-01", LIST, len(listed) == 1, label, expected="one entry with its id", received=received)
    return listed


def check_equal(
    exam: Exam, operation_id: str, answered: Mapping[str, Any], other: Mapping[str, Any], where: str
) -> bool:
    """Check that two views of one config agree (RESP-02)."""
    differing = sorted(differences(answered, other))
    return exam.check(
        ECHO,
        operation_id,
        not differing,
        f"{where} disagrees with the answer in {', '.join(differing)}",
        expected="create, update, get and list agree",
        received=f"{ {name: other.get(name) for name in differing} }"[:400],
    )


def check_unchanged(
    exam: Exam, rule_id: str, operation_id: str, before: Mapping[str, Any], after: Mapping[str, Any] | None, label: str
) -> bool:
    """Check that a config is still there and as it was, in what is not mangled anyway; return whether it is."""
    return exam.check(
        rule_id,
        operation_id,
        after is not None and not differences(before, after) - exam.mangled,
        label,
        expected="the config as it was",
        received=difference(before, after),
    )


def _is_ignored(contract: Contract, name: str, sent: Mapping[str, Any]) -> bool:
    schema = contract.document.schema("CreateModelConfigRequest").value["properties"].get(name, {})
    condition = schema.get("x-ignored-when", {})
    return bool(condition) and all(sent.get(sibling, value) == value for sibling, value in condition.items())
