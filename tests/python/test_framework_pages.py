"""A framework rendered for an officer: nothing is left out, anybody can read it, the workbook is whole or absent."""

from __future__ import annotations

import re
import tempfile
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

import schoolframe as sf
from conftest import ROOT
from schoolframe._framework_template import new_template
from schoolframe.exceptions import InputError
from schoolframe.presentation import framework_pages
from schoolframe.presentation._framework_page import Page, Row, Section
from schoolframe.presentation.framework_pages import (
    framework_html,
    framework_markdown,
    framework_page,
    framework_workbook,
)

EXAMPLE = ROOT / "docs" / "examples" / "exampleshire.toml"
NAMES = [*sf.frameworks()["name"].to_list(), "exampleshire"]


def load(name: str) -> sf.Framework:
    return sf.Framework.load(EXAMPLE if name == "exampleshire" else name)


def section(page: Page, key: str) -> Section:
    return next(one for one in page.sections if one.key == key)


def cells(page: Page, key: str, id_: str) -> dict[str, str]:
    """The cells of a row by heading, paragraphs joined by line breaks."""
    found = section(page, key)
    row = next(row for row in found.rows if row.id == id_)
    return {column.heading: "\n".join(cell.paragraphs) for column, cell in zip(found.told, row.cells, strict=True)}


@pytest.fixture(scope="module", params=NAMES)
def framework(request: pytest.FixtureRequest) -> sf.Framework:
    return load(str(request.param))


@pytest.fixture(scope="module")
def southend() -> Page:
    return framework_page(load("southend_2017"))


@pytest.fixture(scope="module")
def example() -> Page:
    return framework_page(load("exampleshire"))


# -- nothing is left out ---------------------------------------------------------------------------------


def test_every_row_of_the_ledger_is_there_once(framework: sf.Framework) -> None:
    page = framework_page(framework)
    shown = [row.id for one in page.sections if one.key not in ("index", "decision") for row in one.rows]
    for id_, found in framework.criteria().select("id", "list").iter_rows():
        # An offer for several categories stands under each; what puts phases together is a step.
        wanted = shown.count(id_) >= 1 if found == "support" else shown.count(id_) == 1
        assert wanted or found == "combine", (id_, found, shown.count(id_))


def test_every_number_reading_category_and_indicator_is_there(framework: sf.Framework) -> None:
    ids = set(framework_page(framework).ids)
    assert set(framework.thresholds()["name"]) <= ids
    assert set(framework.readings()["reading"]) <= ids
    assert set(framework.indicators()["indicator"]) <= ids
    page = framework_page(framework)
    assert [row.cells[1].text[0] for row in section(page, "categories").rows] == framework.category_names


def test_every_clause_says_its_line_text_test_kind_and_role(framework: sf.Framework) -> None:
    page = framework_page(framework)
    for row in (
        framework.criteria().filter(pl.col("list") == "criterion", pl.col("part") != "exit").iter_rows(named=True)
    ):
        told = cells(page, "clauses", row["id"])
        assert told["Line"].split("-")[0] == str(row["line"])
        assert told["What the paper says, in our words"].startswith(row["text"])
        assert told["How it is tested"]
        assert told["Settled by"]
        assert told["What it does"]
        assert told.get("Remarks", "") == (row["note"] or "")


def test_every_figure_and_register_column_is_there(framework: sf.Framework) -> None:
    page = framework_page(framework)
    for key, frame in (("figures", framework.references()), ("registers", framework.registers())):
        shown = [row for one in page.sections if one.key == key for row in one.rows]
        assert len(shown) == frame.height


def test_an_offer_stands_once_under_the_list_that_holds_it(southend: Page) -> None:
    ids = [row.id for row in section(southend, "support").rows]
    assert len(ids) == len(set(ids)) == 22
    (intro,) = section(southend, "support").intro
    assert intro == (
        "Each offer is listed once. Amber also has what Green has; Red also has what Green and Amber has; "
        "Blue also has what Green has."
    )


def test_the_sections_follow_the_order_of_reading(southend: Page) -> None:
    keys = [one.key for one in southend.sections]
    assert keys == [
        "about",
        "categories",
        "decision",
        "clauses",
        "flags",
        "thresholds",
        "readings",
        "support",
        "process",
        "datasets",
        "registers",
        "targets",
        "figures",
        "constraints",
        "indicators",
        "index",
    ]


# -- in words --------------------------------------------------------------------------------------------


def test_a_clause_in_words(southend: Page) -> None:
    assert cells(southend, "clauses", "SOU17-ALL-Red-01") == {
        "Line": "461",
        "Id": "SOU17-ALL-Red-01",
        "What the paper says, in our words": "Ofsted serious weaknesses or special measures",
        "How it is tested": (
            "“Category of concern after the last inspection” is \N{LEFT SINGLE QUOTATION MARK}serious weaknesses"
            "\N{RIGHT SINGLE QUOTATION MARK} or \N{LEFT SINGLE QUOTATION MARK}special measures"
            "\N{RIGHT SINGLE QUOTATION MARK}\nColumns: ofsted_category"
        ),
        "Settled by": "inspection",
        "What it does": "counts; Red at best",
        "Remarks": "AMB-S17-OFSTEDCAT decides what an Ofsted category means beyond this one criterion.",
    }
    assert cells(southend, "clauses", "SOU17-ALL-Blue-07")["What it does"] == "may lead to Blue"
    assert cells(southend, "clauses", "SOU17-ALL-GreenT-01")["What it does"] == "informs, does not decide"


def test_numbers_and_years_in_words(southend: Page) -> None:
    told = cells(southend, "clauses", "SOU17-ALL-Green-05")["How it is tested"].splitlines()
    assert told[0] == (
        "“Share making or exceeding expected progress in English” is at least the national figure less 5 and "
        "“Share making or exceeding expected progress in maths” is at least the national figure less 5"
    )
    assert told[1].startswith(
        "Shown beside it: “Gap in progress, disadvantaged minus other pupils nationally” is at least -5"
    )
    assert "Numbers: close_margin = 5 points (not printed); no_gap = 0 points (not printed)" in told
    assert cells(southend, "clauses", "SOU17-ALL-RedII-05")["How it is tested"].startswith(
        "“National percentile of overall performance, 100 is best” is below 25\n"
    )
    assert cells(southend, "clauses", "SOU17-ALL-BlueII-05")["How it is tested"].startswith(
        "“National percentile of overall performance, 100 is best” is below 25 in each of 3 years "
        "(this one and the 2 before)\n"
    )


def test_what_a_clause_does_is_explained(southend: Page) -> None:
    assert section(southend, "clauses").intro == (
        (
            "What a clause does: one that counts is part of the share of its category; one that may change the "
            "category says how; one that informs decides nothing."
        ),
    )
    gates = framework_page(load("southend_2011"))
    assert cells(gates, "clauses", "SOU11-JUN-3b-04")["What it does"] == "descriptor"
    assert "a descriptor describes the category beside its gate" in section(gates, "clauses").intro[0]


def test_a_test_that_is_a_definition_is_spelt_out() -> None:
    told = cells(framework_page(load("southend_2011")), "clauses", "SOU11-JUN-3b-01")["How it is tested"]
    label = "Share at level 4 or above in English and maths together at key stage 2"
    assert told.splitlines()[0] == f"“{label}” is below the floor (below_floor_junior)"


def test_the_decision_step_by_step(example: Page) -> None:
    told = [
        (row.cells[0].text[0], row.cells[1].text[0], row.id, "\n".join(row.cells[3].text), "\n".join(row.cells[4].text))
        for row in section(example, "decision").rows
    ]
    points = "The first that holds gives its points; none gives 0."
    assert told[0] == (
        "1",
        "25",
        "attainment",
        f"Points for: attainment against national. {points}",
        (
            "3 points: Attainment is at or above the national figure (attainment_at_national)\n"
            "2 points: Attainment is within 5 points of the national figure (attainment_within_5)\n"
            "1 point: Attainment is within 10 points of the national figure (attainment_within_10)"
        ),
    )
    assert [step[0] for step in told] == ["1", "1", "1", "1", "2", "3", "3", "3", "3", "4", "4", "4", "5", "6"]
    assert told[4][3] == "7 points or more: group 1\n4 points or more: group 2\nfewer points: group 3"
    assert told[9][3] == "group 1: A with secure, B with developing, C with weak"
    assert told[12][3].startswith("C at best.")


def test_changed_numbers_and_readings_are_said() -> None:
    framework = load("southend_2017").with_threshold("close_margin", 4.0).with_reading("AMB-S17-MAJ", "B")
    page = framework_page(framework)
    about = {row.cells[0].text[0]: row.cells[1].text[0] for row in section(page, "about").rows}
    assert about["Numbers changed"] == "close_margin = 4 instead of 5"
    assert about["Readings in force"] == "AMB-S17-MAJ = B; all others the default"
    tested = cells(page, "clauses", "SOU17-ALL-Green-05")["How it is tested"]
    assert "less 4 and" in tested
    assert "close_margin = 4 points (changed; in the file 5)" in tested
    assert cells(page, "clauses", "SOU17-ALL-Green-14")["What it does"] == "counts"


def test_clauses_of_several_phases_are_grouped() -> None:
    text = new_template().replace('test = { not = "near" }', 'test = { not = "near" }\nphases = ["primary"]')
    framework = from_text(text)
    groups = [group.heading for group in section(framework_page(framework), "clauses").groups]
    assert groups == [
        "A (Self-improving school): Criteria",
        "B (School to watch): Criteria",
        "C (School causing concern): Criteria",
        "C (School causing concern): Primary, Criteria",
    ]


def from_text(text: str) -> sf.Framework:
    path = Path(tempfile.mkdtemp()) / "framework.toml"
    path.write_text(text, encoding="utf-8")
    return sf.Framework.load(path)


# -- the index -------------------------------------------------------------------------------------------


def test_the_index_walks_down_the_paper(framework: sf.Framework) -> None:
    page = framework_page(framework)
    rows: list[Row] = list(section(page, "index").rows)
    lines = [row.lines for row in rows if row.lines is not None]
    assert len(lines) == len(rows)
    assert lines == sorted(lines)
    listed = {row.cells[1].text[0] for row in rows if row.cells[1].text}
    assert set(framework.criteria()["id"]) <= listed
    assert set(framework.thresholds().drop_nulls("line")["name"]) <= listed


def test_lines_without_an_entry_are_named(example: Page) -> None:
    said = section(example, "index").intro[1]
    runs = re.search(r": ([\d, -]+)\.$", said)
    assert runs is not None, said
    open_lines = set()
    for run in runs.group(1).split(", "):
        first, _, last = run.partition("-")
        open_lines |= set(range(int(first), int(last or first) + 1))
    entries = [row.lines for row in section(example, "index").rows if row.lines]
    cited = {line for first_line, last_line in entries for line in range(first_line, last_line + 1)}
    assert not open_lines & cited
    assert open_lines | cited == set(range(1, 75))
    assert {1, 9, 24, 44} <= open_lines
    assert {14, 30, 52, 71, 74} <= cited


# -- Markdown --------------------------------------------------------------------------------------------


def test_tables_of_markdown_are_whole(framework: sf.Framework) -> None:
    text = framework_markdown(framework)
    width = 0
    for line in text.splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        found = len(re.findall(r"(?<!\\)\|", line))
        assert width in (0, found), line
        width = found
    anchors = re.findall(r"^- \[.*\]\(#(.*)\)$", text, re.MULTILINE)
    titles = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert anchors == [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]


def test_markup_in_a_file_stays_text(tmp_path: Path) -> None:
    text = new_template().replace("A new headteacher may make", "<script>x</script> | *a* =1+1 & a new one may make")
    framework = from_text(text)
    assert r"\<script\>x\</script\> \| \*a\*" in framework_markdown(framework)
    html = framework_html(framework)
    assert "<script" not in html
    assert "&lt;script&gt;x&lt;/script&gt; | *a* =1+1 &amp; a new one" in html
    path = framework_workbook(framework, tmp_path / "x.xlsx")
    values = [cell.value for row in openpyxl.load_workbook(path)["Flags"].iter_rows() for cell in row]
    assert any(str(value).startswith("<script>x</script> | *a* =1+1") for value in values)


# -- HTML ------------------------------------------------------------------------------------------------

VOID = {"meta", "col", "br", "wbr"}


class Reader(HTMLParser):
    """Checks that elements close in order, and collects what the tests look at."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.tables: list[dict[str, int]] = []
        self.tags: dict[str, int] = {}
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.attributes += attrs
        self.tags[tag] = self.tags.get(tag, 0) + 1
        if tag not in VOID:
            self.open.append(tag)
        if named.get("id"):
            self.ids.append(str(named["id"]))
        if tag == "a":
            self.links.append(str(named["href"]))
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append({"caption": 0, "th": 0, "scope": 0, "rows": 0})
        if tag == "caption":
            self.tables[-1]["caption"] += 1
        if tag == "th":
            self.tables[-1]["th"] += 1
            self.tables[-1]["scope"] += named.get("scope") in ("col", "row")
        if tag == "tr":
            self.tables[-1]["rows"] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_is_accessible(framework: sf.Framework) -> None:
    html = framework_html(framework)
    page = read(html)
    assert html.startswith('<!DOCTYPE html>\n<html lang="en-GB">')
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert len(page.ids) == len(set(page.ids))
    assert all(table["caption"] == 1 and table["th"] == table["scope"] > 0 for table in page.tables)
    assert page.tags["main"] == page.tags["nav"] == page.tags["title"] == 1
    missing = [link for link in page.links if not (link.startswith("#") and link[1:] in page.ids)]
    assert missing == []


def test_the_page_needs_nothing_from_outside(framework: sf.Framework) -> None:
    html = framework_html(framework)
    assert {"script", "link", "img", "iframe"} & set(read(html).tags) == set()
    assert not re.search(r"https?:|@import|url\(", html)


def test_the_page_prints(southend: Page) -> None:
    html = framework_html(load("southend_2017"))
    assert "@page { size: A4 landscape" in html
    assert "thead { display: table-header-group; }" in html
    assert "tr { break-inside: avoid; }" in html


def test_colour_never_stands_alone() -> None:
    html = framework_html(load("southend_2017"))
    marked = re.findall(r'<span class="mark"[^>]*>(.*?)</span>', html)
    assert len(marked) > 8
    assert all(re.match(r"(Green|Amber|Red|Blue)\b", text) for text in marked), marked


def test_a_mention_of_an_id_leads_to_its_row() -> None:
    html = framework_html(load("southend_2017"))
    assert 'any of <a href="#SOU17-ALL-Blue-01">SOU17-ALL-Blue-01</a> to' in html
    assert '<a href="#AMB-S17-LIMBS">AMB-S17-LIMBS</a>' in html
    assert '<tr id="SOU17-ALL-Blue-01">' in html
    assert '<h3 id="AMB-S17-LIMBS">' in html


# -- the workbook ----------------------------------------------------------------------------------------


def test_the_workbook_has_a_sheet_for_each_section(framework: sf.Framework, tmp_path: Path) -> None:
    path = framework_workbook(framework, tmp_path / "made" / "framework.xlsx")
    book = openpyxl.load_workbook(path)
    page = framework_page(framework)
    assert book.sheetnames == [one.sheet for one in page.sections]
    for one in page.sections:
        sheet = book[one.sheet]
        head = next(row for row in range(1, 20) if sheet.cell(row, 1).font.bold and row > 1)
        headings = [cell.value for cell in sheet[head]]
        assert [column.heading for column in one.columns] == headings[-len(one.columns) :]
        assert sheet.max_row - head == len(list(one.rows))
        assert sheet.freeze_panes is not None
        assert sheet.freeze_panes.endswith(str(head + 1)) or int(re.sub(r"\D", "", sheet.freeze_panes)) == head + 1
        assert sheet.print_title_rows == f"${head}:${head}"
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.auto_filter.ref is not None
        assert all(cell.alignment.wrap_text for cell in sheet[head + 1])


def test_cells_of_the_workbook(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(framework_workbook(load("southend_2017"), tmp_path / "s.xlsx"))
    rows = [[cell.value for cell in row] for row in book["Clauses"].iter_rows(min_row=5)]
    heads = [cell.value for cell in book["Clauses"][4]]
    assert heads[:4] == ["Category", "Part of the paper", "Line", "Id"]
    first = dict(zip(heads, rows[0], strict=True))
    assert (first["Category"], first["Part of the paper"], first["Line"]) == ("Green", "Appendix I", 451)
    assert first["Id"] == "SOU17-ALL-Green-01"
    numbers = {row[1].value: row[2].value for row in book["Numbers"].iter_rows(min_row=4)}
    assert numbers["close_margin"] == 5
    assert book["Clauses"].cell(5, 1).fill.fgColor.rgb == "FFCDE9CF"
    target = next(row for row in book["Index by line"].iter_rows() if row[1].value == "SOU17-ALL-Blue-07")[1].hyperlink
    assert target is not None
    place = str(target.location).rpartition("!")[2]
    line = int(place[1:])
    assert "SOU17-ALL-Blue-07" in [cell.value for cell in book["Clauses"][line]]


def test_an_officer_can_answer_beside_each_clause(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(framework_workbook(load("southend_2017"), tmp_path / "s.xlsx"))
    for sheet in ("Clauses", "Index by line", "Readings", "Support"):
        rules = book[sheet].data_validations.dataValidation
        assert [rule.formula1 for rule in rules] == ['"agrees,differs,to discuss"'], sheet
    assert book["Indicators"].data_validations.dataValidation == []


def test_the_same_framework_gives_the_same_bytes(tmp_path: Path) -> None:
    first = framework_workbook(load("exampleshire"), tmp_path / "a.xlsx").read_bytes()
    second = framework_workbook(load("exampleshire"), tmp_path / "b.xlsx").read_bytes()
    assert first == second
    framework = load("exampleshire")
    assert framework_html(framework) == framework_html(load("exampleshire"))
    assert framework_markdown(framework) == framework_markdown(load("exampleshire"))


@pytest.mark.parametrize("where", ["page", "writing", "closing", "replacing"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "framework.xlsx"
    path.write_bytes(b"old")
    xlsxwriter: Any = pytest.importorskip("xlsxwriter")

    def fail(*_: object, **__: object) -> None:
        message = "no"
        raise RuntimeError(message)

    module = "schoolframe.presentation._framework_workbook"
    if where == "page":
        monkeypatch.setattr(framework_pages, "framework_page", fail)
    elif where == "writing":
        monkeypatch.setattr(f"{module}._write_row", fail)
    elif where == "closing":
        monkeypatch.setattr(xlsxwriter.Workbook, "close", fail)
    else:
        monkeypatch.setattr(f"{module}.os.replace", fail)
    with pytest.raises(RuntimeError, match="no"):
        framework_workbook(load("exampleshire"), path)
    assert [one.name for one in tmp_path.iterdir()] == ["framework.xlsx"]
    assert path.read_bytes() == b"old"


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "framework.xlsx"
    path.write_bytes(b"old")
    assert framework_workbook(load("exampleshire"), str(path)) == path
    assert zipfile.is_zipfile(path)


def test_a_folder_that_is_a_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"")
    with pytest.raises(OSError, match="folder"):
        framework_workbook(load("exampleshire"), tmp_path / "folder" / "x.xlsx")


def test_the_name_must_end_in_xlsx(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must|needs a name that ends in \.xlsx, not 'x\.xls'"):
        framework_workbook(load("exampleshire"), tmp_path / "x.xls")
    assert list(tmp_path.iterdir()) == []
