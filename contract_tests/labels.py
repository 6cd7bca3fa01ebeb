"""The sentence by which people know a kind of defect: the same in every run, whatever the example."""

from __future__ import annotations

from collections.abc import Mapping

REFUSED = "refused"
"""The kind of a valid request that is refused; what follows it says for what."""

UNANSWERED = "no-response"
"""The kind of a request without a response; what follows it says what was sent."""

ENDED = "ended"

_SENTENCES = {
    "body": "the body of a response cannot be read",
    "clock": "{place} is far from the time of the response",
    "conflict": "an identity that nobody has is said to be taken",
    "conflict-deleted": "the identity of a deleted resource is still taken",
    "conflict-tried": "the identity that a refused request asked for is taken",
    ENDED: "the target ended",
    "content-type": "the content type of a response is not the documented one",
    "count": "a page has another number of entries than its place in the list leaves",
    "default": "{place} was not sent and does not have its default",
    "default-entries": "{place} was not sent and has other entries than by default",
    "echo": "{place} does not come back as it was sent",
    "echo-entries": "{place} comes back with other entries than were sent",
    "error-body": "the body of a refusal is not the documented error body",
    "form": "{place} does not match the schema of the response",
    "future": "{place} is in the future",
    "id-taken": "{place} of something new is not an id of its own",
    "instant": "{place} is no instant with a zone",
    "lacks": "a filtered list ({place}) lacks a resource that matches",
    "limit-0": "a page of no entries has some",
    "method": "an unsupported method is not refused as documented",
    "mirror": "{place} is not what it repeats",
    "missing": "a resource that should be there is not found",
    "moved": "pages with the same filters overlap, though nothing was written in between",
    "no-order": "no order of simultaneous requests explains their responses and what is read afterwards",
    UNANSWERED: "a request is not answered, while others are",
    "order": "a resource that was created later stands before an earlier one",
    "other-key": "a response shows another resource than was asked for",
    "passes": "a filter ({place}) lets pass what does not match",
    "path": "an unknown path is not refused as documented",
    "place": "a page holds a resource whose place in the order is on another page",
    "read": "{place} is not as it was",
    "read-entries": "{place} has other entries than it had",
    REFUSED: "a valid request is refused",
    f"{REFUSED}-field": "a valid request is refused for {place}",
    "risen": "a resource is shown that was deleted before",
    "sequence": "{place} is before the instant of the creation",
    "size": "a page is larger than asked for",
    "stamp": "{place} does not move forward",
    "stranger": "a resource is there that no request made",
    "total": "{place} is not the number of resources that match",
    "twice": "a resource stands in the list more than once",
    "usage": "{place} is not what its window leaves",
    "window": "{place} is not when its window began",
    "unsent": "{place} was not sent and did not stay as it was",
    "unsent-entries": "{place} was not sent and did not keep its entries",
}

_FAMILIES = {
    "accepted": "a request is accepted that breaks {rest} at {place}",
    "found": "a key is found that must not be ({rest})",
    UNANSWERED: "a request is not answered ({rest})",
    "let-in": "a request is let in, or refused otherwise ({rest})",
    f"{REFUSED}-with": "a valid request is refused for {place} together with {rest}",
    "status": "a request{told} is answered {status}",
}


def kinds() -> Mapping[str, str]:
    """Return the sentence for each kind; that of a family has `...` behind its name."""
    return {**_SENTENCES, **{f"{name}-...": text for name, text in _FAMILIES.items()}}


def label_of(kind: str, pointer: str) -> str:
    """Return the sentence for a kind of defect at a place of a request or response.

    Raises:
        LookupError: there is no such kind.
    """
    place = pointer or "the body"
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(place=place)
    family = next((each for each in _FAMILIES if kind.startswith(f"{each}-")), None)
    if family is None:
        raise LookupError(f"no sentence for defects of the kind {kind}")
    rest = kind.removeprefix(f"{family}-")
    status, _, keyword = rest.partition("-")
    told = f" that breaks {keyword} at {place}" if keyword else ""
    words = rest if rest.startswith("x-") else rest.replace("-", " ")
    return _FAMILIES[family].format(place=place, rest=words, status=status, told=told)
