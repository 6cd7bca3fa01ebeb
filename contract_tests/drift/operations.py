"""The operations of two documents compared: paths, parameters, bodies, answers, and who may ask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from contract_tests.drift import keywords
from contract_tests.drift.change import Change, Direction, Effect, severity
from contract_tests.drift.keywords import ABSENT
from contract_tests.drift.schemas import Schemas
from governance_contract.document import Document, Node
from governance_contract.operations import operation_nodes, parameter_nodes

_PLACEHOLDER = re.compile(r"\{[^}]*\}")
_WORDS = ("summary", "description", "tags", "externalDocs", "deprecated")
_BEHAVIOUR = ("x-action",)
_PARAMETER_BEHAVIOUR = ("x-page", "x-filter", "style", "explode", "allowReserved")


class Operations:
    """Compares the operations of two documents, each with the one of the same method and path."""

    def __init__(self, old: Document, new: Document, *, with_rules: bool) -> None:
        self._old = old
        self._new = new
        self._with_rules = with_rules
        self._schemas = Schemas(old, new, with_rules=with_rules)

    def changes(self) -> Iterator[Change]:
        """Yield what is different between the operations, each with the operation that it concerns."""
        before, after = _by_place(self._old), _by_place(self._new)
        for place in dict.fromkeys((*before, *after)):
            old, new = before.get(place), after.get(place)
            name = _name(new or old, place)
            if old is None or new is None:
                yield self._whole(place, old, new, name)
            else:
                yield from (replace(change, subjects=(name,)) for change in self._compared(old, new))

    def _whole(self, place: str, old: Node | None, new: Node | None, name: str) -> Change:
        if new is None:
            return self._change(Effect.WITHDRAWN, f"the operation {place} is gone", old, None, (name,))
        return self._change(Effect.PROMISED, f"the operation {place} is new", None, new, (name,))

    def _compared(self, old: Node, new: Node) -> Iterator[Change]:
        for keyword in _WORDS:
            yield from self._keyword(keyword, old, new, Effect.WORDS)
        yield from self._keyword("operationId", old, new, Effect.OTHER)
        if self._with_rules:
            for keyword in _BEHAVIOUR:
                yield from self._keyword(keyword, old, new, Effect.OTHER)
        yield from self._security(old, new)
        yield from self._parameters(old, new)
        yield from self._request_body(old, new)
        yield from self._responses(old, new)

    def _security(self, old: Node, new: Node) -> Iterator[Change]:
        before, after = self._ways_in(self._old, old), self._ways_in(self._new, new)
        for lost in (way for way in before if way not in after):
            yield self._change(Effect.OTHER, f"{_way_named(lost)} does not open it any more", old, new)
        for more in (way for way in after if way not in before):
            yield self._change(Effect.PROMISED, f"{_way_named(more)} opens it now", old, new)

    def _ways_in(self, document: Document, node: Node) -> list[list[dict[str, Any]]]:
        """Return each combination of schemes that opens an operation; no scheme at all is the open door."""
        schemes = document.root.get("components", {}).get("securitySchemes", {})
        required = node.value.get("security", document.root.get("security", [])) or [{}]
        return [[_scheme(schemes.get(name, {"type": name})) for name in sorted(way)] for way in required]

    def _parameters(self, old: Node, new: Node) -> Iterator[Change]:
        before, after = _parameters_of(self._old, old), _parameters_of(self._new, new)
        for key in dict.fromkeys((*before, *after)):
            was, now = before.get(key), after.get(key)
            if was is None and now is not None:
                effect = Effect.OTHER if now.value.get("required") else Effect.PROMISED
                yield self._change(effect, f"the {_kind(now)} is new", old, now)
            elif now is None and was is not None:
                yield self._change(Effect.WITHDRAWN, f"the {_kind(was)} is gone", was, new)
            elif was is not None and now is not None:
                yield from self._parameter(was, now)

    def _parameter(self, old: Node, new: Node) -> Iterator[Change]:
        yield from self._keyword("description", old, new, Effect.WORDS)
        yield from self._obligation(old, new, f"the {_kind(new)}")
        for keyword in _PARAMETER_BEHAVIOUR:
            if self._with_rules or not keyword.startswith("x-"):
                yield from self._keyword(keyword, old, new, Effect.OTHER)
        if old.has("schema") and new.has("schema"):
            yield from self._schemas.changes(old.child("schema"), new.child("schema"), Direction.REQUEST)

    def _request_body(self, old: Node, new: Node) -> Iterator[Change]:
        was, now = (_resolved(document, node, "requestBody") for document, node in ((self._old, old), (self._new, new)))
        if was is None or now is None:
            if was is not now:
                required = now is not None and now.value.get("required")
                effect = Effect.OTHER if was is not None or required else Effect.PROMISED
                yield self._change(effect, f"the request body is {'new' if was is None else 'gone'}", was, now)
            return
        yield from self._keyword("description", was, now, Effect.WORDS)
        yield from self._obligation(was, now, "the request body")
        yield from self._content(was, now, Direction.REQUEST)

    def _obligation(self, old: Node, new: Node, what: str) -> Iterator[Change]:
        before, after = (bool(node.value.get("required")) for node in (old, new))
        if before != after:
            effect = Effect.NARROWER if after else Effect.WIDER
            yield self._change(effect, f"{what} is {'required' if after else 'optional'} now", old, new)

    def _responses(self, old: Node, new: Node) -> Iterator[Change]:
        before, after = (
            {str(status): _resolved(document, node.child("responses"), status) for status in node.value["responses"]}
            for document, node in ((self._old, old), (self._new, new))
        )
        for status in dict.fromkeys((*before, *after)):
            was, now = before.get(status), after.get(status)
            if was is not None and now is not None:
                yield from self._keyword("description", was, now, Effect.WORDS)
                yield from self._content(was, now, Direction.RESPONSE)
                yield from self._headers(was, now)
            else:
                effect = Effect.OTHER if status.startswith("2") else Effect.PROMISED
                word = "is documented now" if was is None else "is not documented any more"
                yield self._change(effect, f"the status {status} {word}", was, now, at=new)

    def _headers(self, old: Node, new: Node) -> Iterator[Change]:
        before, after = (node.value.get("headers", {}) for node in (old, new))
        yield from (
            self._change(Effect.WITHDRAWN, f"the header {name} is gone", old, new)
            for name in before
            if name not in after
        )
        yield from (
            self._change(Effect.PROMISED, f"the header {name} is new", old, new) for name in after if name not in before
        )

    def _content(self, old: Node, new: Node, direction: Direction) -> Iterator[Change]:
        before, after = (node.value.get("content", {}) for node in (old, new))
        for media_type in dict.fromkeys((*before, *after)):
            if media_type not in after or media_type not in before:
                effect = Effect.WIDER if media_type in after else Effect.NARROWER
                gone = "is there now" if media_type in after else "is gone"
                # An answer without the content that clients read breaks them as much as one in another form.
                effect = Effect.OTHER if direction is Direction.RESPONSE and media_type in before else effect
                yield self._change(effect, f"the content {media_type} {gone}", old, new, direction=direction)
            else:
                places = [node.child("content", media_type) for node in (old, new)]
                if all(place.has("schema") for place in places):
                    was, now = (place.child("schema") for place in places)
                    yield from self._schemas.changes(was, now, direction)

    def _keyword(self, name: str, old: Node, new: Node, effect: Effect) -> Iterator[Change]:
        before, after = (node.value.get(name, ABSENT) for node in (old, new))
        if before != after:
            yield self._change(effect, keywords.described(name, before, after), old, new)

    def _change(
        self,
        effect: Effect,
        message: str,
        old: Node | None,
        new: Node | None,
        subjects: tuple[str, ...] = (),
        *,
        direction: Direction = Direction.REQUEST,
        at: Node | None = None,
    ) -> Change:
        place = new or old or at
        return Change(
            severity(effect, direction),
            place.pointer if place else "",
            message,
            self._old.line(old.pointer) if old else None,
            self._new.line(new.pointer) if new else None,
            subjects,
        )


def _by_place(document: Document) -> dict[str, Node]:
    """Return each operation by its method and path; how path parameters are called does not matter."""
    return {
        f"{str(node.tokens[-1]).upper()} {_PLACEHOLDER.sub('{}', path)}": node
        for path, node in operation_nodes(document)
    }


def _name(node: Node | None, place: str) -> str:
    return str(node.value.get("operationId", place)) if node else place


def _parameters_of(document: Document, node: Node) -> dict[tuple[str, str], Node]:
    """Return the parameters of an operation by location and name, those in the path by their place instead."""
    found = {}
    places = list(_PLACEHOLDER.findall(str(node.tokens[1])))
    for _, parameter in parameter_nodes(document, str(node.tokens[1]), node):
        name, location = str(parameter.value["name"]), str(parameter.value["in"])
        key = str(places.index(f"{{{name}}}")) if location == "path" and f"{{{name}}}" in places else name
        found[location, key] = parameter
    return found


def _resolved(document: Document, owner: Node, token: str) -> Node | None:
    return document.resolve(owner.child(token)) if owner.has(token) else None


def _kind(parameter: Node) -> str:
    return f"{parameter.value['in']} parameter {parameter.value['name']!r}"


def _scheme(scheme: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in scheme.items() if name not in ("description", "bearerFormat")}


def _way_named(way: list[dict[str, Any]]) -> str:
    named = [str(each.get("scheme") or each.get("name") or each.get("type")) for each in way]
    return f"the scheme {' with '.join(named)}" if named else "a request without credentials"
