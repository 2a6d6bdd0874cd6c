"""The school census: pupils on roll and who they are, school by school."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe.readers._load import check_unique, load
from schoolframe.readers._tidy import put_school_keys

if TYPE_CHECKING:
    from schoolframe.readers._columns import ColumnPicker, Unknown
    from schoolframe.readers._sources import Source

__all__ = ["read_census"]

# Column of ours, whether it counts pupils, and what it has been called.
_MEASURES: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
    ("roll", True, ("NOR", "TOTPUPS", "headcount of pupils", "Number of pupils", "number_of_pupils")),
    ("girls", True, ("NORG", "headcount total female", "Number of girls")),
    ("boys", True, ("NORB", "headcount total male", "Number of boys")),
    ("girls_pct", False, ("PNORG",)),
    ("boys_pct", False, ("PNORB",)),
    ("sen_plan", True, ("TSENELSE",)),
    ("sen_plan_pct", False, ("PSENELSE",)),
    ("sen_support", True, ("TSENELK",)),
    ("sen_support_pct", False, ("PSENELK",)),
    ("eal", True, ("NUMEAL", "number of pupils whose first language is known or believed to be other than English")),
    ("eal_pct", False, ("PNUMEAL", "% of pupils whose first language is known or believed to be other than English")),
    ("english_first", True, ("NUMENGFL", "number of pupils whose first language is known or believed to be English")),
    ("english_first_pct", False, ("PNUMENGFL", "% of pupils whose first language is known or believed to be English")),
    ("language_unclassified", True, ("NUMUNCFL", "number of pupils whose first language is unclassified")),
    ("language_unclassified_pct", False, ("PNUMUNCFL", "% of pupils whose first language is unclassified")),
    ("fsm", True, ("NUMFSM", "number of pupils known to be eligible for free school meals")),
    ("fsm_pct", False, ("PNUMFSM", "% of pupils known to be eligible for free school meals")),
    ("fsm_ever6", True, ("NUMFSMEVER",)),
    ("fsm_ever6_pct", False, ("PNUMFSMEVER",)),
)


def read_census(source: Source, *, year: int | None = None, unknown: Unknown = "raise") -> pl.DataFrame:
    r"""Read the school census as it comes with the performance tables (``england_census.csv``), any authority or year.

    Every row of the file is a row of the frame, the rows for England included; ``level`` tells them apart. Measures
    that a file lacks are null with the reason ``not_in_file``, so the columns are the same for every year.

    ===================================  ======================================================
    Columns                              Published as
    ===================================  ======================================================
    roll, girls, boys                    NOR, NORG, NORB
    girls_pct, boys_pct                  PNORG, PNORB
    sen_plan, sen_plan_pct               TSENELSE, PSENELSE: pupils with an education, health and care plan (a
                                         statement, until 2018)
    sen_support, sen_support_pct         TSENELK, PSENELK: other pupils with special educational needs
    eal, eal_pct                         NUMEAL, PNUMEAL: first language other than English
    english_first, english_first_pct     NUMENGFL, PNUMENGFL
    language_unclassified, .._pct        NUMUNCFL, PNUMUNCFL
    fsm, fsm_pct                         NUMFSM, PNUMFSM: eligible for free school meals on census day
    fsm_ever6, fsm_ever6_pct             NUMFSMEVER, PNUMFSMEVER: eligible in any of the last six years
    ===================================  ======================================================

    The base of the ``fsm_ever6`` measures differs from ``roll`` (in schools it is the pupils the measure is defined
    for), so the published percentage is kept and none is computed.

    Args:
        source: A path, bytes, a file object, or a list of these; CSV or workbook, plain or packed.
        year: The year in which the academic year ends, for files that neither say it nor have it in their name
            (``2018-2019`` in a file or folder name gives 2019). The file wins.
        unknown: What to do with a cell that is neither a number nor a known code, and with a school that stands twice:
            ``raise`` an error or ``warn`` and read on, the cell null and the row kept.

    Returns:
        A frame with ``year`` (Int32), ``level`` (String: ``school``, ``authority``, ``national``), ``group``
        (String: ``primary``, ``secondary`` or ``special`` in the rows for England), ``urn`` (Int64), ``la`` and
        ``estab`` (String), ``laestab`` (Int64), ``school_type`` (String, as published), the measures above (counts
        Int64, percentages Float64 on 0-100), any further column (Float64 if it holds numbers and codes only, else
        text), one String column ``<measure>_reason`` per measure (null where there is a number, else why there is
        none), and ``source_file``.

    Raises:
        ReadError: If the file is not a census, or is damaged, or ``unknown`` is ``raise`` and something is wrong in it.

    Example:
        >>> text = b"URN,LA,ESTAB,SCHOOLTYPE,NOR,NUMEAL,PNUMEAL\n100000,201,3614,State-funded primary,285,141,49.5%"
        >>> frame = read_census(text, year=2019)
        >>> frame.select("urn", "laestab", "roll", "eal_pct", "fsm", "fsm_reason").row(0)
        (100000, 2013614, 285, 49.5, None, 'not_in_file')
    """

    def build(columns: ColumnPicker) -> pl.DataFrame:
        return _build(columns, year)

    frame = load(source, "census", unknown, build)
    schools = frame.filter(pl.col("level") == "school")
    check_unique(schools, ["urn", "year"], "schools", unknown)
    return frame


def _build(columns: ColumnPicker, year: int | None) -> pl.DataFrame:
    columns.year(year, "time_period", "academic_year", "Year")
    put_school_keys(columns)
    columns.text("school_type", "SCHOOLTYPE", "School type", "Type of establishment", "phase_type_grouping")
    for out, whole, names in _MEASURES:
        columns.measure(out, *names, whole=whole)
    columns.rest(numbers=True)
    return columns.frame()
