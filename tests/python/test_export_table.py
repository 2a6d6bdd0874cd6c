"""Tables for others: what is written, in which form, and that nothing is written unsuppressed by mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

import schoolframe as sf
from schoolframe import DisclosureWarning
from schoolframe._measured import Measured, account
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.presentation import export_table

GAPS = pl.DataFrame(
    {
        "school": ["Hill", "=Vale", "Dale", "Moor"],
        "n": [5, 30, 6, None],
        "other_n": [90, 4, 0, 50],
        "p8": [-0.5, 0.125, None, 0.2],
        "gap": [-0.6, 0.1, 0.3, float("nan")],
    }
)
COUNTS = {"n": ["p8", "gap"], "other_n": "gap"}
TIDY = pl.DataFrame(
    {"urn": [1, 1, 1, 2, 2, 2], "group": ["dis", "other", None] * 2, "n": [4, 90, 94, 20, 80, 100], "p8": [0.5] * 6}
)


def cells(path: Path) -> list[tuple[Any, ...]]:
    """Rows of the first page of a workbook, from the heading on."""
    page = openpyxl.load_workbook(path).worksheets[0]
    return list(page.iter_rows(min_row=3, values_only=True))


def test_small_groups_are_written_as_a_code(tmp_path: Path) -> None:
    lines = export_table(GAPS, tmp_path / "deep" / "gaps.csv", counts=COUNTS).read_text(encoding="utf-8").splitlines()
    assert lines == [
        "school,n,other_n,p8,gap",
        "Hill,c,90,c,c",
        "=Vale,30,c,0.125,c",
        "Dale,6,0,x,0.3",
        "Moor,x,50,0.2,x",
    ]


@pytest.mark.parametrize(("minimum", "code"), [(5, "5"), (6, "c")])
def test_the_smallest_group_that_is_written(tmp_path: Path, minimum: int, code: str) -> None:
    path = export_table(GAPS, tmp_path / "gaps.csv", counts=COUNTS, minimum=minimum)
    assert path.read_text(encoding="utf-8").splitlines()[1].split(",")[1] == code


def test_a_workbook_keeps_numbers_and_says_what_the_code_is(tmp_path: Path) -> None:
    rows = cells(export_table(GAPS, tmp_path / "gaps.xlsx", counts=COUNTS, title="Gaps", notes=["Made up."]))
    assert rows[0] == ("school", "n", "other_n", "p8", "gap")
    assert rows[1] == ("Hill", "c", 90, "c", "c")
    assert rows[2][:4] == ("=Vale", 30, "c", 0.125)
    said = [row[0] for row in rows if row[0] is not None][5:]
    assert said == ["Made up.", "c: suppressed, fewer than 6 pupils."]
    first, second = tmp_path / "gaps.xlsx", tmp_path / "again.xlsx"
    export_table(GAPS, second, counts=COUNTS, title="Gaps", notes=["Made up."])
    assert first.read_bytes() == second.read_bytes()


def test_a_page_holds_the_same_table(tmp_path: Path) -> None:
    text = export_table(GAPS, tmp_path / "gaps.html", counts=COUNTS, title="Gaps & more").read_text(encoding="utf-8")
    assert text.count(">c<") == 5
    assert "fewer than 6 pupils" in text
    assert "-0.6" not in text


def test_what_is_suppressed_already_is_written_as_it_is(tmp_path: Path) -> None:
    safe = sf.suppress(TIDY, "n", group="group", school="urn", values="p8")
    lines = export_table(safe, tmp_path / "safe.csv", code="SUPP").read_text(encoding="utf-8").splitlines()
    assert lines[:4] == ["urn,group,n,p8", "1,dis,SUPP,SUPP", "1,other,SUPP,SUPP", "1,total,94,0.5"]
    assert "primary" not in "".join(lines)
    rows = cells(export_table(safe, tmp_path / "safe.xlsx"))
    assert rows[1] == (1, "dis", "c", "c")
    assert any(row[0] == "c: suppressed." for row in rows)
    with pytest.raises(InputError, match="what is suppressed knows its counts"):
        export_table(safe, tmp_path / "safe.csv", counts=COUNTS)


def test_the_result_of_a_measure_is_written_with_its_notes(tmp_path: Path) -> None:
    measured = Measured(GAPS, account(4, {}), ("Known spread.",))
    rows = cells(export_table(measured, tmp_path / "gaps.xlsx", counts=COUNTS))
    assert rows[1][1] == "c"
    assert any(row[0] == "Known spread." for row in rows)


@pytest.mark.parametrize(("other", "hidden"), [(0, False), (1, True), (5, True), (6, False)])
def test_gaps_need_no_counts(tmp_path: Path, other: int, hidden: bool) -> None:
    schools = pl.DataFrame(
        {
            "year": [2019, 2019],
            "urn": [1, 2],
            "P8MEA_FSM6CLA1A": [-0.5, -0.1],
            "P8PUP_FSM6CLA1A": [90, 30],
            "P8MEA_NFSM6CLA1A": [0.1, 0.2],
            "P8PUP_NFSM6CLA1A": [other, 90],
        }
    )
    path = export_table(sf.progress_gaps(schools, "p8"), tmp_path / "gaps.csv")
    rows = pl.read_csv(path, infer_schema=False)
    first = rows.filter(urn="1")
    assert first["comparison"].to_list() == ["within_school", "national_other"]
    for name in ("group_n", "group_mean", "reference_n", "gap", "ci_low", "p_value"):
        assert (first[name] == "c").to_list() == [hidden, hidden], name
        assert not (rows.filter(urn="2")[name] == "c").any()


def test_every_figure_of_a_small_group_goes_and_no_other_school(tmp_path: Path) -> None:
    sizes = {("Ash", True): 3, ("Ash", False): 20, ("Birch", True): 12, ("Birch", False): 20}
    rows = [(school, fsm, number % 7) for (school, fsm), size in sizes.items() for number in range(size)]
    pupils = pl.DataFrame(rows, schema=["school", "fsm", "score"], orient="row")
    gaps = sf.pupil_gaps(
        pupils, "score", group="fsm", by="school", min_group=1, adjust="holm", points_per_month=2.0
    ).frame
    path = export_table(gaps.with_columns(share=pl.col("group_n") / 23), tmp_path / "gaps.csv")
    written = pl.read_csv(path, infer_schema=False)
    figures = [name for name, dtype in gaps.schema.items() if dtype.is_float() or dtype.is_integer()]
    assert {"group_sd", "reference_sd", "gap_sd", "gap_months", "p_adjusted"} < set(figures)
    for name in figures:
        assert written.filter(school="Ash")[name].to_list() == ["c", "c"], name
        assert "c" not in written.filter(school="Birch")[name].to_list(), name


def test_nothing_is_written_unsuppressed_by_mistake(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    with pytest.raises(InputError, match="counts: say which columns count pupils"):
        export_table(GAPS, path)
    assert not path.exists()
    with pytest.warns(DisclosureWarning, match="gaps.csv is written without suppression"):
        export_table(GAPS, path, disclosure=None)
    assert path.read_text(encoding="utf-8").splitlines()[1] == "Hill,5,90,-0.5,-0.6"
    export_table(GAPS.select("school"), path, counts={})
    assert path.read_text(encoding="utf-8").splitlines()[1] == "Hill"


def test_arguments_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    with pytest.raises(InputError, match="a table ends in .csv, .xlsx or .html, not '.pdf'"):
        export_table(GAPS, tmp_path / "gaps.pdf", counts=COUNTS)
    with pytest.raises(InputError, match="code: a hidden cell must not look empty"):
        export_table(GAPS, path, counts=COUNTS, code=" ")
    with pytest.raises(InputError, match="disclosure: 'suppress' or None is needed, not False"):
        export_table(GAPS, path, counts=COUNTS, disclosure=False)  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="table: column 'pupils' is not there"):
        export_table(GAPS, path, counts={"pupils": "p8"})
    with pytest.raises(InputError, match="column 'school' must hold numbers, it holds String"):
        export_table(GAPS, path, counts={"school": "p8"})
    with pytest.raises(InputError, match="'p8' must hold finite numbers; 1 value breaks this rule: inf .row 0."):
        export_table(GAPS.head(1).with_columns(p8=float("inf")), path, counts=COUNTS)
    with pytest.raises(InputError, match="column 'p8' holds List"):
        export_table(GAPS.with_columns(p8=pl.lit([1.0])), path, counts=COUNTS)


@pytest.mark.parametrize("label", [None, "total", " Total "])
def test_rows_of_totals_beside_hidden_figures_are_refused(tmp_path: Path, label: str | None) -> None:
    path = tmp_path / "gaps.csv"
    table = pl.DataFrame({"group": ["sen", "other", label], "n": [4, 90, 94], "p8": [-1.3, 0.2, 0.14]})
    with pytest.raises(InputError, match=r"column 'group' has rows of totals.*through suppress first.*\(row 2\)"):
        export_table(table, path, counts={"n": "p8"})
    assert not path.exists()
    with pytest.raises(InputError, match="column 'urn' has rows of totals"):
        export_table(table.select("n", "p8", urn=pl.Series([1, 2, None])), path, counts={"n": "p8"})
    for harmless in (table.with_columns(n=pl.Series([40, 90, 130])), table.with_columns(n=pl.Series([4, 90, None]))):
        export_table(harmless, path, counts={"n": "p8"})
    assert "x" in path.read_text(encoding="utf-8")


def test_a_minimum_that_hides_only_ones_is_refused(tmp_path: Path) -> None:
    for counts in (COUNTS, None):
        for wrong in (1, 2):
            with pytest.raises(InputError, match=f"minimum: a whole number from 3 to 2.63 - 1 is needed, not {wrong}"):
                export_table(GAPS, tmp_path / "gaps.csv", counts=counts, minimum=wrong)
    assert export_table(GAPS, tmp_path / "gaps.csv", counts=COUNTS, minimum=3).exists()


def test_hidden_gaps_do_not_say_which_group_is_small(tmp_path: Path) -> None:
    pupils = pl.DataFrame(
        [
            {"urn": urn, "group": group, "p8": (at * 7 % 11) / 10}
            for urn, small in ((1, 3), (2, 20))
            for group, size in (("dis", small), ("other", 40))
            for at in range(size)
        ]
    )
    gaps = sf.pupil_gaps(pupils, "p8", group="group")
    assert set(gaps.frame.filter(urn=1)["status"]) == {"below_minimum", "complementary"}
    rows = pl.read_csv(export_table(gaps, tmp_path / "gaps.csv"), infer_schema=False)
    hidden = rows.filter(urn="1")
    assert set(hidden["status"]) == {"suppressed"}
    for name in ("group_n", "group_mean", "reference_n", "reference_mean", "gap", "se", "p_value"):
        assert set(hidden[name]) == {"c"}, name
    assert set(rows.filter(urn="2")["status"]) == {"ok"}
    objects = gaps.frame.with_columns(pl.Series("measure", [object()] * gaps.frame.height, dtype=pl.Object))
    with pytest.raises(InputError, match="table: column 'measure' holds Python objects"):
        export_table(objects, tmp_path / "gaps.csv")


@pytest.mark.parametrize("wrong", [None, [], 1])
def test_what_stands_in_a_cell_is_a_text(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(InputError, match="missing: a text such as 'x' is needed, not"):
        export_table(GAPS, tmp_path / "gaps.csv", counts=COUNTS, missing=wrong)
    with pytest.raises(InputError, match="path: the name of a file"):
        export_table(GAPS, wrong, counts=COUNTS)
    if wrong is not None:
        with pytest.raises(InputError, match="title: a text such as"):
            export_table(GAPS, tmp_path / "gaps.csv", counts=COUNTS, title=wrong)


def test_an_empty_table_has_its_heading(tmp_path: Path) -> None:
    for ending in ("csv", "xlsx", "html"):
        path = export_table(GAPS.clear(), tmp_path / f"none.{ending}", counts=COUNTS)
        assert path.stat().st_size > 0
    assert (tmp_path / "none.csv").read_text(encoding="utf-8") == "school,n,other_n,p8,gap\n"
