"""Two schemas compared, down to every schema inside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.drift import keywords
from contract_tests.drift.change import Change, Direction, Effect, severity
from contract_tests.drift.keywords import ABSENT
from governance_contract.document import Document, Node

_INNER = frozenset({"items", "contains", "additionalProperties", "propertyNames", "unevaluatedProperties"})
_LISTS: Mapping[str, tuple[Effect, Effect]] = {
    "allOf": (Effect.NARROWER, Effect.WIDER),
    "anyOf": (Effect.WIDER, Effect.NARROWER),
    "oneOf": (Effect.WIDER, Effect.NARROWER),
    "prefixItems": (Effect.NARROWER, Effect.WIDER),
}
"""Keywords with a list of schemas: what one more does, and what one less."""

_CONDITION = ("if", "then", "else")
_OWN_WAY = frozenset({"$ref", "properties", "patternProperties", "not", *_CONDITION, *_INNER, *_LISTS})


class Schemas:
    """Compares schemas of two documents; a pair that was compared is not compared again."""

    def __init__(self, old: Document, new: Document, *, with_rules: bool) -> None:
        self._old = old
        self._new = new
        self._with_rules = with_rules
        self._known: dict[tuple[str, str, Direction], list[Change]] = {}

    def changes(self, old: Node, new: Node, direction: Direction) -> list[Change]:
        """Return what is different between two schemas, for values that travel in `direction`."""
        key = (old.pointer, new.pointer, direction)
        if key not in self._known:
            self._known[key] = []  # what a schema holds of itself is compared once
            self._known[key] = list(self._compared(_Pair(self._old, self._new, old, new, direction)))
        return self._known[key]

    def _compared(self, pair: _Pair) -> Iterator[Change]:
        for name in pair.names:
            if name not in _OWN_WAY and not (name.startswith("x-") and not self._with_rules):
                yield from pair.keyword_changes(name)
        yield from self._members(pair)
        for name in sorted(_INNER & set(pair.names)):
            yield from self._below(pair, name, pair.direction)
        if "not" in pair.names:
            yield from self._below(pair, "not", pair.direction.opposite)
        for name in sorted(set(_LISTS) & set(pair.names)):
            yield from self._listed(pair, name)
        yield from self._conditional(pair)

    def _members(self, pair: _Pair) -> Iterator[Change]:
        for keyword in ("properties", "patternProperties"):
            before, after = pair.old_members(keyword), pair.new_members(keyword)
            for name in dict.fromkeys((*before, *after)):
                if name not in after:
                    yield pair.change(Effect.WITHDRAWN, f"the member {name!r} is gone", old=before[name])
                elif name not in before:
                    yield pair.change(Effect.PROMISED, f"the member {name!r} is new", new=after[name])
                else:
                    yield from self.changes(before[name], after[name], pair.direction)

    def _below(self, pair: _Pair, name: str, direction: Direction) -> Iterator[Change]:
        """Compare the schema that a keyword holds; where there is none, it is one that accepts everything."""
        before, after = pair.old_keyword(name), pair.new_keyword(name)
        if before is None or after is None:
            old, new = (ABSENT if node is None else node.value for node in (before, after))
            if not (_accepts_all(old) and _accepts_all(new)):
                effect = Effect.NARROWER if before is None else Effect.WIDER
                yield pair.change(effect, keywords.described(name, old, new), old=before, new=after)
        else:
            yield from self.changes(before, after, direction)

    def _listed(self, pair: _Pair, name: str) -> Iterator[Change]:
        before, after = pair.old_entries(name), pair.new_entries(name)
        more, less = _LISTS[name]
        equal = [(old, new) for old in before for new in after if old.value == new.value]
        for old, new in equal:
            if old in before and new in after:
                before.remove(old)
                after.remove(new)
                yield from self.changes(old, new, pair.direction)
        for old, new in zip(before, after, strict=False):
            yield from self.changes(old, new, pair.direction)
        for old in before[len(after) :]:
            yield pair.change(less, f"`{name}` has one schema less", old=old)
        for new in after[len(before) :]:
            yield pair.change(more, f"`{name}` has one schema more", new=new)

    def _conditional(self, pair: _Pair) -> Iterator[Change]:
        if not set(_CONDITION) & set(pair.names):
            return
        old, new = (tuple(None if n is None else n.value for n in each) for each in pair.conditions())
        if old == new or old[0] == new[0]:
            for name in ("then", "else"):
                if name in pair.names:
                    yield from self._below(pair, name, pair.direction)
        elif old[0] is None or new[0] is None:
            effect = Effect.NARROWER if old[0] is None else Effect.WIDER
            yield pair.change(effect, "a condition (`if`) is new" if old[0] is None else "a condition (`if`) is gone")
        else:
            yield pair.change(Effect.OTHER, "the condition (`if`) is another one")


class _Pair:
    """Two schemas with their references followed; what stands beside a reference goes before what it leads to."""

    def __init__(self, old_doc: Document, new_doc: Document, old: Node, new: Node, direction: Direction) -> None:
        self.direction = direction
        self._documents = (old_doc, new_doc)
        self._nodes = (old, new)
        self._old = _keywords(old_doc, old)
        self._new = _keywords(new_doc, new)

    @property
    def names(self) -> tuple[str, ...]:
        """All keywords of either schema."""
        return tuple(dict.fromkeys((*self._old, *self._new)))

    def old_keyword(self, name: str) -> Node | None:
        """The place of a keyword in the old schema, None where it is absent."""
        return self._old.get(name)

    def new_keyword(self, name: str) -> Node | None:
        """The place of a keyword in the new schema, None where it is absent."""
        return self._new.get(name)

    def old_members(self, keyword: str) -> dict[str, Node]:
        """The schemas of the members of the old schema, by name."""
        return _below(self._old.get(keyword))

    def new_members(self, keyword: str) -> dict[str, Node]:
        """The schemas of the members of the new schema, by name."""
        return _below(self._new.get(keyword))

    def old_entries(self, name: str) -> list[Node]:
        """The schemas in a list of the old schema."""
        return _entries(self._old.get(name))

    def new_entries(self, name: str) -> list[Node]:
        """The schemas in a list of the new schema."""
        return _entries(self._new.get(name))

    def conditions(self) -> Iterator[tuple[Node | None, ...]]:
        """Yield `if`, `then` and `else` of the old, then of the new schema."""
        for found in (self._old, self._new):
            yield tuple(found.get(name) for name in _CONDITION)

    def keyword_changes(self, name: str) -> Iterator[Change]:
        """Yield what a change of a keyword that holds no schema means."""
        before, after = self._old.get(name), self._new.get(name)
        old, new = (ABSENT if node is None else node.value for node in (before, after))
        if old is not new and (old is ABSENT or new is ABSENT or not _is_equal(old, new)):
            for effect, message in keywords.effects(name, old, new):
                yield self.change(effect, message, old=before, new=after, rules=self._rules_of(name))

    def change(
        self,
        effect: Effect,
        message: str,
        *,
        old: Node | None = None,
        new: Node | None = None,
        rules: tuple[str, ...] = (),
    ) -> Change:
        """Return a change at this pair, with the lines of the places given, or else of the schemas."""
        old_doc, new_doc = self._documents
        old_at, new_at = (given or node for given, node in zip((old, new), self._nodes, strict=True))
        return Change(
            severity(effect, self.direction),
            (new or old or self._nodes[1]).pointer,
            f"{message} (in a {self.direction})" if effect in (Effect.NARROWER, Effect.WIDER) else message,
            old_doc.line(old_at.pointer),
            new_doc.line(new_at.pointer),
            rules=rules,
        )

    def _rules_of(self, name: str) -> tuple[str, ...]:
        carried = [found["x-carries"].value.get(name, {}) for found in (self._new, self._old) if "x-carries" in found]
        return tuple(dict.fromkeys(rule for levels in carried for rule in levels))


def _keywords(document: Document, node: Node) -> dict[str, Node]:
    """Return the place of each keyword of a schema, whether it stands there or behind its reference.

    `true` has no keywords; `false` is one that refuses everything. A reference that leads nowhere says nothing.
    """
    if isinstance(node.value, bool):
        return {} if node.value else {"not": Node((*node.tokens, "not"), {})}
    own = {name: Node((*node.tokens, name), value) for name, value in node.value.items() if name != "$ref"}
    if "x-carries" in own:
        own["x-carries"] = Node(own["x-carries"].tokens, _levels(document, own["x-carries"].value))
    if not node.has("$ref"):
        return own
    try:
        target = document.resolve(document.at(str(node.value["$ref"])))
    except LookupError:
        return own
    behind = _keywords(document, target)
    merged = {**behind, **own}
    if "x-carries" in behind and "x-carries" in own:
        both = {**behind["x-carries"].value, **own["x-carries"].value}
        merged["x-carries"] = Node(own["x-carries"].tokens, both)
    return merged


def _levels(document: Document, carries: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return for each keyword the rules that it carries, each with the level at which it does."""
    rules = document.root.get("x-rules", {})
    found: dict[str, dict[str, str]] = {}
    for keyword, named in carries.items():
        entries = [each if isinstance(each, Mapping) else {"rule": each} for each in _as_list(named)]
        found[keyword] = {e["rule"]: e.get("level") or rules.get(e["rule"], {}).get("level", "") for e in entries}
    return found


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _below(node: Node | None) -> dict[str, Node]:
    if node is None or not isinstance(node.value, Mapping):
        return {}
    return {name: Node((*node.tokens, name), value) for name, value in node.value.items()}


def _entries(node: Node | None) -> list[Node]:
    listed = node.value if node is not None and isinstance(node.value, list) else []
    tokens = node.tokens if node is not None else ()
    return [Node((*tokens, index), value) for index, value in enumerate(listed)]


def _accepts_all(schema: Any) -> bool:
    return schema is ABSENT or schema is True


def _is_equal(old: Any, new: Any) -> bool:
    """Return whether two values are the same in JSON, where 1 and true are not."""
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)
