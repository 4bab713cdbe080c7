"""The house: who may import whom, and what has to stay written down."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import registry

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["fieldsvc", "web", "tickets", "parts", "notifications", "accounts", "sync"]
"""From the roof to the cellar: a floor may import from floors below it."""
CELLAR = {"fieldsvc.errors", "fieldsvc.tables", "fieldsvc.time"}
"""What everyone may import."""
FREE_OF_DJANGO = ["fieldsvc/postgres"]


def modules(floor: str) -> Iterator[Path]:
    return (path for path in (ROOT / floor).rglob("*.py") if "migrations" not in path.parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "fieldsvc":
                yield from (f"fieldsvc.{name.name}" for name in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("floor", FLOORS[1:])
def test_no_arrow_points_up(floor: str):
    above = FLOORS[: FLOORS.index(floor)]
    arrows = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(floor)
        for name in imports(path)
        if name.split(".")[0] in above and name not in CELLAR
    ]
    assert not arrows


def test_the_embedded_database_knows_no_django():
    for folder in FREE_OF_DJANGO:
        assert not [path for path in modules(folder) for name in imports(path) if name.split(".")[0] == "django"]


def test_nobody_reads_the_clock_past_the_one_clock():
    """Time is injected: a rule that reads the system's clock cannot be tested."""
    readers = [
        str(path.relative_to(ROOT))
        for floor in FLOORS
        for path in modules(floor)
        if path != ROOT / "fieldsvc/time.py"
        and re.search(r"timezone\.now\(|datetime\.now\(|utcnow\(", path.read_text())
    ]
    assert readers == []


REFUSALS = {
    "DomainError",
    "Conflict",
    "Forbidden",
    "Unauthenticated",
    "TooMany",
    "Gone",
    "Invalid",
    "TooLarge",
    "Unsupported",
    "NotFound",
    "Unprocessable",
    "UnknownVersion",
    "ChecksumWrong",
}
ANSWERS = re.compile(r"^\| `(?P<code>[a-z_]+)` \|", re.MULTILINE)


def codes_in_code() -> dict[str, str]:
    """Every code that is raised or answered, with a place where it is."""
    codes: dict[str, str] = {}
    for floor in FLOORS:
        for path in modules(floor):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and node.args and _name(node.func) in {*REFUSALS, "_page", "problem"}:
                    for argument in node.args[:2]:
                        if isinstance(argument, ast.Constant) and re.fullmatch(r"[a-z_]+", str(argument.value)):
                            codes[str(argument.value)] = f"{path.relative_to(ROOT)}:{node.lineno}"
                if isinstance(node, ast.Dict):
                    for key, value in zip(node.keys, node.values, strict=True):
                        named = isinstance(key, ast.Constant) and key.value == "code"
                        if named and isinstance(value, ast.Constant) and re.fullmatch(r"[a-z_]+", str(value.value)):
                            codes[str(value.value)] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return codes


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_every_code_of_a_refusal_is_documented_and_no_other():
    documented = set(ANSWERS.findall((ROOT / "docs/errors.md").read_text()))
    raised = codes_in_code()
    assert {code: place for code, place in raised.items() if code not in documented} == {}
    assert documented - set(raised) == set()


def test_everything_that_phones_may_do_is_documented():
    """The kinds of operations, in the table of the page about sync."""
    documented = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", (ROOT / "docs/sync.md").read_text()))
    assert set(registry.operations()) <= documented


def test_links_between_the_documents_hold():
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


LOCK_WITH_JOINS = {"sync/rows.py", "sync/operations/access.py", "sync/operations/services.py"}
"""Where the rule is kept; and receipts, beside the person whose they are for ever."""


def test_who_waits_for_a_lock_joins_nothing():
    """What is joined to a row for which one has waited is what belonged to it before: see `sync.rows.locked`."""
    joining = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for floor in FLOORS
        for path in modules(floor)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If | ast.With)
        for words in [ast.unparse(node)]
        if "select_related(" in words and "select_for_update(" in words and "skip_locked" not in words
    ]
    assert not [place for place in joining if place.split(":")[0] not in LOCK_WITH_JOINS]
