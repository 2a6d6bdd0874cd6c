"""Everything public is documented, listed in the README, stubbed and tested."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import schoolframe as sf
from conftest import ROOT

MODULES: dict[str, ModuleType] = {
    name: module
    for name, module in [("sf", sf), *inspect.getmembers(sf, inspect.ismodule)]
    if name == "sf" or name in sf.__all__
}
README = (ROOT / "README.md").read_text(encoding="utf-8")
LISTED = set(re.findall(r"^\| `(sf[.\w]*)`", README, re.MULTILINE))
TESTS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "python").rglob("*.py")}


def public() -> list[tuple[str, str, Any]]:
    """Every public function and class: the name a user writes, its bare name, the object."""
    found = []
    for prefix, module in MODULES.items():
        where = "sf" if prefix == "sf" else f"sf.{prefix}"
        for name in module.__all__:
            member = getattr(module, name)
            if inspect.isfunction(member) or (inspect.isclass(member) and not issubclass(member, Exception)):
                found.append((f"{where}.{name}", name, member))
    return found


PUBLIC = public()
every = pytest.mark.parametrize(("path", "name", "member"), PUBLIC, ids=[path for path, _, _ in PUBLIC])


def methods(member: Any) -> list[tuple[str, Any]]:
    """Public methods that a class defines itself, and the function itself."""
    if inspect.isfunction(member):
        return [(member.__name__, member)]
    own = [(name, inspect.unwrap(getattr(member, name))) for name in vars(member) if not name.startswith("_")]
    return [(name, method) for name, method in own if callable(method)]


def test_everything_public_is_found() -> None:
    assert len(PUBLIC) > 10
    for module in MODULES.values():
        assert sorted(module.__all__) == sorted(set(module.__all__))
        assert all(hasattr(module, name) for name in module.__all__)


@every
def test_documented_with_an_example_that_runs(path: str, name: str, member: Any) -> None:
    examples = doctest.DocTestFinder(recurse=False).find(member, name)
    assert any(example.examples for example in examples) or methods(member), path
    for method_name, method in methods(member):
        text = inspect.getdoc(method) or ""
        assert ">>>" in text, f"{path}.{method_name} has no example"
        if inspect.signature(method).return_annotation not in (None, "None"):
            assert "Return" in text, f"{path}.{method_name} does not say what it returns"


@every
def test_listed_in_the_readme(path: str, name: str, member: Any) -> None:
    assert path in LISTED, f"no row of the README's table for {path}"


@every
def test_used_by_a_test(path: str, name: str, member: Any) -> None:
    assert any(re.search(rf"\b{name}\b", text) for file, text in TESTS.items() if file != "test_registry.py"), path


def test_readme_table_names_only_what_exists() -> None:
    assert {path for path, _, _ in PUBLIC} >= LISTED


def test_docstring_examples() -> None:
    """Every example of every module, private ones too, runs as written."""
    package = Path(sf.__file__).parent
    failed, attempted = 0, 0
    for path in sorted(package.rglob("*.py")):
        module = ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__")
        __import__(module)
        result = doctest.testmod(sys.modules[module])
        failed += result.failed
        attempted += result.attempted
    assert failed == 0
    assert attempted > 50


@pytest.mark.newest
def test_the_stub_is_true() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "schoolframe._native", "--mypy-config-file", "pyproject.toml"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stdout + run.stderr
