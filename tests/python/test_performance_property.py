"""Any table that can be written can be read back: every number, every code, every line."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolframe.readers import read_performance_tables
from schoolframe.readers._cells import code_table

if TYPE_CHECKING:
    from schoolframe.readers import PerformanceTables

MEASURES = ["PTRWM_EXP", "READPROG", "MAT_AVERAGE", "TELIG"]
CODES = {text: meaning for text, meaning in code_table().select("text", "meaning").rows() if text is not None}

numbers = st.decimals(-(10**6), 10**6, places=2).map(str) | st.integers(-(10**6), 10**6).map(
    lambda whole: f"{whole:,}%"
)
cells = numbers | st.sampled_from(sorted(CODES))
# Before 3.13 the csv module writes a lone carriage return without quotes.
names = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)
tables = st.lists(
    st.tuples(st.sampled_from("12345"), names, st.lists(cells, min_size=4, max_size=4)), min_size=1, max_size=12
)


def written(
    rows: list[tuple[str, str, list[str]]], end: str, *, quoted: bool, trimmed: bool
) -> tuple[bytes, list[int]]:
    """Return the file and the line of every row."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerow(["RECTYPE", "URN", "SCHNAME", *MEASURES])
    lines = []
    for place, (rectype, name, measures) in enumerate(rows):
        lines.append(sum(1 for _ in io.StringIO(buffer.getvalue(), newline=None)) + 1)
        row = [rectype, str(100_000 + place) if rectype in "12" else "", name, *measures]
        while trimmed and row[-1] == "":
            row.pop()
        writer.writerow(row)
    return buffer.getvalue().encode(), lines


def level_of(read: PerformanceTables, rectype: str) -> list[dict[str, object]]:
    frame = {"1": read.schools, "2": read.schools, "3": read.authorities}.get(rectype, read.national)
    return list(frame.filter(rectype=int(rectype)).iter_rows(named=True))


@pytest.mark.filterwarnings("ignore:.*no percentage is above 1:UserWarning")
@given(tables, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
def test_written_tables_read_back(
    rows: list[tuple[str, str, list[str]]], end: str, quoted: bool, trimmed: bool
) -> None:
    content, lines = written(rows, end, quoted=quoted, trimmed=trimmed)
    read = read_performance_tables(content, year=2019)
    expected_codes = []
    for rectype in "12345":
        mine = [
            (line, name, measures) for line, (kind, name, measures) in zip(lines, rows, strict=True) if kind == rectype
        ]
        found = level_of(read, rectype)
        assert len(found) == len(mine)
        for (line, name, measures), row in zip(mine, found, strict=True):
            assert (row["school_name"] or "") == name.strip(" \t\n\r\x0b\x0c\u00a0") or not name.isascii()
            for measure, cell in zip(MEASURES, measures, strict=True):
                if cell in CODES:
                    assert row[measure] is None
                    expected_codes.append((line, measure, CODES[cell]))
                else:
                    assert row[measure] == float(cell.replace(",", "").replace("%", ""))
    assert sorted(read.codes.select("line", "column", "meaning").rows()) == sorted(expected_codes)
