"""What a probe works with: it sends, and writes down what the oracle observes of the exchanges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from contract_tests import samples
from contract_tests.blame import Blame
from contract_tests.client.hanging import Hanging
from contract_tests.client.target import SAFE, Target, is_lost
from contract_tests.configs import configs_in, made_config, well_formed
from contract_tests.errors import Blocked, NotApplicable, SuiteError
from contract_tests.exchange import Call, Exchange, Response, json_call, object_in, segment
from contract_tests.labels import REFUSED, UNANSWERED
from contract_tests.notebook import Notebook
from contract_tests.oracle.notes import Notes
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.rollover import Passage, judge_passage
from contract_tests.plan import Plan, ScopeTargets, Shared
from contract_tests.rules import NEVER_FAILS
from contract_tests.witness import Witness
from governance_contract import Contract, resources
from governance_contract.operations import Operation

LIST, CREATE, GET, UPDATE, DELETE = (
    "listModelConfigs",
    "createModelConfig",
    "getModelConfig",
    "updateModelConfig",
    "deleteModelConfig",
)


NO_BODY: Any = object()
PAGE = 100


class Exam(Notebook):
    """What a probe is given: the target, the contract, fresh names, and verbs that send."""

    def __init__(
        self, contract: Contract, target: Target, witness: Witness, scopes: ScopeTargets, plan: Plan, shared: Shared
    ) -> None:
        super().__init__(contract, target.base_url, shared.creates)
        self.target = target
        self.witness = witness
        witness.know_principals(frozenset(scopes.virtual_keys))
        self.scopes = scopes
        self.profile = plan.profile
        self.seed = plan.seed
        self.prefix = plan.prefix
        self.is_shared = plan.is_shared
        self.allow_wildcard = plan.allow_wildcard or target.is_loopback
        self.shared = shared
        self._blame = Blame(self, shared.causes, self._is_plain, self._is_accepted)

    def fresh_name(self, word: str = "Model") -> str:
        """Return a model name that nobody has used, in mixed case, with the prefix of this run."""
        return f"{self.prefix}-{self.target.run_id}-{word}-{next(self.shared.numbers)}"

    @property
    def provider(self) -> str:
        """A provider name of this run, which no traffic of others has."""
        return f"{self.prefix}-{self.target.run_id}-Provider"

    @property
    def own(self) -> dict[str, str]:
        """The query of a list that holds nothing but what this process created."""
        return {"search": f"{self.prefix}-{self.target.run_id}"}

    def filled(self, body: Any) -> Any:
        """Return `body` with a fresh name and the provider of this run in the place of the placeholders."""
        return samples.filled(body, {samples.NAME: self.fresh_name(), samples.PROVIDER: self.provider})

    def renamed(self, body: Any) -> Any:
        """Return `body` with a fresh name in the place of its own, where it has one of this run."""
        named = isinstance(body, dict) and str(body.get("model_name", "")).startswith(self.prefix)
        return {**body, "model_name": self.fresh_name()} if named else body

    def operation(self, operation_id: str) -> Operation:
        """Return an operation of the document by its id."""
        return self.contract.operations[operation_id]

    def call(
        self,
        operation_id: str,
        config_id: str | None = None,
        *,
        body: Any = NO_BODY,
        raw: bytes | None = None,
        query: Mapping[str, str] | None = None,
        authorization: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Call:
        """Return a call of an operation, `body` as JSON or `raw` as it is."""
        operation = self.operation(operation_id)
        path = operation.path
        for parameter in operation.parameters_in("path"):
            path = path.replace(f"{{{parameter.name}}}", segment(config_id or ""))
        if body is not NO_BODY:
            call = json_call(operation.method, path, body, query=query or {}, authorization=authorization)
            return call if not headers else Call(**{**vars(call), "headers": {**call.headers, **headers}})
        more = {"Content-Type": "application/json", **(headers or {})} if raw is not None else dict(headers or {})
        return Call(operation.method, path, query or {}, raw, more, authorization)

    def send(self, operation_id: str, config_id: str | None = None, **options: Any) -> Response:
        """Send a request for an operation, write down what the oracle observes, and return the answer."""
        call = self.call(operation_id, config_id, **options)
        exchange = self._answered(operation_id, call)
        self._take_in(operation_id, config_id, exchange)
        return exchange.response

    def _answered(self, operation_id: str, call: Call) -> Exchange:
        """Return the exchange of a call; one that fails while others are answered is a finding (REQ-09).

        Where nobody knows what became of a write, the state is read first. It is sent again only if it did nothing.

        Raises:
            SuiteError: nothing is answered, or the target is throttled or behind a failing proxy.
            Blocked: this call alone is not answered, or its response was lost although it acted.
        """
        try:
            exchange = self._sent_until_known(call)
        except Hanging as error:
            exchange = Exchange(call, Response.missing(str(error)))
        if not is_lost(exchange):
            return exchange
        self._require_alive(exchange)
        received = exchange.response.shown()
        self.fault(NEVER_FAILS, operation_id, UNANSWERED, "an answer below 500", received, steps=(exchange,))
        raise Blocked(f"{call.method} {call.path}: {received}")

    def _sent_until_known(self, call: Call) -> Exchange:
        """Return the exchange of a call; a write that may have acted is not sent again."""
        exchange = self.target.send(call)
        for _ in range(self.target.retries + 1):
            if not is_lost(exchange) or call.method in SAFE or self._has_acted(call):
                return exchange
            if exchange.response.status:
                self.target.wait_for(exchange)
            try:
                exchange = self.target.send(call, is_fresh=True)
            except Hanging:
                return exchange
        return exchange

    def _require_alive(self, exchange: Exchange) -> None:
        """Make sure that the target answers others than this exchange.

        Raises:
            SuiteError: it does not.
        """
        path = self.operation(LIST).path
        is_list = exchange.call.method == "GET" and exchange.call.path == path
        probing = self.call(GET, f"{self.prefix}-nobody") if is_list else Call("GET", path, {"limit": "1"})
        other = self.target.send(probing).response
        if is_lost(Exchange(exchange.call, other)):
            if exchange.response.status:
                self.target.wait_for(exchange, is_last=True)
            call, said = exchange.call, exchange.response.shown(120)
            raise SuiteError(f"{call.method} {call.path}: {said}; is {self.target.base_url} up and near?")

    def _has_acted(self, call: Call) -> bool:
        """Return whether a write whose response was lost shows in the state, or may: then it is not sent again.

        What it created is noted, so that it is deleted.
        """
        if call.method == "DELETE":
            return self.target.send(Call("GET", call.path)).response.status == 404
        sent = object_in(call)
        if sent is None or not self.witness.is_plainly_valid(call):
            return False
        if call.method != "POST":
            self.target.send(Call("GET", call.path))
            return self.witness.has_acted(call)
        filters = self.contract.action_of(self.operation(LIST)).filters
        query = {each.parameter.name: str(sent[each.field]) for each in filters if sent.get(each.field)}
        self.target.send(Call("GET", self.operation(LIST).path, {**query, "limit": str(PAGE)}))
        key = self.witness.made_by(call)
        if key is not None:
            self.target.journal.created(key)
        return key is not None

    def send_odd(self, operation_id: str, config_id: str | None = None, **options: Any) -> Response | None:
        """Send an odd request once; return None where there was no response, which is a finding of REQ-09."""
        exchange = self.target.send_once(self.call(operation_id, config_id, **options), is_fresh=True)
        if exchange.response.is_missing:
            received = exchange.response.breach
            self.fault(NEVER_FAILS, operation_id, UNANSWERED, "an answer below 500", received, steps=(exchange,))
            return None
        self._take_in(operation_id, config_id, exchange)
        return exchange.response

    def send_wrong(self, operation_id: str, config_id: str | None = None, **options: Any) -> Response | None:
        """Send a request that must be refused; return None where it is twice not answered, a finding of REQ-09.

        Raises:
            SuiteError: nothing else is answered either, or the target is throttled or behind a failing proxy.
        """
        call = self.call(operation_id, config_id, **options)
        exchange = self.target.send(call)
        if is_lost(exchange):
            exchange = self.target.send(call, is_fresh=True)
        if not exchange.response.is_missing:
            self._take_in(operation_id, config_id, exchange)
            return exchange.response
        self._require_alive(exchange)
        received = exchange.response.breach
        self.fault(NEVER_FAILS, operation_id, UNANSWERED, "an answer below 500", received, steps=(exchange,))
        return None

    def create(self, body: Any, *, authorization: str | None = None) -> dict[str, Any]:
        """Return the config that a valid body creates.

        Raises:
            Blocked: the target refused it; a probe that needs it cannot go on.
        """
        answer = self.send(CREATE, body=body, authorization=authorization)
        made = made_config(answer)
        if made is None:
            raise Blocked(f"a valid create was answered {answer.shown(200)}")
        return made

    def subject(self) -> dict[str, Any]:
        """Return a config with every documented member that probes share, to be changed but not to be relied upon.

        It lives until the end of the run, which saves a create and a delete for each probe that needs just any config.

        Raises:
            Blocked: it cannot be created.
        """
        if self.shared.state is None:
            self.shared.state = self._read_subject()
        self._trail = [exchange for exchange in (self.shared.created,) if exchange]
        return self.shared.state

    def _read_subject(self) -> dict[str, Any]:
        held = self.read(self.shared.config_id) if self.shared.config_id else None
        if held is None:
            with self.story():
                held = self.create(self.filled(samples.rich(self.contract, self.operation(CREATE))))
                self.shared.created = self._trail[0]
        return held

    @property
    def subject_id(self) -> str:
        """The id of the shared config, for those who need not know its state; a new story begins with its creation.

        Raises:
            Blocked: it cannot be created.
        """
        if self.shared.created is None:
            return str(self.subject()["id"])
        self._trail = self._trail or [self.shared.created]
        return str(self.shared.config_id)

    def leave(self, config: Mapping[str, Any]) -> None:
        """Leave a config that this probe created to others, which saves a delete and a create."""
        if create := self.shared.creates.by_id.get(config["id"]):
            self.shared.spare.append(create)

    def spare(self, **members: Any) -> dict[str, Any]:
        """Return a config with these members that another probe left, to be changed or deleted, else a new one.

        Raises:
            Blocked: it cannot be created.
        """
        for create in reversed(self.shared.spare):
            config = configs_in(create.response)[0]
            if all(config.get(name) == item for name, item in members.items()):
                self.shared.spare.remove(create)
                return config
        return self.create(self.filled({**samples.smallest(), **members}))

    def read(self, config_id: str) -> dict[str, Any] | None:
        """Return the config with this id as get answers it, None where it answers 404.

        Raises:
            Blocked: the answer is neither a config nor 404.
        """
        answer = self.send(GET, config_id)
        if answer.status == 404:
            return None
        found = configs_in(answer)
        if answer.status != 200 or not found:
            raise Blocked(f"get was answered {answer.shown(200)}")
        return {**found[0], "id": config_id}

    def unknown_key(self, key: str) -> str:
        """Return a key that the suite made up, so that nobody has it."""
        self.witness.know_absent(self.call(GET, key))
        return self.target.stranger(key)

    def unknown_target(self, scope: str, key: str) -> str:
        """Return the key of a target of a scope that the suite made up, so that there is none."""
        for told in self.contract.action_of(self.operation(CREATE)).request.values():
            targets = (told.refers_to or {}).get("targets", {})
            if scope in targets:
                self.witness.know_no_target(targets[scope]["resource"], key)
        return key

    def remove(self, config_id: str) -> None:
        """Delete a config of this run, whatever the answer."""
        if self.target.journal.owns(config_id):
            self.send(DELETE, config_id)

    def remove_created(self, answer: Response) -> None:
        """Delete what a create answered, where it was accepted."""
        for config in configs_in(answer):
            self.remove(str(config.get("id")))

    def page(self, **query: str) -> dict[str, Any]:
        """Return the body of one page of the list; an array alone, which is a finding, counts as its configs.

        Raises:
            Blocked: the list was not answered as documented.
        """
        answer = self.send(LIST, query=query)
        value = {"model_configs": answer.json} if isinstance(answer.json, list) else answer.json
        if answer.status != 200 or not isinstance(value, dict):
            raise Blocked(f"list was answered {answer.shown(200)}")
        return value

    def all_configs(self, **query: str) -> list[dict[str, Any]]:
        """Return all configs of the list, page by page; a full page may be followed by more than the total says.

        Raises:
            Blocked: the list was not answered as documented.
        """
        found: dict[str, dict[str, Any]] = {}
        while True:
            value = self.page(limit=str(PAGE), offset=str(len(found)), **query)
            entries, total = value.get("model_configs"), value.get("total_count")
            listed = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
            fresh = {str(each.get("id")): each for each in map(well_formed, listed)}
            is_stuck = fresh.keys() <= found.keys()
            found |= fresh
            is_last = isinstance(total, int) and len(found) >= total and len(listed) < PAGE
            if is_stuck or is_last or not isinstance(total, int):
                self.shared.listed |= found.keys()
                return list(found.values())

    def need_scope(self, scope: str) -> str:
        """Return a target of this scope that exists.

        Raises:
            NotApplicable: none is known.
        """
        found = self.scopes.by_scope().get(scope)
        if found is None:
            option = f"--{scope.replace('_', '-')}-id"
            raise NotApplicable(f"no {scope} was found on the target; pass {option}")
        return found

    def _take_in(self, operation_id: str, config_id: str | None, exchange: Exchange) -> None:
        self.write(exchange)
        if config_id == self.shared.config_id and exchange.response.status < 400:
            found = configs_in(exchange.response) if operation_id == GET else []
            self.shared.state = {**found[0], "id": config_id} if found else None
        self.testify()

    def testify(self, *, is_last: bool = False) -> None:
        """Write down what the oracle observed since this was done last; what it doubts is read first."""
        for call in self.witness.doubtful():
            self.target.send(call)
        self._write_down(self.witness.take(is_last=is_last))

    def judge_passage(self, operation_id: str, passage: Passage) -> None:
        """Write down what the last answer, which was to an operation, shows of time that the target let pass."""
        notes = Notes(self.contract, operation_id, self.trail[-1])
        judge_passage(notes, self.contract.resource_of(self.operation(operation_id)), passage)
        self._write_down(replace(each, evidence=self.trail) for each in notes.observations)

    def _write_down(self, observations: Iterable[Observation]) -> None:
        known = {(finding.rule, finding.operation) for finding in self.record.findings.values()}
        for each in observations:
            if each.key:
                self._give_up(each.key)
            if each.holds:
                self.record.exercise(each.operation, each.rule)
            elif each.kind == REFUSED:
                self._blame(each)
            elif (each.rule, each.operation) not in known:
                told = (each.kind, each.explained, each.received)
                self.fault(
                    each.rule, each.operation, *told, pointer=each.pointer, steps=each.evidence, level=each.level
                )

    def _is_plain(self, operation: Operation, config_id: str, body: Any) -> bool:
        """Return whether nothing may refuse a body, whatever the state is."""
        return self.witness.is_plainly_valid(self.call(operation.id, config_id, body=body))

    def _is_accepted(self, operation: Operation, config_id: str, body: Any) -> bool:
        """Return whether a body is accepted; what it creates is deleted."""
        answer = self.send(operation.id, config_id, body=self.renamed(body))
        if operation.verb == resources.CREATE:
            self.remove_created(answer)
        return not 400 <= answer.status < 500

    def _give_up(self, key: str) -> None:
        """Let no probe rely any more on a config that is not as it was."""
        self.shared.spoilt.add(key)
        if key == self.shared.config_id:
            self.shared.created = self.shared.state = None
