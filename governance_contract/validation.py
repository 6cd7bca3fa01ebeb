"""Validation of a body against schema and rules: all violations, each with its rule and its places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jsonschema_rs

from governance_contract import pointers, wording
from governance_contract.document import ADDRESS, Document, Node
from governance_contract.edits import Fix
from governance_contract.excerpts import excerpts
from governance_contract.keywords import KEYWORDS, Fault, required_unless
from governance_contract.rules import LEVELS, Carried, Catalogue
from governance_contract.values import ABSENT

Step = tuple[Node, str, bool]
"""A schema on the way to an error: its place, the keyword taken there, and whether that left the value."""

Way = tuple[str | int, ...]
"""The keywords that led to an error, as the schema engine tells them."""

Trail = tuple[Step, ...]

_WAYS = 1000
"""How many ways are remembered; a document has fewer, unless its schemas recur."""


@dataclass(frozen=True)
class Violation:
    """One place where a value breaks a rule.

    `pointer` is a JSON Pointer into the body, or `query/NAME` for a query parameter. `keyword` is a JSON Pointer to the
    broken keyword in the document. `received` is `ABSENT` where nothing was sent, `fix` None where it is not known or
    was not asked for.
    """

    rule: str
    level: str
    pointer: str
    keyword: str
    received: Any
    expected: str
    message: str
    fix: Fix | None = None

    def fixed_by(self, fix: Fix | None) -> Violation:
        """Return this violation with its fix."""
        told = (self.rule, self.level, self.pointer, self.keyword, self.received, self.expected, self.message)
        return Violation(*told, fix)

    def as_json(self) -> dict[str, Any]:
        """Return this violation as the documented `Violation` object."""
        members = {
            "rule": self.rule,
            "level": self.level,
            "pointer": self.pointer,
            "keyword": self.keyword,
            "received": self.received,
            "expected": self.expected,
            "message": self.message,
            "fix": ABSENT if self.fix is None else self.fix.as_json(),
        }
        return {name: value for name, value in members.items() if value is not ABSENT}


class _Breach(NamedTuple):
    """A violation that is not put into words yet: `words` returns what is expected there and the message."""

    carried: Carried
    pointer: str
    keyword: str
    received: Any
    words: Callable[[], tuple[str, str]]

    def told(self) -> Violation:
        """Return the violation."""
        rule, level = self.carried.rule, self.carried.level
        return Violation(rule, level, self.pointer, self.keyword, self.received, *self.words())


class Validator:
    """Judges values by one schema of the document and by the rules that stand in it."""

    def __init__(self, document: Document, schema: Node, catalogue: Catalogue) -> None:
        self._document = document
        self._schema = schema
        self._catalogue = catalogue
        self._trail = lru_cache(maxsize=_WAYS)(lambda path: tuple(self._steps(path)))
        self._carrier = lru_cache(maxsize=_WAYS)(self._carried)
        self._place = lru_cache(maxsize=_WAYS)(lambda path: pointers.join(*path))
        self._engine = jsonschema_rs.Draft202012Validator(
            {"$ref": f"{ADDRESS}{pointers.reference(*schema.tokens)}"},
            validate_formats=True,
            keywords=PYTHON_KEYWORDS,
            offline=True,
            registry=document.registry,
        )

    def is_valid(self, value: Any) -> bool:
        """Return whether `value` keeps schema and rules."""
        return self._engine.is_valid(value)

    def violations(self, value: Any) -> tuple[Violation, ...]:
        """Return every violation in `value`; none when it is valid.

        Of a list with more than a hundred entries, they are those of the first entries that have any: the engine takes
        kilobytes for each.
        """
        return tuple(breach.told() for breach in self._breaches(value))

    def broken_keywords(self, value: Any) -> Counter[str]:
        """Return how many of the `violations` in `value` each keyword has, without the time that their words take."""
        return Counter(breach.keyword for breach in self._breaches(value))

    def _breaches(self, value: Any) -> tuple[_Breach, ...]:
        if self._engine.is_valid(value):
            return ()
        return next(filter(None, map(self._found, excerpts(value))), ())

    def _found(self, value: Any) -> tuple[_Breach, ...]:
        found = tuple(each for error in self._engine.iter_errors(value) for each in self._breaches_of(error))
        mistyped = {each.pointer for each in found if each.keyword.endswith("/type")}
        judged = (e for e in found if e.pointer not in mistyped or e.keyword.endswith(("/type", "/required")))
        return _once_each(judged)

    def _breaches_of(self, error: jsonschema_rs.ValidationError) -> Iterator[_Breach]:
        if isinstance(error.__cause__, _Broken):
            yield from (self._broken_rule(error, fault) for fault in error.__cause__.faults)
        elif isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
            yield from (self._unknown_member(error, name) for name in error.kind.unexpected[:_UNKNOWN_MEMBERS])
        else:
            yield self._breach(error)

    def _breach(self, error: jsonschema_rs.ValidationError) -> _Breach:
        keyword, path, received = _broken_keyword(error)
        way = (*error.evaluation_path[1:],)
        trail = self._trail(way)
        owner = trail[-1][0]
        if keyword == "type" and received is None and self._is_required(trail, path):
            keyword, received = "required", None

        def words() -> tuple[str, str]:
            expected = wording.expected(keyword, owner.value, path)
            return expected, self._condition(trail, path) or wording.message(keyword, owner.value, path, expected)

        carried = self._carrier(way, keyword, path[-1] if path else None)
        return _Breach(carried, pointers.join(*path), self._place((*error.schema_path,)), received, words)

    def _unknown_member(self, error: jsonschema_rs.ValidationError, name: str) -> _Breach:
        path, way = (*error.instance_path, name), (*error.evaluation_path[1:],)
        words = partial(wording.unknown_member, name, tuple(self._trail(way)[-1][0].value.get("properties", ())))
        carried, received = self._carrier(way, "additionalProperties", None), pointers.get(error.instance, (name,))
        return _Breach(carried, pointers.join(*path), self._place((*error.schema_path,)), received, words)

    def _broken_rule(self, error: jsonschema_rs.ValidationError, fault: Fault) -> _Breach:
        owner = Node((), self._document.root).child(*error.schema_path[:-1])
        keyword = str(error.schema_path[-1])
        carried = self._catalogue.carried_by(owner.value, keyword) or (self._catalogue.default_for(keyword),)
        place = pointers.join(*error.instance_path, *fault.path)
        words = (fault.expected, fault.message)
        return _Breach(carried[0], place, self._place((*error.schema_path,)), fault.received, lambda: words)

    def _steps(self, evaluation_path: Way) -> Iterator[Step]:
        """Yield the schemas that lead to an error."""
        node, rest = self._schema, list(evaluation_path)
        while rest:
            keyword = str(rest.pop(0))
            if keyword == "$ref":
                yield node, keyword, False
                node = self._document.at(node.value["$ref"])
                continue
            yield node, keyword, keyword in ("properties", "items", "additionalProperties")
            tokens = [keyword]
            if keyword in ("properties", "allOf", "anyOf", "oneOf", "dependentSchemas") and rest:
                tokens.append(rest.pop(0))  # type: ignore[arg-type]
            if not rest or keyword not in _APPLICATORS:
                return
            node = node.child(*tokens)

    def _condition(self, trail: Trail, path: tuple[str | int, ...]) -> str | None:
        """Return what the condition says that led to an error, where one did."""
        for node, keyword, _ in trail:
            if path and keyword == "then":
                params = required_unless.read(self._document, node)
                if path[-1] in (params.member, *params.absent):
                    return required_unless.sentence(params, str(path[-1]))
        return None

    def _is_required(self, trail: Trail, path: tuple[str | int, ...]) -> bool:
        owners = [node for node, keyword, _ in trail if keyword == "properties"]
        return bool(owners and path) and path[-1] in owners[-1].value.get("required", ())

    def _carried(self, way: Way, keyword: str, member: str | int | None) -> Carried:
        """Return the rule that carries `keyword`: said at the member, else where the path enters, else default."""
        trail = self._trail(way)
        for node in self._declaring(trail, keyword, member):
            if carried := self._catalogue.carried_by(node.value, keyword):
                return carried[0]
        for node, entered, _ in reversed(trail):
            if entered in _CONDITIONS and (carried := self._catalogue.carried_by(node.value, entered)):
                return carried[0]
        return self._catalogue.default_for(keyword)

    def _declaring(self, trail: Trail, keyword: str, member: str | int | None) -> Iterator[Node]:
        if keyword == "required" and member is not None:
            for node, _, _ in reversed(trail):
                if member in node.value.get("properties", {}):
                    yield node.child("properties", member)
                    break
        steps = [index for index, (_, _, left) in enumerate(trail) if left]
        yield from (node for node, _, _ in trail[steps[-1] + 1 if steps else 0 :])


def _once_each(breaches: Iterable[_Breach]) -> tuple[_Breach, ...]:
    """Return the breaches without a second one of the same rule at the same place; the strictest level stays."""
    kept: dict[tuple[str, str], _Breach] = {}
    for each in breaches:
        place = each.carried.rule, each.pointer
        if place not in kept or LEVELS.index(each.carried.level) < LEVELS.index(kept[place].carried.level):
            kept[place] = each
    return tuple(kept.values())


_UNKNOWN_MEMBERS = 100
"""How many members of an object that it may not have are named."""

_APPLICATORS = frozenset(
    {
        "properties",
        "items",
        "additionalProperties",
        "allOf",
        "anyOf",
        "oneOf",
        "then",
        "else",
        "not",
        "dependentSchemas",
    }
)
_CONDITIONS = frozenset({"then", "else"})


class _Broken(Exception):
    """Carries the faults of a keyword through the schema engine, which copies the value for each error it makes."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults[0].message)
        self.faults = faults


def _checker(find_faults: Callable[[Any, Any], tuple[Fault, ...]]) -> type:
    """Return a keyword that the schema engine does not know, in the form that the engine asks for."""

    class Checker:
        def __init__(self, _schema: Mapping[str, Any], wanted: Any, _path: list[str | int]) -> None:
            self._wanted = wanted

        def validate(self, value: Any) -> None:
            """Raise all faults in `value` at once."""
            faults = find_faults(value, self._wanted)
            if faults:
                raise _Broken(faults)

    return Checker


PYTHON_KEYWORDS = {keyword.name: _checker(keyword.validate) for keyword in KEYWORDS.values() if keyword.validate}
"""The keywords that the schema engine calls Python for, by name."""


def _broken_keyword(error: jsonschema_rs.ValidationError) -> tuple[str, tuple[str | int, ...], Any]:
    """Return keyword, path of the offending member, and what was received there."""
    path = tuple(error.instance_path)
    pairs = "dependentRequired"
    keyword = pairs if pairs in error.schema_path else str(error.schema_path[-1])
    missing = getattr(error.kind, "property", None)
    if keyword in ("required", "dependentRequired") and missing is not None:
        return keyword, (*path, str(missing)), ABSENT
    return keyword, path, error.instance
