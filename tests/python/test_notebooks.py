"""Notebooks: stored without outputs, without functions of their own, and they run from the first cell to the last."""

from __future__ import annotations

import ast
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import openpyxl
import polars as pl
import pytest
from nbclient import NotebookClient

from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
REGISTER = "01-southend-risk-register.ipynb"
FIVE = "02-five-frameworks.ipynb"
SURREY = "03-surrey-gaps.ipynb"
ESTIMATES = "04-estimates.ipynb"
# The kernel and its client are libraries of others; their deprecations are not ours to fix.
pytestmark = pytest.mark.filterwarnings("ignore")


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def code(path: Path) -> Iterator[str]:
    yield from (cell.source for cell in read(path).cells if cell.cell_type == "code")


def test_there_are_notebooks() -> None:
    assert {REGISTER, FIVE, SURREY, ESTIMATES} <= {path.name for path in NOTEBOOKS}


def test_the_demonstration_runs_every_notebook() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").split("\ndemo:")[1].split("\n\n")[0]
    found = re.search(r"for (\w+) in (\S+); do(.*?)\bdone\b", recipe, re.DOTALL)
    assert found is not None
    assert sorted(ROOT.glob(found[2])) == NOTEBOOKS
    assert "--execute" in found[3]
    assert f"$${found[1]}" in found[3].split("--output-dir")[1], "the notebook of the loop is what is executed"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_outputs(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            assert cell.outputs == [], f"cell {number} holds outputs"
            assert cell.execution_count is None, f"cell {number} holds a count"
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_package_holds_the_functions(path: Path) -> None:
    imports = set()
    for source in code(path):
        for node in ast.walk(ast.parse(source)):
            assert not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)), source
            if isinstance(node, ast.Import):
                imports |= {alias.name for alias in node.names}
    assert "schoolframe" in imports


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_from_the_first_cell_to_the_last(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    monkeypatch.setenv("SCHOOLFRAME_OUT", str(out))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = read(path)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    printed = "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")
    complaints = [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    assert complaints == []
    files = sorted(item.name for item in out.iterdir())
    assert files, "the notebook leaves nothing behind"
    if path.name == REGISTER:
        check_register(out, files, printed, outputs)
    if path.name == FIVE:
        check_five(out, files, printed, outputs)
    if path.name == SURREY:
        check_surrey(out, files, printed, outputs)
    if path.name == ESTIMATES:
        check_estimates(out, files, printed, outputs)


def check_pictures(out: Path, pictures: list[str], said: list[str], printed: str) -> None:
    for name in pictures:
        data = (out / name).read_bytes()
        assert data.startswith(b"\x89PNG"), name
        width, height = struct.unpack(">II", data[16:24])
        assert min(width, height) > 500, name
    for name in said:
        assert str((out / name).resolve()) in printed, "the notebook says where its files are"


def check_five(out: Path, files: list[str], printed: str, outputs: list[Any]) -> None:
    names = ["categories-left", "excluded", "three-schools", "ten-answers"]
    pictures = [f"five-{at}-{name}.png" for at, name in enumerate(names, start=1)]
    assert files == [*pictures, "five-southend-schools.csv"]
    check_pictures(out, pictures, files, printed)
    shown = [output for output in outputs if output.output_type == "execute_result"]
    drawn = [output.data["image/svg+xml"] for output in shown if "image/svg+xml" in output.data]
    assert len(drawn) == 4
    assert not any(">null<" in picture or ">undefined<" in picture for picture in drawn)
    # Published data settle next to nothing, and the notebook never shows the category that merely leads.
    assert "settled without anybody's decision: 1\n" in printed
    tables = " ".join(output.data.get("text/html", "") for output in shown)
    assert "leading" not in tables
    # The three schools, and what the paper of 2011 makes of the second.
    for school in ("Cecil Jones Academy", "Chalkwell Hall Junior School", "Porters Grange Primary School"):
        assert school in printed, school
    assert "from 2b or 3b to 2a or 3a" in printed
    assert "The same with serious weaknesses: yes" in printed
    # Staffordshire's printed example and its capacity.
    assert "23 days: the school pays for 4, which is 1,920 pounds" in printed
    assert "170 days a year, 69 planned, 101 left" in printed
    assert "The paper itself reckons that its interventions need 180." in printed
    # A page breaks longer lines in the middle of a word or a number.
    assert [line for line in printed.splitlines() if len(line) > 125 and "/" not in line] == []
    # Schools of 2012/13 without a phase are counted and get no answer.
    assert re.search(r"not known</td>\s*<td[^>]*>0</td>\s*<td[^>]*>4,450</td>", tables)
    # Words beside colours: what a bar, a box or a square means can be read in grey.
    assert all(f">{word}<" in drawn[2] for word in ("C *", "Red", "3b"))
    assert "nothing excluded: 8,964" in drawn[0]
    answers = pl.read_csv(out / "five-southend-schools.csv")
    assert answers.height == answers.select("urn", "paper").n_unique()
    reading = answers.filter(pl.col("paper").str.starts_with("Reading"), urn=142077)
    assert reading.select("possible", "status").row(0) == ("C", "one, if a person decides")


def check_surrey(out: Path, files: list[str], printed: str, outputs: list[Any]) -> None:
    pictures = ["surrey-1-gaps.png", "surrey-2-similar-schools.png"]
    assert files == [*pictures, "surrey-gaps-2019.xlsx"]
    check_pictures(out, pictures, files, printed)
    shown = [output for output in outputs if output.output_type == "execute_result"]
    drawn = [output.data["image/svg+xml"] for output in shown if "image/svg+xml" in output.data]
    assert len(drawn) == 2
    assert not any(">null<" in picture or ">undefined<" in picture for picture in drawn)
    # Fewer gaps are real once it is counted how many were tested, and no change of one school survives that.
    assert "31 one by one, 22 after allowing for 58 tests" in printed
    assert "Changed between 2017 and 2019 beyond chance, all tests allowed for: 0 of 48 schools." in printed
    assert "The authority's gap: -0.64 to -0.71, no significant change." in printed
    assert "28 differ from their group by more than the chance of their pupils" in printed
    assert "1 by more than schools with the same intake usually do, of which 0 below." in printed
    assert [line for line in printed.splitlines() if len(line) > 125 and "/" not in line] == []
    cells = [
        cell
        for row in openpyxl.load_workbook(out / files[-1]).worksheets[0].iter_rows(values_only=True)
        for cell in row
    ]
    assert "Broadwater School" in cells


def check_register(out: Path, files: list[str], printed: str, outputs: list[Any]) -> None:
    pictures = ["01-progress-8.png", "02-gaps.png", "03-next-steps.png"]
    assert files == [*pictures, "p8-bands-2019.json", "southend-risk-register-2019.xlsx"]
    check_pictures(out, pictures, [*pictures, files[-1]], printed)
    shown = [output for output in outputs if output.output_type == "execute_result"]
    assert sum("image/svg+xml" in output.data for output in shown) == 3
    assert "3,401 of 3,401 published bands reproduced" in printed
    assert "undetermined: 12 of 12 schools" in printed
    assert "7 of 12 schools are above average, 3 below" in printed
    book = openpyxl.load_workbook(out / files[-1])
    assert book.sheetnames == ["KS4 outcomes", "Context", "Categories", "Notes and sources"]
    names = [row[0] for row in book["KS4 outcomes"].iter_rows(min_row=7, max_row=18, values_only=True)]
    assert names[0] == "Belfairs Academy"
    assert names[-1] == "Westcliff High School for Girls"
    context = [cell for row in book["Context"].iter_rows(values_only=True) for cell in row]
    assert context.count("x") >= 3, "exclusions that the source suppressed are marked"


def check_estimates(out: Path, files: list[str], printed: str, outputs: list[Any]) -> None:
    names = ["pupils", "southend-secondary", "southend-primary"]
    pictures = [f"estimates-{at}-{name}.png" for at, name in enumerate(names, start=1)]
    assert files == [*pictures, "estimates-southend-primary.csv"]
    check_pictures(out, pictures, files, printed)
    shown = [output for output in outputs if output.output_type == "execute_result"]
    drawn = [output.data["image/svg+xml"] for output in shown if "image/svg+xml" in output.data]
    assert len(drawn) == 3
    assert not any(">null<" in picture or ">undefined<" in picture for picture in drawn)
    assert all("not FFT data" in picture for picture in drawn)
    # The benchmarks of secondary schools are those worked out from the provisional file of 2018/19.
    assert "FFT20-style: Progress 8 of +0.38" in printed
    assert "FFT5-style: Progress 8 of +0.76" in printed
    # What was estimated is what happened, about as often as was said.
    held = re.search(r"(\d+) of (\d+) results lie in the range that should hold 80 %", printed)
    assert held is not None
    assert 0.70 <= int(held[1]) / int(held[2]) <= 0.90
    assert "rank correlation 0.85 (0.84 to 0.86)" in printed
    tables = " ".join(output.data.get("text/html", "") for output in shown)
    chances = re.search(r">101\.0</td>\s*<td[^>]*>3\.8</td>\s*<td[^>]*>2 to 5</td>\s*<td[^>]*>4</td>", tables)
    assert chances, "headline grade of a key stage 2 score of 101"
    assert [line for line in printed.splitlines() if len(line) > 125 and "/" not in line] == []
    steps = pl.read_csv(out / "estimates-southend-primary.csv")
    assert steps.height == steps["urn"].n_unique() >= 20
    assert steps.filter(~((pl.col("fft50") < pl.col("fft20")) & (pl.col("fft20") < pl.col("fft5")))).is_empty()
    assert steps.filter(pl.col("next") < pl.col("ks2_exp_rwm_pct")).is_empty()
