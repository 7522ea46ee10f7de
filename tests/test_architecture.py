"""The rules of docs/architecture.md and CONTRIBUTING.md that can be read off the source."""

import ast
import re
import sys
from collections.abc import Callable, Iterator

from source_tree import SOURCE, Module, modules

FOUNDATION = {"errors", "model"}
ACCOUNTS = {"network", "options", "credentials", "notebook"}
FILES = {"disk", "file_versions", "safe_names"}
INTERFACES = {"calendars.base", "mailboxes.base"}
CORE = FOUNDATION | INTERFACES | {"ical", "message", "sync", "ledger"}
# What each part may import besides itself. A part that is not named here fails the test: its place has to be decided.
MAY_IMPORT: dict[str, set[str]] = {
    "": set(),
    "errors": set(),
    "model": set(),
    "disk": FOUNDATION,
    "safe_names": FOUNDATION,
    "file_versions": FOUNDATION | {"disk"},
    "ical": FOUNDATION,
    "message": FOUNDATION | {"ical"},
    "sync": FOUNDATION | {"ical", "message"},
    "ledger": FOUNDATION | {"disk"},
    "network": FOUNDATION,
    "options": FOUNDATION,
    "notebook": set(),
    "credentials": FOUNDATION | {"keys", "network", "options"},
    "internet": FOUNDATION | FILES | ACCOUNTS | {"mailboxes.base"},
    "webdav": FOUNDATION | FILES | ACCOUNTS | {"ical"},
    "microsoft": FOUNDATION | FILES | ACCOUNTS | {"ical"},
    "calendars": FOUNDATION | FILES | ACCOUNTS | {"ical", "webdav", "microsoft"},
    "mailboxes": FOUNDATION | FILES | ACCOUNTS | {"internet", "microsoft"},
    "engine": CORE,
    "config": FOUNDATION | {"network"},
    "keys": FOUNDATION | FILES,
    "logs": set(),
    "home": FOUNDATION | FILES,
    "assembly": CORE | FILES | ACCOUNTS | {"engine", "config", "home", "keys", "calendars", "mailboxes"},
    "demo": CORE | {"engine", "config", "home", "keys", "assembly"},
    "daemon": CORE | ACCOUNTS | {"engine", "config", "home", "keys", "assembly", "logs"},
    "setup": CORE | ACCOUNTS | {"internet", "webdav", "microsoft", "config", "home", "keys", "assembly"},
    "doctor": CORE | ACCOUNTS | {"engine", "config", "home", "keys", "assembly"},
    "cli": CORE
    | ACCOUNTS
    | {"engine", "config", "home", "keys", "assembly", "demo", "daemon", "setup", "doctor", "logs", "microsoft"},
    "__main__": {"cli"},
}
# Which libraries from outside each part may use.
LIBRARIES = {
    "ical": {"tzdata", "tzlocal"},
    "message": {"cryptography"},
    "credentials": {"keyring"},
    "setup": {"dns"},
    "daemon": {"watchfiles"},
    "keys": {"keyring"},
    "microsoft": {"pythoncom", "tzlocal", "win32com"},
}
PURE = {"model", "ical", "message", "sync"}
WORLD = {"pathlib", "shutil", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "urllib.request"}
# Asked for by a call in `os`, `time`, `datetime`, `date`, `secrets`, `uuid` or `random`: arguments in OSync.
CLOCK_AND_CHANCE = {
    ("date", "today"),
    ("datetime", "now"),
    ("datetime", "today"),
    ("os", "urandom"),
    ("secrets", "token_bytes"),
    ("time", "time"),
    ("uuid", "uuid4"),
}
KNOWS_THE_WORLD = {"assembly", "cli", "demo"}
FILLED_WHILE_WORKING = {"Report"}
SAYS_NOTHING = {"common", "data", "helper", "helpers", "manager", "misc", "util", "utils"}
PLAIN_BASES = {"Protocol", "Exception", "Enum", "StrEnum", "IntEnum"}
# argparse offers no other way to say what was wrong in our own words.
# imaplib takes a connection of one's own only from a subclass.
LIBRARY_BASES = {"cli": {"ArgumentParser"}, "internet": {"IMAP4"}, "network": {"RawIOBase"}}

Broken = Iterator[tuple[int, str]]


def broken_rules(check: Callable[[Module], Broken]) -> list[str]:
    return [f"{module.path.relative_to(SOURCE)}:{line} {what}" for module in modules() for line, what in check(module)]


def permitted(module: Module, target: str) -> bool:
    wanted = target.removeprefix("osync").removeprefix(".")
    allowed = MAY_IMPORT[module.package] | {module.package}
    return wanted == "" or any(wanted == name or wanted.startswith(name + ".") for name in allowed if name)


def test_every_part_has_its_place_in_the_architecture() -> None:
    assert {module.package for module in modules()} - set(MAY_IMPORT) == set()


def test_the_page_about_the_architecture_names_every_part() -> None:
    page = (SOURCE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    parts = {module.package for module in modules()} - {"", "__main__"}
    assert {part for part in parts if f"{part}.py" not in page and f"{part}/" not in page} == set()


def test_imports_point_one_way() -> None:
    def check(module: Module) -> Broken:
        return (
            (found.line, f"imports {found.module}")
            for found in module.own_imports()
            if not permitted(module, found.module)
        )

    assert broken_rules(check) == []


def test_only_the_assembly_names_the_kinds_and_a_kind_knows_no_other() -> None:
    def check(module: Module) -> Broken:
        for found in module.own_imports():
            parts = found.module.split(".")[1:]
            is_kind = len(parts) > 1 and parts[0] in ("calendars", "mailboxes") and parts[1] != "base"
            if is_kind and module.package != "assembly" and found.module != module.name:
                yield found.line, f"imports {found.module}"

    assert broken_rules(check) == []


def test_the_assembly_loads_each_kind_only_when_it_is_used() -> None:
    def check(module: Module) -> Broken:
        for found in module.own_imports():
            is_kind = ".calendars." in found.module or ".mailboxes." in found.module
            if is_kind and module.package == "assembly" and not found.late and not found.module.endswith(".base"):
                yield found.line, f"imports {found.module} at once"

    assert broken_rules(check) == []


def test_libraries_from_outside_stay_in_their_part() -> None:
    def check(module: Module) -> Broken:
        known = set(sys.stdlib_module_names) | {"osync"} | LIBRARIES.get(module.package, set())
        return (
            (found.line, f"imports {found.module}")
            for found in module.imports()
            if found.module.split(".")[0] not in known
        )

    assert broken_rules(check) == []


def test_costly_libraries_are_loaded_late_except_in_modules_that_are_loaded_late_themselves() -> None:
    costly = {"keyring", "tzlocal"}

    def check(module: Module) -> Broken:
        return (
            (found.line, f"imports {found.module} at once")
            for found in module.imports()
            if found.module.split(".")[0] in costly and not found.late
        )

    assert broken_rules(check) == []


def test_what_decides_touches_no_file_no_network_and_no_database() -> None:
    def check(module: Module) -> Broken:
        return (
            (found.line, f"imports {found.module}")
            for found in module.imports()
            if module.package in PURE and (found.module in WORLD or found.module.split(".")[0] in WORLD)
        )

    assert broken_rules(check) == []


def test_sql_is_spoken_in_the_ledger_only() -> None:
    def check(module: Module) -> Broken:
        return (
            (found.line, f"imports {found.module}")
            for found in module.imports()
            if found.module == "sqlite3" and module.package != "ledger"
        )

    assert broken_rules(check) == []


def test_clock_and_chance_are_arguments() -> None:
    def check(module: Module) -> Broken:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
                continue
            if (node.value.id, node.attr) in CLOCK_AND_CHANCE and module.package not in KNOWS_THE_WORLD:
                yield node.lineno, f"asks {node.value.id}.{node.attr}"

    assert broken_rules(check) == []


def test_no_module_is_longer_than_400_lines() -> None:
    def check(module: Module) -> Broken:
        length = module.text.count("\n")
        return iter([(length, "lines")] if length > 400 else [])

    assert broken_rules(check) == []


def test_no_function_is_longer_than_40_lines() -> None:
    def check(module: Module) -> Broken:
        for function in module.functions():
            length = (function.end_lineno or 0) - function.lineno + 1
            if length > 40:
                yield function.lineno, f"{function.name} has {length} lines"

    assert broken_rules(check) == []


def test_names_say_what_a_thing_is_for() -> None:
    def check(module: Module) -> Broken:
        if module.name.split(".")[-1] in SAYS_NOTHING:
            yield 1, "says nothing"
        for function in module.functions():
            if function.name.startswith(("handle_", "process_")) and not function.name.startswith("handle_of"):
                yield function.lineno, f"{function.name} says nothing"
        for defined in module.classes():
            if defined.name.endswith(("Manager", "Helper", "Utils", "Base", "Mixin", "Abstract")):
                yield defined.lineno, f"{defined.name} says nothing"

    assert broken_rules(check) == []


def test_the_words_are_those_of_the_word_list() -> None:
    refused = re.compile(r"(?:^|_)(?:item|items|entry|entries|storage|storages|remote|remotes)(?:$|_)")

    def check(module: Module) -> Broken:
        definitions = [(node.lineno, node.name) for node in module.functions()]
        definitions += [(node.lineno, node.name) for node in module.classes()]
        for line, name in definitions:
            if refused.search(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()):
                yield line, name

    assert broken_rules(check) == []


def test_values_are_frozen_and_slotted() -> None:
    def check(module: Module) -> Broken:
        for defined in module.classes():
            for decorator in defined.decorator_list:
                written = ast.unparse(decorator)
                frozen = "frozen=True" in written or defined.name in FILLED_WHILE_WORKING
                if written.startswith("dataclass") and not (frozen and "slots=True" in written):
                    yield defined.lineno, f"{defined.name} is a {written}"

    assert broken_rules(check) == []


def test_nothing_is_inherited_but_interfaces_enumerations_and_errors() -> None:
    def check(module: Module) -> Broken:
        for defined in module.classes():
            for base in (ast.unparse(base).split(".")[-1] for base in defined.bases):
                allowed = PLAIN_BASES | LIBRARY_BASES.get(module.package, set())
                if base not in allowed and not (module.package == "errors" and base.endswith("Error")):
                    yield defined.lineno, f"{defined.name} inherits from {base}"

    assert broken_rules(check) == []


def test_errors_are_defined_in_one_module() -> None:
    def check(module: Module) -> Broken:
        for defined in module.classes():
            if defined.name.endswith(("Error", "Exception")) and module.package != "errors":
                yield defined.lineno, defined.name

    assert broken_rules(check) == []


def test_no_function_takes_arguments_without_names() -> None:
    def check(module: Module) -> Broken:
        return ((function.lineno, function.name) for function in module.functions() if function.args.kwarg is not None)

    assert broken_rules(check) == []


def test_no_line_is_exempt_from_a_check_without_a_reason() -> None:
    exemption = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma)(?:: *[A-Z0-9, ]+|\[[^]]*\])?(.*)")

    def check(module: Module) -> Broken:
        for number, line in enumerate(module.text.splitlines(), 1):
            if (found := exemption.search(line)) and len(found[1].split()) < 3:
                yield number, line.strip()

    assert broken_rules(check) == []
