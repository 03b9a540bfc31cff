"""What import-linter cannot see: the door's own imports, and the sizes that design.md sets."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = {p.parent.name for p in ROOT.glob("*/__init__.py")} | {"orchestrator"}
ROOMS = sorted(OURS - {"orchestrator"})
MODULE_LINES, FUNCTION_LINES = 300, 40


def modules() -> list[Path]:
    found = [p for room in ROOMS for p in (ROOT / room).rglob("*.py") if "versions" not in p.parts]
    return [*found, ROOT / "orchestrator.py"]


def test_the_door_knows_contracts_and_workflows_alone() -> None:
    tree = ast.parse((ROOT / "orchestrator.py").read_text(encoding="utf-8"))
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in named} & OURS == {"contracts", "workflows"}


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in modules() if (n := len(p.read_text().splitlines())) > MODULE_LINES}
    assert not long


def test_no_function_is_longer_than_forty_lines() -> None:
    long = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert not long
