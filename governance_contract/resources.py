"""Resources as data: what the document says of each, which the mock carries out and the suite expects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from governance_contract.document import Document, Node
from governance_contract.durations import Units, units_of
from governance_contract.keywords.types import type_names
from governance_contract.operations import Operation, Operations, Parameter

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)

UNSET: Any = object()
"""Stands for a default that a field does not have."""

LIST, GET, CREATE, UPDATE, DELETE = "list", "get", "create", "update", "delete"
"""The verbs of `x-action` that every resource may have; others are actions of its own."""

KEYED = (GET, UPDATE, DELETE)
"""The verbs of what is done to one resource as a whole, found by its key."""

SET, CLEAR, RESET = "set", "clear", "reset"
"""The verbs of what is done to the fields and counters of a resource, or of an entry in it."""

VERBS = (LIST, GET, CREATE, UPDATE, DELETE, SET, CLEAR, RESET)
"""All verbs that mock and suite know."""


@dataclass(frozen=True)
class Counter:
    """A field that counts up to a limit and returns to 0 with each new window; all by field name.

    It counts `of`, or what `of_value` has for the value of the field `by`. The limit that holds is the sum of `limits`.
    The field `aligned` of the resource says whether the windows follow the calendar.
    """

    member: str
    limits: tuple[str, ...]
    window: str
    since: str
    units: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The lengths of the units of its windows, as `x-units` has them."""
    of: str | None = None
    by: str | None = None
    of_value: Mapping[str, str] = field(default_factory=dict)
    aligned: str | None = None

    @property
    def limit(self) -> str:
        """The field without which there is no limit."""
        return self.limits[0]

    @cached_property
    def lengths(self) -> Units:
        """The units of its windows."""
        return Units(self.units)

    def amount(self, owner: Mapping[str, Any]) -> str | None:
        """Return what the counter of an object counts: `cost`, `tokens`, `requests`, or nothing that is known."""
        return self.of if self.by is None else self.of_value.get(str(owner.get(self.by)))

    def limit_of(self, owner: Mapping[str, Any]) -> Any:
        """Return the limit that holds for the counter of an object, None where there is none."""
        first = owner.get(self.limit)
        further = [owner[name] for name in self.limits[1:] if owner.get(name) is not None]
        return first if first is None or not further else first + sum(further)


@dataclass(frozen=True)
class Countdown:
    """A field that counts down with each new window of the counter `of`; after the last, `clears` are removed."""

    member: str
    of: str
    clears: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """One field of a resource and what the document says of it.

    `generated` and `derived` are the values of `x-generated` and `x-derived`; `shape` is that of an object, or of
    the entries where `is_list`; where `is_required`, every response must show it; `node` is where the response
    schema declares it.
    """

    name: str
    node: Node = field(repr=False)
    read_only: bool
    is_integer: bool
    is_list: bool
    is_required: bool = False
    is_double: bool = False
    is_immutable: bool = False
    default: Any = UNSET
    generated: str | None = None
    derived: Mapping[str, str] = field(default_factory=dict)
    shape: Shape | None = None

    @cached_property
    def is_stored_as_sent(self) -> bool:
        """Whether a value of a request is stored without being made into something else."""
        return self.shape is None and not self.is_integer

    @property
    def has_default(self) -> bool:
        """Whether a new object has this field by default."""
        return self.default is not UNSET and self.generated is None and not self.derived


@dataclass(frozen=True)
class Shape:
    """The fields of an object and the counters among them; what follows from these alone is found once."""

    fields: tuple[Field, ...]
    counters: tuple[Counter, ...]
    countdowns: tuple[Countdown, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their names."""
        return {each.name: each for each in self.fields}

    @cached_property
    def holders(self) -> tuple[tuple[Field, Shape], ...]:
        """The fields below which there may be more counters, each with the shape of what is below."""
        return tuple((each, each.shape) for each in self.fields if each.shape and not each.derived)

    @cached_property
    def blank(self) -> Mapping[str, None]:
        """Every field in the documented order, without a value."""
        return dict.fromkeys(each.name for each in self.fields)

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """Every field in the documented order, with its default, or None where it has none or comes from elsewhere."""
        return {each.name: each.default if each.has_default else None for each in self.fields}

    @cached_property
    def settable(self) -> tuple[Field, ...]:
        """The fields that a request may set."""
        return tuple(each for each in self.fields if not each.read_only and not each.derived)

    @cached_property
    def settable_by_name(self) -> Mapping[str, Field]:
        """The fields that a request may set, by their names."""
        return {each.name: each for each in self.settable}

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """The fields that an object keeps when a request replaces it."""
        return tuple(each.name for each in self.fields if each.read_only and not each.derived)

    @cached_property
    def stamped(self) -> tuple[str, ...]:
        """The fields that are the present instant in a new object."""
        return tuple(each.name for each in self.fields if each.generated not in (None, "id"))

    @cached_property
    def updated(self) -> tuple[str, ...]:
        """The fields that say when the object was last changed."""
        return self.generated("updated")

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The fields that are new ids in a new object."""
        return self.generated("id")

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The fields that are the name of what another field refers to, with that field."""
        return self._derived("name-of")

    @cached_property
    def mirrors(self) -> Mapping[str, str]:
        """The fields that mirror the first entry of another field, with that field."""
        return self._derived("first-of")

    @cached_property
    def copies(self) -> Mapping[str, str]:
        """The fields that copy one of an owner of the object, the nearest that has it, with that field."""
        return self._derived("copy-of")

    @cached_property
    def parents(self) -> Mapping[str, str]:
        """The fields that hold the key of the resource that the object lies in, with the path parameter."""
        return self._derived("key-of")

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The ids that are whole numbers."""
        return frozenset(name for name in self.ids if self.by_name[name].is_integer)

    @cached_property
    def has_numbers(self) -> bool:
        """Whether any id of the object, or of one in it, is a whole number."""
        return bool(self.numbers) or any(below.has_numbers for _, below in self.holders)

    @cached_property
    def is_derived(self) -> bool:
        """Whether any field of the object, or of one in it, follows from others."""
        own = bool(self.names or self.mirrors or self.copies or self.parents)
        return own or any(below.is_derived for _, below in self.holders)

    def generated(self, role: str) -> tuple[str, ...]:
        """Return the fields that the server gives in this role."""
        return tuple(each.name for each in self.fields if each.generated == role)

    def _derived(self, how: str) -> Mapping[str, str]:
        return {each.name: each.derived[how] for each in self.fields if how in each.derived}


@dataclass(frozen=True)
class Filter:
    """A query parameter that keeps the resources whose field matches: `exact`, or as `substring` regardless of case."""

    parameter: Parameter
    field: str
    match: str

    @property
    def is_exact(self) -> bool:
        """Whether the field must equal the value."""
        return self.match == "exact"


@dataclass(frozen=True)
class Paging:
    """The query parameters of a list by which a page is chosen; the size of a page where none is asked for.

    `limit` is the page size, at most `maximum`; a list has either an `offset` or a `number` of pages, if any.
    """

    limit: Parameter | None = None
    offset: Parameter | None = None
    number: Parameter | None = None
    maximum: int | None = None
    filtered: int | None = None


@dataclass(frozen=True)
class Sorting:
    """The query parameters by which a list is sorted: that of the field, and that of the direction, if any.

    Where the field is `signed`, a dash before it turns the direction round.
    """

    field: Parameter
    direction: Parameter | None = None
    is_signed: bool = False


@dataclass(frozen=True)
class Envelope:
    """Where the parts of a success body stand: the name of the property for each role of `x-from`.

    A body without such properties is the item itself, or the array of items.
    """

    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def item(self) -> str | None:
        """The property that holds the resource, None where the body is the resource or holds none."""
        return self.roles.get("item")

    @property
    def items(self) -> str | None:
        """The property that holds the entries of a list, None where the body is the array."""
        return self.roles.get("items")

    @property
    def total(self) -> str | None:
        """The property that says how many resources match in all."""
        return self.roles.get("total")


KEEP, CASCADE, RESTRICT = "keep", "cascade", "restrict"
"""What happens to a resource when one is deleted that it refers to."""


@dataclass(frozen=True)
class Target:
    """A resource that a field may refer to: whether it must exist, and what happens when it is deleted.

    `on_delete` is `KEEP`, `CASCADE` (it goes, too) or `RESTRICT` (the delete is refused).
    """

    resource: str
    is_required: bool
    on_delete: str = KEEP


@dataclass(frozen=True)
class Reference:
    """A field of a request, at `path` in the body, that is the key of a resource; a list on the way is `ANY`.

    Where a sibling `by` chooses the target, each of its values has one.
    """

    path: tuple[str, ...]
    node: Node = field(repr=False)
    targets: Mapping[str | None, Target]
    by: str | None = None

    @property
    def field(self) -> str:
        """The name of the field."""
        return self.path[-1]

    def target_of(self, owner: Mapping[str, Any]) -> Target | None:
        """Return what the field of an object refers to, None where nothing is known of it."""
        if self.by is None:
            return self.targets[None]
        chosen = owner.get(self.by)
        return self.targets.get(chosen) if isinstance(chosen, str) else None


ANY = "*"
"""Stands in a path for every entry of a list."""


@dataclass(frozen=True)
class UpdateMode:
    """How an update treats a field: `whole`, by the names of the `entries` that find one, or simply as set.

    `below` says so of the fields of the object, or of the entries, where that is not all as set.
    """

    whole: bool = False
    entries: tuple[str, ...] = ()
    below: Mapping[str, UpdateMode] = field(default_factory=dict)


@dataclass(frozen=True)
class RequestField:
    """One field of a request body: its schema, and how it is treated.

    `update` is the value of `x-update`; `ignored_when` are the values of siblings with which the field is dropped;
    `refers_to` is the value of `x-refers-to`.
    """

    name: str
    node: Node = field(repr=False)
    is_required: bool = False
    default: Any = UNSET
    update: Any = None
    ignored_when: Mapping[str, Any] = field(default_factory=dict)
    refers_to: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Effect:
    """What an operation does to the fields of a resource, or of an entry in it.

    The entry is one of `list_field`, by the path parameter `entry_parameter`. The resource has the values `where` in
    its fields, each of a path parameter or as given; without them it is found by its key. `sets` has the fields that
    each member of the body sets, `copies` those that take what another field holds.
    """

    list_field: str | None = None
    entry_parameter: str | None = None
    where: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clears: tuple[str, ...] = ()
    copies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Action:
    """An operation on a resource: its verb, what it takes, and where its success body holds the resource."""

    operation: Operation
    verb: str
    envelope: Envelope
    request: Mapping[str, RequestField] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()
    paging: Paging = Paging()
    sorting: Sorting | None = None
    effect: Effect = Effect()
    resets: Mapping[str, str] = field(default_factory=dict)
    """The members of an update that let the counters of a list return to 0, with that list."""
    references: tuple[Reference, ...] = ()
    modes: Mapping[str, UpdateMode] = field(default_factory=dict)
    order: str | None = None
    """The field by which a list is sorted, the least first, None where the document does not say."""

    @cached_property
    def key_parameter(self) -> str | None:
        """The path parameter that carries the key, the last of the path; None for what acts on the collection."""
        names = self.operation.path_parameters
        return names[-1] if names and self.verb not in (LIST, CREATE) else None

    @cached_property
    def parent_parameters(self) -> tuple[str, ...]:
        """The path parameters that say in which other resources the collection lies, the outermost first."""
        names = self.operation.path_parameters
        return names if self.key_parameter is None else names[:-1]

    @property
    def has_resource(self) -> bool:
        """Whether a success body of this action holds the resource that it is about."""
        schema = self.operation.success_schema
        return schema is not None and (self.envelope.item is not None or not self.envelope.roles)

    def meant_by(self, body: Any, name: str) -> Any:
        """Return what a body means by a field: what it sends, else the default of the document, else None."""
        sent = body.get(name) if isinstance(body, dict) else None
        if sent is not None:
            return sent
        told = self.request.get(name)
        return told.default if told is not None and told.default is not UNSET else None

    def ignores(self, body: Any, name: str) -> bool:
        """Return whether a field of a body is dropped because of its siblings or their defaults."""
        told = self.request.get(name)
        if told is None or not told.ignored_when:
            return False
        return all(self.meant_by(body, sibling) == value for sibling, value in told.ignored_when.items())


@dataclass(frozen=True)
class Parent:
    """A resource in which collections of another one lie: the path parameter with its key, and its name.

    The name is empty where no operation of the document is about it.
    """

    parameter: str
    resource: str


@dataclass(frozen=True)
class Resource:
    """A resource: its schema's name and place, the collection that holds it, its key, identity, fields and actions.

    `parents` are the resources in whose paths it lies, the outermost first. A look-up (`is_lookup`) only helps to find
    valid values: nothing of it is judged but that it needs credentials.
    """

    name: str
    node: Node = field(repr=False)
    collection: str
    key: str
    identity: tuple[str, ...]
    shape: Shape
    actions: tuple[Action, ...] = ()
    parents: tuple[Parent, ...] = ()
    is_lookup: bool = False
    name_field: str = "name"
    """The field that is its name where another resource shows that."""

    def key_of(self, text: str) -> str | int | None:
        """Return the key that a text in a path means, None where no key is written so."""
        told = self.shape.by_name.get(self.key)
        if told is None or not told.is_integer:
            return text
        return int(text) if _WHOLE.fullmatch(text) else None

    def action(self, verb: str) -> Action | None:
        """Return the first action with a verb, if there is one."""
        return next((each for each in self.actions if each.verb == verb), None)

    @cached_property
    def key_parameter(self) -> str | None:
        """The path parameter that carries the key, where an action has one."""
        by_whole = sorted(self.actions, key=lambda each: each.verb not in KEYED)
        return next((each.key_parameter for each in by_whole if each.key_parameter), None)

    @cached_property
    def collection_path(self) -> str | None:
        """The path template of the collection, where resources can be listed or created."""
        return next((each.operation.path for each in self.actions if each.verb in (LIST, CREATE)), None)


def read_resources(document: Document, operations: Operations) -> dict[str, Resource]:
    """Return the resources of a document by the names of their schemas."""
    components = document.root.get("components", {}).get("schemas", {})
    names = [name for name, schema in components.items() if isinstance(schema, Mapping) and "x-resource" in schema]
    return {name: _resource(document, operations, name) for name in names}


def _resource(document: Document, operations: Operations, name: str) -> Resource:
    node = document.schema(name)
    told = node.value["x-resource"]
    actions = tuple(read_action(document, each) for each in operations if each.resource == name)
    return Resource(
        name=name,
        node=node,
        collection=told["collection"],
        key=told["key"],
        identity=tuple(node.value.get("x-identity", ())),
        shape=_shape(document, node),
        actions=actions,
        parents=_parents(operations, actions),
        is_lookup=told.get("lookup", False),
        name_field=told.get("name", "name"),
    )


def _parents(operations: Operations, actions: tuple[Action, ...]) -> tuple[Parent, ...]:
    """Return the resources in whose paths the actions lie, by the first action on the whole that lies in any."""
    of_wholes = [each for each in actions if each.verb in (LIST, CREATE, *KEYED)] or actions
    nested = next((each for each in of_wholes if each.parent_parameters), None)
    if nested is None:
        return ()
    owners = {each.path: each.resource for each in operations if each.path.endswith("}")}
    return tuple(
        Parent(name, owners.get(nested.operation.path.partition(f"{{{name}}}")[0] + f"{{{name}}}", ""))
        for name in nested.parent_parameters
    )


def _shape(document: Document, node: Node) -> Shape:
    required = node.value.get("required", ())
    fields = [
        _field(document, node.child("properties", name), is_required=name in required)
        for name in node.value.get("properties", {})
    ]
    counters = [
        _counter(document, name, told)
        for name, schema in node.value.get("properties", {}).items()
        if (told := schema.get("x-counter"))
    ]
    countdowns = [
        Countdown(name, told["of"], tuple(told["clears"]))
        for name, schema in node.value.get("properties", {}).items()
        if (told := schema.get("x-countdown"))
    ]
    return Shape(tuple(fields), tuple(counters), tuple(countdowns))


def _counter(document: Document, name: str, told: Mapping[str, Any]) -> Counter:
    of, limit = told["of"], told["limit"]
    is_chosen = isinstance(of, Mapping)
    return Counter(
        member=name,
        limits=(limit,) if isinstance(limit, str) else tuple(limit),
        window=told["window"],
        since=told["since"],
        units=_units(document, told.get("units", "")),
        of=None if is_chosen else of,
        by=of["by"] if is_chosen else None,
        of_value=of["values"] if is_chosen else {},
        aligned=told.get("aligned"),
    )


def _units(document: Document, name: str) -> Mapping[str, Mapping[str, Any]]:
    schemas = document.root.get("components", {}).get("schemas", {})
    return units_of(document, document.schema(name)) if name in schemas else {}


def _field(document: Document, node: Node, *, is_required: bool) -> Field:
    target = document.resolve(node)
    types = type_names(target.value.get("type", ()))
    return Field(
        name=str(node.tokens[-1]),
        node=node,
        read_only=node.value.get("readOnly", False),
        is_integer="integer" in types,
        is_list="array" in types,
        is_required=is_required,
        is_double="number" in types,
        is_immutable=node.value.get("x-immutable", False),
        default=node.value.get("default", UNSET),
        generated=node.value.get("x-generated"),
        derived=node.value.get("x-derived", {}),
        shape=_nested(document, target),
    )


def _nested(document: Document, target: Node) -> Shape | None:
    entries = document.resolve(target.child("items")) if target.has("items") else target
    return _shape(document, entries) if entries.has("properties") else None


def read_action(document: Document, operation: Operation) -> Action:
    """Return what an operation of a document takes, and how its lists are chosen and its bodies laid out."""
    return Action(
        operation=operation,
        verb=operation.verb,
        envelope=_envelope(document, operation),
        request=_request(document, operation),
        filters=tuple(_filters(operation)),
        paging=_paging(operation),
        sorting=_sorting(operation),
        effect=_effect(document, operation),
        resets={name: node["x-resets"] for name, node in _properties(document, operation) if "x-resets" in node},
        references=tuple(_references(document, operation.request_schema)),
        modes=_modes(document, operation.request_schema),
        order=operation.order,
    )


def _envelope(document: Document, operation: Operation) -> Envelope:
    if operation.success_schema is None:
        return Envelope()
    properties = document.resolve(operation.success_schema).value.get("properties", {})
    return Envelope({schema["x-from"]: name for name, schema in properties.items() if "x-from" in schema})


def _request(document: Document, operation: Operation) -> dict[str, RequestField]:
    if operation.request_schema is None:
        return {}
    schema = document.resolve(operation.request_schema)
    required = schema.value.get("required", ())
    return {
        name: _request_field(schema.child("properties", name), is_required=name in required)
        for name in schema.value.get("properties", {})
    }


def _request_field(node: Node, *, is_required: bool) -> RequestField:
    return RequestField(
        name=str(node.tokens[-1]),
        node=node,
        is_required=is_required,
        default=node.value.get("default", UNSET),
        update=node.value.get("x-update"),
        ignored_when=node.value.get("x-ignored-when", {}),
        refers_to=node.value.get("x-refers-to"),
    )


def _properties(document: Document, operation: Operation) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    schema = operation.request_schema
    return tuple(document.resolve(schema).value.get("properties", {}).items()) if schema is not None else ()


def _effect(document: Document, operation: Operation) -> Effect:
    told, entry = operation.action, operation.action.get("entry", {})
    sets = {name: tuple(node["x-sets"]) for name, node in _properties(document, operation) if "x-sets" in node}
    return Effect(
        list_field=entry.get("list"),
        entry_parameter=entry.get("parameter"),
        where=told.get("where", {}),
        sets=sets,
        clears=tuple(told.get("fields", ())),
        copies=told.get("copies", {}),
    )


def _references(
    document: Document, schema: Node | None, path: tuple[str, ...] = (), seen: tuple[str, ...] = ()
) -> Iterator[Reference]:
    """Yield the references in a request body, at any depth."""
    target = document.resolve(schema) if schema is not None else None
    if target is None or target.pointer in seen:
        return
    if target.has("items"):
        yield from _references(document, target.child("items"), (*path, ANY), (*seen, target.pointer))
    for name in target.value.get("properties", {}):
        node = target.child("properties", name)
        if told := node.value.get("x-refers-to"):
            targets = told["targets"].items() if "targets" in told else ((None, told),)
            yield Reference((*path, name), node, {value: _target(each) for value, each in targets}, told.get("by"))
        yield from _references(document, node, (*path, name), (*seen, target.pointer))


def _target(told: Mapping[str, Any]) -> Target:
    return Target(told["resource"], told["required"], told.get("on-delete", KEEP))


def _modes(document: Document, schema: Node | None, seen: tuple[str, ...] = ()) -> dict[str, UpdateMode]:
    """Return how an update treats the fields of an object, as far as they are not simply set."""
    target = document.resolve(schema) if schema is not None else None
    if target is None or target.pointer in seen:
        return {}
    if target.has("items"):
        return _modes(document, target.child("items"), (*seen, target.pointer))
    modes = {}
    for name in target.value.get("properties", {}):
        node = target.child("properties", name)
        told = node.value.get("x-update")
        entries = tuple(told["entries"]) if isinstance(told, Mapping) else ()
        mode = UpdateMode(told == "whole", entries, _modes(document, node, (*seen, target.pointer)))
        if mode != UpdateMode():
            modes[name] = mode
    return modes


def _filters(operation: Operation) -> Iterator[Filter]:
    for parameter in operation.parameters_in("query"):
        if told := parameter.extensions.get("x-filter"):
            yield Filter(parameter, told["member"], told["match"])


def _sorting(operation: Operation) -> Sorting | None:
    roles = {each.extensions.get("x-sort"): each for each in operation.parameters_in("query")}
    by = roles.get("field") or roles.get("signed")
    return Sorting(by, roles.get("direction"), is_signed="signed" in roles) if by else None


def _paging(operation: Operation) -> Paging:
    by_name = {parameter.name: parameter for parameter in operation.parameters_in("query")}
    limit = next((each for each in by_name.values() if "x-page" in each.extensions), None)
    told = limit.extensions["x-page"] if limit else {}
    return Paging(limit, by_name.get("offset"), by_name.get("page"), told.get("maximum"), told.get("filtered"))
