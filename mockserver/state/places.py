"""Where resources lie: the names of collections, those within other resources included.

A collection within a resource is named by the way to it, as in a path: `virtual_keys/vk-1/provider_configs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

from governance_contract.resources import Resource
from mockserver.state.records import Key
from mockserver.state.store import State


class NothingThere(Exception):
    """A resource on the way to a collection that does not exist: its kind, and the text that is no key of it."""

    def __init__(self, resource: str, text: str) -> None:
        self.resource = resource
        self.text = text
        super().__init__(f"there is no {resource} {text}")


class Places:
    """The collections of all resources of a document."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self._resources = resources

    def collection(self, state: State, resource: Resource, parameters: Mapping[str, str]) -> str:
        """Return the name of the collection of a resource that a path with these parameters leads to.

        Raises:
            NothingThere: a resource on the way does not exist.
        """
        way = ""
        for parent in resource.parents:
            text, holder = parameters[parent.parameter], self._resources.get(parent.resource)
            if holder is None:  # no operation is about it, hence every one exists
                way += f"{quote(text, safe='')}/"
                continue
            name, key = way + holder.collection, holder.key_of(text)
            if key is None or key not in state[name]:
                raise NothingThere(holder.name, text)
            way = within(name, key)
        return way + resource.collection

    def all(self, state: State) -> Iterator[tuple[str, Resource]]:
        """Yield the name of each collection with its resource; within other resources those that are used."""
        for resource in self._resources.values():
            if not resource.parents:
                yield resource.collection, resource
        for name in sorted(name for name in state.collections if "/" in name):
            if (found := self.resource_in(name)) is not None:
                yield name, found

    def resource_in(self, name: str) -> Resource | None:
        """Return the resource of which a collection with this name is, None where it can be of none."""
        return next((each for each in self._resources.values() if self._is_of(each, name)), None)

    def parents_in(self, name: str) -> dict[str, Key]:
        """Return the path parameters that lead to the collection with this name, with their keys."""
        resource = self.resource_in(name)
        if resource is None or not resource.parents:
            return {}
        found: dict[str, Key] = {}
        parts = iter(name.split("/"))
        for parent in resource.parents:
            holder = self._resources.get(parent.resource)
            if holder is not None:
                next(parts)
            text = unquote(next(parts))
            key = holder.key_of(text) if holder is not None else text
            found[parent.parameter] = text if key is None else key
        return found

    def _is_of(self, resource: Resource, name: str) -> bool:
        """Return whether a name has the form of those of a resource's collections."""
        wanted: list[str | None] = []
        for parent in resource.parents:
            holder = self._resources.get(parent.resource)
            wanted += [holder.collection, None] if holder is not None else [None]
        wanted.append(resource.collection)
        parts = name.split("/")
        return len(parts) == len(wanted) and all(each in (None, part) for each, part in zip(wanted, parts, strict=True))


def within(collection: str, key: Any) -> str:
    """Return how the names of all collections begin that lie within a resource."""
    return f"{collection}/{quote(str(key), safe='')}/"


def without_contents(state: State, collection: str, key: Any) -> State:
    """Return `state` without the collections that lie within a resource."""
    way = within(collection, key)
    for name in [name for name in state.collections if name.startswith(way)]:
        state = state.without_collection(name)
    return state
