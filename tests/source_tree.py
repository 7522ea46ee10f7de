"""The project's own source as a test sees it: modules, what they import, and what they define."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src"


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module. `late` means inside a function: paid for only when the function is called."""

    module: str
    line: int
    late: bool


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the package, with its dotted name."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The part of OSync it belongs to: `ical`, `engine`, `errors` …"""
        return [*self.name.split("."), ""][1]

    def imports(self) -> Iterator[Import]:
        yield from _imports(self.tree, late=False)

    def own_imports(self) -> Iterator[Import]:
        """Only modules of OSync; `from osync import disk` counts as `osync.disk`."""
        return (found for found in self.imports() if found.module.split(".")[0] == "osync")

    def functions(self) -> Iterator[ast.FunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef))

    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))


@cache
def modules() -> tuple[Module, ...]:
    return tuple(_module(path) for path in sorted(SOURCE.rglob("*.py")))


def _module(path: Path) -> Module:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    text = path.read_text(encoding="utf-8")
    return Module(name, path, text, ast.parse(text))


def _imports(node: ast.AST, *, late: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, late) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (Import(target, child.lineno, late) for target in _targets(child))
        elif not _is_for_types_only(child):
            inside = late or isinstance(child, ast.FunctionDef | ast.Lambda)
            yield from _imports(child, late=inside)


def _targets(node: ast.ImportFrom) -> list[str]:
    """Name the module that is loaded; a name taken out of a package may be a module of its own."""
    package = "." * node.level + (node.module or "")
    return [f"{package}.{alias.name}" if _is_module(package, alias.name) else package for alias in node.names]


def _is_module(package: str, name: str) -> bool:
    folder = SOURCE.joinpath(*package.split("."), name)
    return folder.with_suffix(".py").exists() or (folder / "__init__.py").exists()


def _is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
