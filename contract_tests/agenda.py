"""What a run carries out: the probes that profile, layers and rules select, in their order."""

from __future__ import annotations

from contract_tests.casefile import given_files
from contract_tests.errors import SuiteError, UsageError
from contract_tests.layers import PROBES
from contract_tests.layers.cases import probe_of
from contract_tests.options import RunOptions
from contract_tests.probe import LAYERS, OF_EVERY_ANSWER, Probe, is_selected, order_of
from governance_contract import load_contract


def agenda_of(options: RunOptions) -> tuple[Probe, ...]:
    """Return the probes of a run: a selected rule is exercised by all that exercise it in a run of everything.

    A rule that holds for every answer selects every probe.

    Raises:
        UsageError: a file of `--cases` cannot be used.
    """
    within = [probe for probe in _all(options) if _is_within(probe, options)]
    chosen = [probe for probe in within if _exercises(probe, options.patterns)]
    following = {name for probe in chosen for name in probe.followed_by}
    return tuple(probe for probe in within if probe in chosen or probe.id in following)


def require_agenda(options: RunOptions) -> tuple[Probe, ...]:
    """Return the probes of a run.

    Raises:
        UsageError: a pattern of `--rules` selects no rule, or a file of `--cases` cannot be used.
        SuiteError: there is no probe; the message says what else has some.
    """
    require_rules(options.patterns)
    if options.cases and options.profile == "smoke":
        raise UsageError("--cases needs the profile gate or thorough; smoke is one short story of its own")
    agenda = agenda_of(options)
    if agenda:
        return agenda
    matching = [
        probe for probe in _all(options) if _is_of_layers(probe, options) and _exercises(probe, options.patterns)
    ]
    hint = f"pass --profile {matching[0].profile}" if matching else "no profile has any"
    wanted = " of the layers ".join(filter(None, (options.rules or "any rule", options.layers)))
    raise SuiteError(f"no probe of the profile {options.profile} exercises {wanted}; {hint}")


def sizes(agenda: tuple[Probe, ...]) -> dict[str, int]:
    """Return how many probes each layer has, in the order of the layers."""
    counts = {layer: sum(probe.layer == layer for probe in agenda) for layer in LAYERS}
    return {layer: count for layer, count in counts.items() if count}


def require_rules(patterns: tuple[str, ...]) -> None:
    """Make sure that each pattern selects a rule.

    Raises:
        UsageError: one selects none.
    """
    if not patterns:
        return  # reading the document takes a third of the start of a run
    ids = [rule.id for rule in load_contract().rules]
    for pattern in patterns:
        if not any(is_selected(rule, (pattern,)) for rule in ids):
            families = ", ".join(dict.fromkeys(f"{rule.partition('-')[0]}-*" for rule in ids))
            raise UsageError(f"{pattern!r} selects no rule; `contract-tests rules` lists them: {families}")


def _all(options: RunOptions) -> list[Probe]:
    given = given_files(options)
    own = [probe_of(str(path), content) for path, content in given.items()]
    return sorted([*PROBES, *own], key=order_of)


def _is_within(probe: Probe, options: RunOptions) -> bool:
    is_left_out = options.gentle and probe.is_crash_prone
    return probe.in_profile(options.profile) and _is_of_layers(probe, options) and not is_left_out


def _is_of_layers(probe: Probe, options: RunOptions) -> bool:
    return not options.layer_names or probe.layer in options.layer_names


def _exercises(probe: Probe, patterns: tuple[str, ...]) -> bool:
    return probe.matches(patterns) or any(is_selected(rule, patterns) for rule in OF_EVERY_ANSWER)
