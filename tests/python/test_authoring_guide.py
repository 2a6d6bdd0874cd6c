"""The guide for authors: its commands run, what it quotes is in the files, and the example says what its paper says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polars as pl
import pytest

import schoolframe as sf
from conftest import ROOT

GUIDE = ROOT / "docs" / "authoring.md"
EXAMPLES = ROOT / "docs" / "examples"
PAPER = EXAMPLES / "exampleshire.txt"
FILE = EXAMPLES / "exampleshire.toml"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def cases() -> pl.DataFrame:
    """The worked cases beside the national figures that they are worked out for."""
    national = {f"nat_attainment_pct{year}": pl.lit(60.0) for year in ("", "_y1", "_y2")}
    frame = pl.read_csv(EXAMPLES / "exampleshire_cases.csv")
    return frame.with_columns(
        urn=pl.int_range(1, pl.len() + 1), nat_persistent_absence_pct=pl.lit(20.0), nat_pp_gap=pl.lit(-15.0), **national
    )


@pytest.fixture(scope="module")
def framework() -> sf.Framework:
    return sf.Framework.load(FILE)


def test_the_commands_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in EXAMPLES.iterdir():
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    commands = blocks("py")
    assert len(commands) >= 10
    for block in commands:
        exec(compile(block, str(GUIDE), "exec"), names)
    for made in ("my_framework.toml", "exampleshire.xlsx", "exampleshire.html", "exampleshire.md"):
        assert (tmp_path / made).stat().st_size > 1000, made


def test_what_the_guide_quotes_is_in_the_file() -> None:
    lines = set(FILE.read_text(encoding="utf-8").splitlines())
    quoted = [line for block in blocks("toml") for line in block.splitlines() if line]
    assert len(quoted) > 30
    assert [line for line in quoted if line not in lines] == []


def test_the_tests_in_the_table_of_conditions_are_those_of_the_file() -> None:
    text = FILE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| line (\d+): .*\| `(\{.*\})` \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 6
    for line, test in rows:
        assert f"test = {test}" in text, line


def test_the_printed_line_numbers_are_the_lines() -> None:
    for number, line in enumerate(PAPER.read_text(encoding="utf-8").splitlines(), start=1):
        assert int(line[:3]) == number, line


def test_the_paper_says_that_it_is_invented(framework: sf.Framework) -> None:
    assert "invented" in PAPER.read_text(encoding="utf-8")
    assert "(invented)" in framework.authority


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("attainment_near", "within 5 percentage points"),
        ("attainment_further", "within 10 percentage points"),
        ("steady_years", "last three years"),
        ("points_3", "3 points"),
        ("points_2", "2 points"),
        ("points_1", "1 point"),
        ("group_1", "Group 1 is 7 points or more"),
        ("group_2", "group 2 is 4 to 6 points"),
        ("visits_a", "one visit a year"),
        ("visits_b", "three visits a year"),
        ("visits_c", "six visits a year"),
        ("visits_d", "two visits each half term"),
        ("answer_days", "15 working days"),
        ("improvement_terms", "two full terms"),
    ],
)
def test_every_number_stands_on_its_line(framework: sf.Framework, name: str, words: str) -> None:
    line = framework.thresholds().filter(pl.col("name") == name)["line"].item()
    assert words in PAPER.read_text(encoding="utf-8").splitlines()[line - 1]


def test_lint_finds_the_number_and_the_criterion_that_the_guide_names(framework: sf.Framework) -> None:
    found = [("default_threshold", "absence_close"), ("unused_criterion", "EXS-D-EXIT-01")]
    assert framework.lint().select("rule", "subject").rows() == found


def test_the_table_of_the_paper_is_the_matrix(framework: sf.Framework) -> None:
    printed = [line[3:].split()[2:] for line in PAPER.read_text(encoding="utf-8").splitlines()[46:49]]
    cells = framework.policy().filter(pl.col("what") == "matrix")["category"].to_list()
    assert [cells[at : at + 3] for at in (0, 3, 6)] == printed


@pytest.mark.parametrize("phase", ["primary", "secondary"])
def test_worked_cases(framework: sf.Framework, phase: str) -> None:
    schools = cases()
    frame = schools.join(framework.assign(schools, phase=phase).frame, on="urn")
    wanted = frame.select("case", category="expected_category", possible="expected_possible")
    got = frame.select("case", "category", possible=pl.col("possible").list.join(" "))
    assert got.to_dicts() == wanted.to_dicts()
    assert set(frame["category"].drop_nulls()) == set("ABCD")


def test_cases_cover_each_cell_of_the_table_and_both_sides_of_each_limit() -> None:
    names = cases()["case"].to_list()
    for words in ("exactly 5 below", "just more than 5", "exactly 10 below", "just more than 10", "exactly 2 above"):
        assert any(words in name for name in names), words


@pytest.mark.parametrize(
    ("reading", "moves"),
    [
        (
            "EXS-WITHIN",
            {
                "attainment exactly 5 below: 7 points": "B",
                "attainment exactly 10 below, absence exactly 2 above: 4 points": "C",
                "group 2, developing": "C",
                "group 2, weak": "D",
            },
        ),
        ("EXS-BOTH", {"group 1, secure and weak at once: weak prevails": "A"}),
    ],
)
def test_each_reading_moves_the_schools_it_is_about(
    framework: sf.Framework, reading: str, moves: dict[str, str]
) -> None:
    schools = cases()
    default = framework.assign(schools, phase="primary").frame["category"].to_list()
    other = framework.with_reading(reading, "B").assign(schools, phase="primary").frame["category"].to_list()
    names = schools["case"].to_list()
    assert {name: b for name, a, b in zip(names, default, other, strict=True) if a != b} == moves


def test_the_flag_is_raised_and_decides_nothing(framework: sf.Framework) -> None:
    schools = cases().with_columns(flag_new_head=pl.lit(value=True))
    frame = framework.assign(schools, phase="primary").frame
    assert frame["flags"].to_list() == [["new_head"]] * frame.height
    without = framework.assign(cases(), phase="primary").frame
    assert frame["category"].to_list() == without["category"].to_list()
