"""Faulty servers derived from the document by operators, so that a new rule or member brings its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from contract_tests import samples
from governance_contract import Contract, load_contract
from governance_contract.document import Node
from tests.cast import mutations as m
from tests.cast.independent import KEY
from tests.cast.member import Member, around
from tests.cast.tolerance import Test, Tolerated, accepting, answering, keyword_of, kind_of, member_of, storing
from tests.cast.wire import JSON, Call, Change, Fault, Handler, Reply

_BODIES = {"createModelConfig": "create", "updateModelConfig": "update"}
_VERBS = ("list", "create", "get", "update", "delete")
_TIMESTAMP = "date-time"


def derived(contract: Contract) -> Iterator[Member]:
    """Yield all servers that follow from the document."""
    broken = violations_of_bodies(contract)
    yield from _dropped(broken)
    yield from _coerced(broken)
    yield from _one_sided(broken)
    yield from _entries(broken)
    yield from _contexts(broken)
    yield from _refusals(broken)
    yield from _members(contract)
    yield from _shapes(contract)
    yield from _doors()
    yield from _errors()


def violations_of_bodies(contract: Contract) -> list[tuple[str, dict[str, Any]]]:
    """Return each operation with each violation that its counterexamples show, with all keywords broken there."""
    found = []
    for operation_id, verb in _BODIES.items():
        operation = contract.operations[operation_id]
        validator = contract.request_validator(operation)
        for each in contract.counterexamples(operation, samples.rich(contract, operation)):
            broken = [violation.as_json() for violation in validator.violations(each.body)]
            keywords = sorted({keyword_of(violation) for violation in broken})
            found += [(verb, {**violation, "keywords": "-".join(keywords)}) for violation in broken[:1]]
    return found


def _member(
    kind: str, detail: str, description: str, breaks: tuple[str, ...], fault: Callable[[], Fault], needs: str = "gate"
) -> Member:
    words = "-".join(part for part in (kind, detail.replace("_", "-").replace("/", "-")) if part)
    return Member(f"derived-{words}", description, tuple(dict.fromkeys(breaks)), around(fault), needs=needs)


def _keys(
    broken: list[tuple[str, dict[str, Any]]], *parts: Callable[[str, dict[str, Any]], str]
) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(tuple(part(verb, each) for part in parts) for verb, each in broken))


def _rule(_: str, violation: dict[str, Any]) -> str:
    return str(violation["rule"])


def _keyword(_: str, violation: dict[str, Any]) -> str:
    return keyword_of(violation)


def _keywords(_: str, violation: dict[str, Any]) -> str:
    return str(violation["keywords"])


def _dropped(broken: list[tuple[str, dict[str, Any]]]) -> Iterator[Member]:
    """Yield a server for each rule, keyword and member that does not enforce it."""
    for rule, keywords, member in _keys(broken, _rule, _keywords, lambda _, each: member_of(each)):
        if keywords != "type":
            description = f"{keywords} of {member or 'the body'} is not enforced"
            test = Tolerated(rule, frozenset(keywords.split("-")), member)
            yield _member("dropped", f"{rule}-{keywords}-{member}", description, (rule,), accepting(test))


def _coerced(broken: list[tuple[str, dict[str, Any]]]) -> Iterator[Member]:
    """Yield a server for each member and wrong type that takes it."""
    typed = [(verb, each) for verb, each in broken if _keyword(verb, each) == "type"]
    keys = _keys(typed, _rule, lambda _, each: member_of(each), lambda _, each: kind_of(each.get("received")))
    for rule, member, kind in keys:
        description = f"{kind} is taken for {member or 'the body'}"
        test = Tolerated(rule, frozenset({"type"}), member, kind)
        is_rare = kind in _ONE_SORT_OF_NUMBER and member not in _NUMERIC
        is_rare |= kind in _ONE_SORT_OF_COMPOSITE and member.endswith("_duration")
        needs = "thorough" if is_rare else "gate"
        yield _member("coerced", f"{member or 'body'}-{kind}", description, (rule,), accepting(test), needs)


_ONE_SORT_OF_NUMBER = ("integer", "fraction")
"""A server that takes one of them for a text, and not the other, is rare: the gate sends one of them."""

_ONE_SORT_OF_COMPOSITE = ("array", "object")
"""The same for what is read by a parser of its own."""

_NUMERIC = ("max_limit", "token_max_limit", "request_max_limit")


def _one_sided(broken: list[tuple[str, dict[str, Any]]]) -> Iterator[Member]:
    """Yield a server for each rule and operation that enforces it on the other one alone."""
    for rule, verb in _keys(broken, _rule, lambda verb, _: verb):
        description = f"{rule} is not enforced on {verb}"
        breaks = (rule, "PUT-08") if verb == "update" else (rule,)
        yield _member("not-on-" + verb, rule, description, breaks, accepting(Tolerated(rule, operation=verb)))


def _entries(broken: list[tuple[str, dict[str, Any]]]) -> Iterator[Member]:
    """Yield servers that judge only some entries of a list."""
    listed = [(_rule("", each), int(each["pointer"].split("/")[2])) for _, each in broken if _is_in_entry(each)]
    for rule in dict.fromkeys(rule for rule, _ in listed):
        for label, is_spared in _SPARED.items():
            if any(is_spared(index, _SAMPLED) for other, index in listed if other == rule):
                description = f"{rule} is not enforced for {label} of the budgets"
                yield _member("entry-" + label, rule, description, (rule,), accepting(_at(rule, is_spared)))


def _is_in_entry(violation: dict[str, Any]) -> bool:
    return str(violation["pointer"]).startswith("/budgets/")


_SAMPLED = 3
"""How many budgets the body has of which the counterexamples are made."""


_SPARED: dict[str, Callable[[int, int], bool]] = {
    "first": lambda index, _: index == 0,
    "last": lambda index, count: index == count - 1 > 0,
    "inner": lambda index, count: 0 < index < count - 1,
    "beyond-second": lambda index, _: index > 1,
}


def _at(rule: str, is_spared: Callable[[int, int], bool]) -> Test:
    def test(call: Call, violations: list[dict[str, Any]]) -> bool:
        budgets = call.json.get("budgets") if isinstance(call.json, dict) else None
        indexes = [each["pointer"].split("/")[2] for each in violations if each["pointer"].startswith("/budgets/")]
        return (
            isinstance(budgets, list)
            and len(indexes) == len(violations)
            and all(each["rule"] == rule for each in violations)
            and all(index.isdigit() and is_spared(int(index), len(budgets)) for index in indexes)
        )

    return test


_CONTEXTS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "user-scope": lambda body: body.get("scope") == "user",
    "key-scope": lambda body: body.get("scope") == "virtual_key",
    "no-provider": lambda body: "provider" not in body,
    "no-rate-limit": lambda body: "rate_limit" not in body,
    "no-budgets": lambda body: not body.get("budgets"),
    "many-budgets": lambda body: isinstance(body.get("budgets"), list) and len(body["budgets"]) >= 6,
    "one-budget": lambda body: isinstance(body.get("budgets"), list) and len(body["budgets"]) == 1,
    "non-ascii": lambda body: not str(body.get("model_name", "")).isascii(),
    "wildcard": lambda body: body.get("model_name") == "*",
    "unknown-member": lambda body: bool(
        set(body) - {"model_name", "provider", "scope", "scope_id", "budgets", "rate_limit"}
    ),
}


_IMPOSSIBLE = frozenset(
    {("no-budgets", "BUD-01"), ("no-budgets", "BUD-06"), ("one-budget", "BUD-01"), ("no-rate-limit", "RATE-02")}
)
"""Contexts in which a rule cannot be broken."""


def _contexts(broken: list[tuple[str, dict[str, Any]]]) -> Iterator[Member]:
    """Yield servers that check nothing, or only one rule not, in one context."""
    rules = tuple(rule for (rule,) in _keys(broken, _rule))
    for label, is_context in _CONTEXTS.items():
        for rule in ("", *(each for each in ("BUD-01", "BUD-06", "RATE-02") if (label, each) not in _IMPOSSIBLE)):
            test = _in_context(is_context, (rule,) if rule else rules)
            described = f"{rule or 'no rule'} is {'not ' if rule else ''}enforced in the context {label}"
            yield _member("context", f"{label}-{rule or 'all'}", described, (rule,) if rule else rules, accepting(test))


def _in_context(is_context: Callable[[dict[str, Any]], bool], rules: tuple[str, ...]) -> Test:
    def test(call: Call, violations: list[dict[str, Any]]) -> bool:
        meant = all(each["rule"] in rules for each in violations)
        return meant and call.operation == "create" and isinstance(call.json, dict) and is_context(call.json)

    return test


def _refusals(broken: list[tuple[str, dict[str, Any]]]) -> Iterator[Member]:
    """Yield servers that refuse wrongly: with another status, or without leaving things as they were."""
    refused = [rule for (rule,) in _keys(broken, _rule)] + ["REQ-06", "IDN-01", "PUT-07"]
    for rule in refused:
        for status in (422, 500):
            own = ("REQ-09",) if status == 500 else ("RESP-01",)
            description = f"{rule} is refused with {status}"
            yield _member(
                f"status-{status}", rule, description, (rule, "PUT-08", *own), answering(status, Tolerated(rule))
            )
    for rule, verb in _keys(broken, _rule, lambda verb, _: verb):
        if rule not in _LEAVE_NOTHING_TO_STORE:
            description = f"a {verb} that breaks {rule} is refused, and stored"
            yield _member(f"stored-{verb}", rule, description, ("LIFE-02",), storing(Tolerated(rule, operation=verb)))


_LEAVE_NOTHING_TO_STORE = frozenset({"REQ-01", "REQ-08"})
"""Rules whose violations have no name by which a stored config could be recognised."""


# What is answered


_PLACES = {
    "": m.EVERYWHERE,
    "in-create": ("create",),
    "in-get": ("get",),
    "in-list": ("list",),
    "in-update": ("update",),
}


_OF_UPDATES = ("PUT-02", "BUD-09")
"""What an answer to an update that alters budgets breaks, too."""


def _members(contract: Contract) -> Iterator[Member]:
    """Yield servers that answer one member of a config wrongly, everywhere or in one operation alone."""
    for path, node, rules, is_required in _answered(contract):
        for label, change in _distortions(node, is_required=is_required, is_own=_is_settable(node)):
            for place, operations in _PLACES.items():
                if place and label not in ("dropped", "changed"):
                    continue
                name = "-".join(part for part in (*path, label, place) if part and part != "*")
                altered = _at_member(path, None if label == "dropped" else change)
                description = f"{'/'.join(path)} comes back {label} {place.replace('-', ' ')}".rstrip()
                broken = (
                    "RESP-01",
                    "RESP-02",
                    *rules,
                    *(_OF_UPDATES if (place, path[0]) == ("in-update", "budgets") else ()),
                )
                yield _member("answer", name, description, broken, m.shown(altered, operations))


def _at_member(path: tuple[str, ...], change: Change | None) -> Change:
    """Return the change of one member of a config, of all its budgets where it is theirs; None drops it."""
    own = path[-1:] if path[0] == "budgets" and len(path) > 1 else path
    altered = m.without(own) if change is None else m.on_reply(own, change)
    return m.on_lines(altered) if own != path else altered


def _is_settable(node: Node) -> bool:
    return not node.value.get("readOnly")


def _answered(contract: Contract) -> Iterator[tuple[tuple[str, ...], Node, tuple[str, ...], bool]]:
    """Yield each member of an answer with path, schema, the rules that it carries, and whether it must be there."""
    document = contract.document
    owners = {(): "ModelConfig", ("budgets", "*"): "Budget", ("rate_limit",): "RateLimit"}
    for owner, name in owners.items():
        schema = document.schema(name)
        outer = document.schema("ModelConfig").child("properties", owner[0]) if owner else None
        above = _carried(outer) if outer else ()
        for member in schema.value["properties"]:
            node = schema.child("properties", member)
            is_required = member in schema.value.get("required", ())
            yield (*owner, member), node, (*above, *_carried(node)), is_required


def _carried(node: Node) -> tuple[str, ...]:
    found: list[str] = []
    for carries in node.value.get("x-carries", {}).values():
        found += [
            each if isinstance(each, str) else each["rule"]
            for each in (carries if isinstance(carries, list) else [carries])
        ]
    return tuple(found)


def _distortions(node: Node, *, is_required: bool, is_own: bool) -> Iterator[tuple[str, Change]]:
    """Yield the ways in which a value can come back wrong, with their names."""
    names = node.value.get("type", ())
    kinds = [names] if isinstance(names, str) else list(names)
    is_time = node.value.get("format") == _TIMESTAMP
    if is_required or is_own:
        yield "dropped", lambda _: None
    if is_required:
        yield "null", lambda _: None
    if is_time:
        yield "zoneless", lambda value: value.rstrip("Z")
        yield "date-only", lambda value: value[:10]
        return
    if "string" in kinds and is_own:
        yield "changed", lambda value: f"{value}x" if isinstance(value, str) else value
        yield "truncated", lambda value: value[:-1] if isinstance(value, str) else value
        yield "recased", lambda value: value.swapcase() if isinstance(value, str) else value
    if {"number", "integer"} & set(kinds) and (is_own or is_required):
        yield "changed", lambda value: value + 1 if isinstance(value, int | float) else value
        yield "stringified", str
        yield "negated", lambda value: -value - 1 if isinstance(value, int | float) else value
    if "boolean" in kinds and is_required:
        yield "stringified", str


_SHAPES: dict[str, Any] = {
    "text": "text",
    "number": 7,
    "boolean": True,
    "array": ["text"],
    "object": {"a": 1},
    "list-of-null": [None],
    "null": None,
}


def _shapes(contract: Contract) -> Iterator[Member]:
    """Yield servers that answer JSON of a wrong type: for a member of a config, or for the whole body."""
    for path, node, rules, is_required in _answered(contract):
        for label, value in _SHAPES.items():
            if len(path) == 1 and not _accepts(contract, node, value, is_required=is_required):
                altered = m.on_reply(path, _always(value))
                description = f"{path[0]} comes back as {label}"
                breaks = ("RESP-01", "RESP-02", *rules)
                yield _member("shape", f"{path[0]}-{label}", description, breaks, m.shown(altered))
    for verb in _VERBS:
        for label, value in _SHAPES.items():
            fault = m.replied(_with_value(value), (verb,))
            yield _member("body", f"{verb}-{label}", f"{verb} answers {label}", ("RESP-01", "LIST-01"), fault)


def _always(value: Any) -> Change:
    return lambda _: value


def _accepts(contract: Contract, node: Node, value: Any, *, is_required: bool) -> bool:
    return contract.validator(node).is_valid(value) or (value is None and not is_required)


def _with_value(value: Any) -> Callable[[Reply], Reply]:
    return lambda reply: replace(reply, value=value) if reply.is_success else reply


# Who is let in


_FORMS: dict[str, tuple[str, Callable[[Call], bool]]] = {
    "no-header": ("AUTH-01", lambda call: "authorization" not in call.headers and "x-api-key" not in call.headers),
    "unknown": (
        "AUTH-02",
        lambda call: "no-such" in call.headers.get("authorization", "") and "x-api-key" not in call.headers,
    ),
    "shortened": ("AUTH-02", lambda call: call.headers.get("authorization") == f"Bearer {KEY[:-1]}"),
    "lengthened": ("AUTH-02", lambda call: call.headers.get("authorization", "").startswith(f"Bearer {KEY}")),
    "basic": ("AUTH-03", lambda call: call.headers.get("authorization", "").startswith("Basic ")),
    "bare": ("AUTH-03", lambda call: call.headers.get("authorization") == KEY),
    "x-api-key": ("AUTH-04", lambda call: call.headers.get("x-api-key") == KEY),
    "virtual-key": ("AUTH-05", lambda call: call.headers.get("authorization", "").startswith("Bearer vk-")),
}


def _doors() -> Iterator[Member]:
    """Yield a server for each operation and form of credentials that lets them in, and one that acts before its 401."""
    for verb in _VERBS:
        for form, (rule, is_form) in _FORMS.items():
            yield _member(
                "open",
                f"{verb}-{form}",
                f"{verb} is open to {form}",
                (rule, "AUTH-06"),
                _door(verb, is_form, acts_only=False),
            )
        if verb in ("create", "update", "delete"):
            fault = _door(verb, lambda _: True, acts_only=True)
            yield _member("acts-before-401", verb, f"{verb} acts, and then answers 401", ("AUTH-06",), fault)


def _door(verb: str, is_form: Callable[[Call], bool], *, acts_only: bool) -> Callable[[], Fault]:
    def fault(call: Call, handler: Handler) -> Reply:
        reply = handler(call)
        if reply.status != 401 or call.operation != verb or not is_form(call):
            return reply
        headers = {name: text for name, text in call.headers.items() if name != "x-api-key"}
        environ = {**call.environ, "HTTP_AUTHORIZATION": f"Bearer {KEY}"}
        let_in = handler(replace(call, headers={**headers, "authorization": f"Bearer {KEY}"}, environ=environ))
        return reply if acts_only else let_in

    return lambda: fault


# How it is said


_BODIES_OF_ERRORS: dict[str, Callable[[Reply], Reply]] = {
    "html": m.html,
    "empty": m.empty,
    "empty-object": m.error_of({}),
    "null-error": m.error_of({"error": None}),
    "empty-message": m.error_of({"error": {"message": ""}}),
    "array": m.error_of([{"error": {"message": "no"}}]),
}


def _errors() -> Iterator[Member]:
    """Yield servers whose errors or content types are wrong in one operation."""
    for verb in _VERBS:
        for label, change in _BODIES_OF_ERRORS.items():
            breaks = ("RESP-05", "RESP-01") if label in ("html", "empty") else ("RESP-05",)
            yield _member(
                "error", f"{label}-{verb}", f"errors of {verb} are {label}", breaks, m.replied(change, (verb,))
            )
        yield _member("content-type", verb, f"{verb} answers text/json", ("RESP-01",), m.replied(_text_json, (verb,)))
        yield _member("no-content", verb, f"{verb} answers 202", ("RESP-01",), m.status(202, (200,), (verb,)))


def _text_json(reply: Reply) -> Reply:
    return replace(reply, media_type="text/json") if reply.media_type == JSON else reply


DERIVED: tuple[Member, ...] = tuple(derived(load_contract()))
