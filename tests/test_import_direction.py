"""The packages import each other in one direction, without cycles, at the top of their modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import governance_contract

ROOT = Path(governance_contract.__file__).resolve().parent.parent
PACKAGES = ("contract_tests", "governance_contract", "mockserver")
FORBIDDEN = {
    "governance_contract": {"contract_tests", "mockserver"},
    "mockserver": {"contract_tests"},
    "contract_tests": {"mockserver"},
}


@dataclass(frozen=True)
class Import:
    """An import statement: what it names, its line, and whether it stands inside a function."""

    names: tuple[str, ...]
    line: int
    in_function: bool


def modules_below(root: Path, package: str) -> dict[str, Path]:
    """Return the modules of a package by their dotted names."""
    return {_dotted(path.relative_to(root)): path for path in sorted((root / package).rglob("*.py"))}


def imports_of(source: str) -> Iterator[Import]:
    """Yield every import statement of a module."""
    tree = ast.parse(source)
    inner = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield Import(tuple(alias.name for alias in node.names), node.lineno, id(node) in inner)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield Import((base, *(f"{base}.{alias.name}" for alias in node.names)), node.lineno, id(node) in inner)


def packages_imported_by(source: str) -> set[str]:
    """Return the top-level packages that a module imports."""
    return {name.split(".")[0] for each in imports_of(source) for name in each.names}


def imports_without_a_reason(source: str) -> list[int]:
    """Return the lines of imports in functions that have no comment on their line or the one before."""
    lines = ["", *source.splitlines()]
    return [
        each.line
        for each in imports_of(source)
        if each.in_function and not any("#" in line for line in lines[each.line - 1 : each.line + 1])
    ]


def first_cycle(sources: Mapping[str, str]) -> list[str]:
    """Return the modules of an import cycle, or none."""
    sorter = TopologicalSorter({name: _imported(name, source, sources) for name, source in sources.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle
    return []


def _imported(name: str, source: str, modules: Mapping[str, str]) -> set[str]:
    """Return those of `modules` that a module imports: of `from p import x` it is `p.x` if that is one."""
    found = set()
    for each in imports_of(source):
        base, *members = each.names
        if base in modules and (not members or any(member not in modules for member in members)):
            found.add(base)
        found |= {member for member in members if member in modules}
    return found - {name}


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_stands_below_it(package: str) -> None:
    wrong = {
        name: imported & FORBIDDEN[package]
        for name, path in modules_below(ROOT, package).items()
        if (imported := packages_imported_by(path.read_text(encoding="utf-8"))) & FORBIDDEN[package]
    }
    assert wrong == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_no_import_cycle(package: str) -> None:
    sources = {name: path.read_text(encoding="utf-8") for name, path in modules_below(ROOT, package).items()}
    assert sources
    assert first_cycle(sources) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_an_import_inside_a_function_gives_its_reason(package: str) -> None:
    silent = {
        name: lines
        for name, path in modules_below(ROOT, package).items()
        if (lines := imports_without_a_reason(path.read_text(encoding="utf-8")))
    }
    assert silent == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_are_absolute(package: str) -> None:
    relative = [
        name
        for name, path in modules_below(ROOT, package).items()
        if any(each.names[0].startswith(".") for each in imports_of(path.read_text(encoding="utf-8")))
    ]
    assert relative == []


@pytest.mark.parametrize(
    ("source", "packages"),
    [
        ("import mockserver", {"mockserver"}),
        ("import os.path, mockserver.app as m", {"os", "mockserver"}),
        ("from mockserver.app import create_app", {"mockserver"}),
        ("def f():\n    from mockserver import app", {"mockserver"}),
        ("if TYPE_CHECKING:\n    import mockserver", {"mockserver"}),
        ("'import mockserver'  # import mockserver", set()),
    ],
)
def test_an_import_is_seen_wherever_it_stands(source: str, packages: set[str]) -> None:
    assert packages_imported_by(source) == packages


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import a\n", []),
        ("def f():\n    import a\n", [2]),
        ("def f():\n    import a  # heavy, and only for reports\n", []),
        ("def f():\n    # heavy, and only for reports\n    import a\n", []),
        ("class C:\n    import a\n    async def f(self):\n        import b\n", [4]),
    ],
)
def test_a_reason_stands_on_the_line_of_an_import_or_the_one_before(source: str, lines: list[int]) -> None:
    assert imports_without_a_reason(source) == lines


@pytest.mark.parametrize(
    ("sources", "has_cycle"),
    [
        ({"p": "from p import a", "p.a": "from p import b", "p.b": ""}, False),
        ({"p": "", "p.a": "from p.b import x", "p.b": "from p import a"}, True),
        ({"p": "", "p.a": "import p.b", "p.b": "def f():\n    import p.a"}, True),
        ({"p": "from p.a import x", "p.a": "from p import something"}, True),
    ],
)
def test_a_cycle_is_found(sources: dict[str, str], *, has_cycle: bool) -> None:
    assert bool(first_cycle(sources)) is has_cycle
