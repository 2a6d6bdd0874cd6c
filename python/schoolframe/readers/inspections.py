"""Ofsted inspections: histories of graded inspections and the monthly snapshots of the latest ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe._frames import as_frame
from schoolframe.exceptions import InputError
from schoolframe.readers._columns import Unknown, complain
from schoolframe.readers._dates import as_day
from schoolframe.readers._inspection_table import build_inspections, grade_label, inspection_framework
from schoolframe.readers._load import load

if TYPE_CHECKING:
    import datetime as dt

    from schoolframe.readers._sources import Source

__all__ = [
    "combine_inspections",
    "graded_only",
    "inspection_framework",
    "latest_inspection",
    "read_inspections",
    "typed_inspections",
]

_NOT_GRADED = ("short", "ungraded", "monitoring", "urgent")
_NEEDED = ("urn", "inspection_date", "grade")
_TYPES: dict[str, pl.DataType] = {
    **dict.fromkeys(("urn", "urn_inspected", "previous_urn"), pl.Int64()),
    **dict.fromkeys(("grade", "previous_grade", "leadership_and_management"), pl.Int8()),
    **dict.fromkeys(
        ("inspection_date", "publication_date", "previous_inspection_date", "previous_publication_date"), pl.Date()
    ),
}


def read_inspections(source: Source, *, sheet: str | None = None, unknown: Unknown = "raise") -> pl.DataFrame:
    r"""Read Ofsted inspections: a history, a list of inspections, or a monthly snapshot of the latest ones, any year.

    Columns are known by the names that the releases since 2010 have given them. Title lines above the header are
    passed over. Every row of the file is a row of the frame; a row that repeats an earlier one (same school, day and
    grade) is marked in ``is_repeat``.

    In a snapshot a row is a school, not an inspection. ``grade`` and the columns beside it are of the latest graded
    inspection, columns that begin with ``previous_`` of the one before, ``ungraded_`` of a later ungraded (short,
    section 8) one. ``urn_inspected`` is the URN under which the school was inspected: a converted school carries what
    its predecessor got. In the workbook of 31 July 2018 the one inspection date is, for more than a quarter of the
    schools, that of a later short inspection which left the grade as it was.

    Args:
        source: A path, bytes, a file object, or a list of these; CSV or workbook, plain or packed.
        sheet: Name of the sheet to read of a workbook with several lists of inspections. Not given, the first list is
            read, with a warning if there are others.
        unknown: What to do with a grade, date or category that is not known, and with two different grades for one
            school on one day in one file: ``raise`` an error or ``warn`` and read on, the cell null and the rows kept.

    Returns:
        A frame with

        - ``urn``, ``urn_inspected`` (Int64), ``la``, ``estab`` (String), ``laestab`` (Int64), ``school_name``,
          ``la_name``, ``region``, ``school_type`` (String), ``phase`` (String: ``nursery``, ``primary``, ``secondary``,
          ``all_through``, ``special``, ``pru``, ``sixteen_plus``; Ofsted's phase, in which a middle school is primary
          or secondary),
        - ``inspection_number``, ``inspection_type`` (String, as published), ``event`` (String: ``graded``, ``short``,
          ``ungraded``, ``monitoring``, ``urgent``, ``report_card``, ``other``; null where the file does not say; an
          inspection that began as a short one and was converted is graded),
        - ``inspection_date`` (Date: the first day, else the day the file gives, else the last day),
          ``inspection_start``, ``inspection_end``, ``publication_date`` (Date),
        - ``grade`` (Int8: 1 to 4), ``grade_label`` (String: ``outstanding``, ``good``, ``satisfactory`` before
          1 September 2012 or where the file says so, ``requires_improvement`` since, ``inadequate``),
          ``grade_reason`` (String, null where there is a grade; ``not_applicable`` for 9, ``not_judged`` where no
          overall grade was given, ``report_card`` for inspections from 10 November 2025, which have none),
        - ``framework`` (String: see :func:`inspection_framework`),
        - ``category_of_concern`` (String: ``special_measures``, ``serious_weaknesses``, ``notice_to_improve``,
          ``requires_significant_improvement``, ``none`` for grades 1 to 3; null where it is not told),
        - ``safeguarding_effective`` (Boolean),
        - grades under the overall one, Int8, with ``<name>_reason``: ``quality_of_education``,
          ``behaviour_and_attitudes``, ``personal_development``, ``leadership_and_management``, ``early_years``,
          ``sixth_form``, ``outcomes``, ``teaching``, ``personal_development_behaviour_welfare``, ``achievement``,
          ``behaviour_and_safety``,
        - ``previous_grade`` (Int8) with ``previous_grade_reason``, ``previous_urn`` (Int64),
          ``previous_inspection_number`` (String), ``previous_inspection_date``, ``previous_publication_date`` (Date),
          ``previous_category_of_concern`` (String),
        - ``ungraded_date``, ``ungraded_publication_date`` (Date), ``ungraded_outcome`` (String, as published),
        - ``report_card_date``, ``report_card_publication_date`` (Date), ``report_card_inspection_number``,
          ``report_card_category_of_concern`` (String) and the areas of the report card as published
          (String): ``rc_safeguarding``, ``rc_inclusion``, ``rc_curriculum_and_teaching``, ``rc_achievement``,
          ``rc_attendance_and_behaviour``, ``rc_personal_development_and_wellbeing``, ``rc_early_years``,
          ``rc_post_16``, ``rc_leadership_and_governance``: five words that cannot be compared with the four grades,
        - ``is_repeat`` (Boolean), every further column as text, and ``source_file``.

    Raises:
        ReadError: If the file holds no inspections, or is damaged, or ``unknown`` is ``raise`` and something is wrong
            in it.

    Example:
        >>> frame = read_inspections(b"URN,Rating,Inspection Date\n100000,Satisfactory,20080926\n100000,Good,20130418")
        >>> frame.select("grade", "grade_label", "inspection_date", "framework").row(0)
        (3, 'satisfactory', datetime.date(2008, 9, 26), 'inspection_2005')
    """
    frame = load(source, "inspections", unknown, build_inspections, sheet=sheet)
    _refuse_conflicts(frame, unknown)
    key = ["source_file", "urn", "inspection_date", "inspection_number", "grade"]
    repeat = pl.col("inspection_date").is_not_null() & (pl.int_range(pl.len()).over(key) > 0)
    names = [name for name in frame.columns if name != "source_file"]
    return frame.with_columns(repeat.alias("is_repeat")).select(*names, "is_repeat", "source_file")


def latest_inspection(
    inspections: object,
    on: dt.date | None = None,
    *,
    by: Literal["inspection_date", "publication_date"] = "inspection_date",
) -> pl.DataFrame:
    r"""Return for each school its last graded inspection on or before a day, under the names that frameworks use.

    In a snapshot the previous graded inspection counts as well, so a day before the latest one gives the one before.
    Inspections without a grade or without a date are passed over, as are short, ungraded, monitoring and urgent visits
    in a list that repeats beside them the grade that stands. Of two on one day the one published later is taken, then
    the later row.

    Args:
        inspections: A frame as :func:`read_inspections` or :func:`combine_inspections` returns it.
        on: The day; the day itself counts. None means no limit, and no ``ofsted_months_ago``.
        by: Which date counts: the day of the inspection, or of the publication of its report, before which nobody
            outside knows the grade.

    Returns:
        One row per URN, ordered by URN: ``urn``, ``urn_inspected`` (Int64), ``ofsted_overall`` (Int8: 1 to 4),
        ``ofsted_date``, ``ofsted_publication_date`` (Date), ``ofsted_months_ago`` (Int32: the least number of whole
        months that lead from the inspection to ``on`` or beyond, so at most 36 means within three years to the day),
        ``ofsted_category`` (String: ``none``, ``serious_weaknesses``, ``special_measures``, null if grade 4 came
        without one; a notice to improve, the earlier name, counts as ``serious_weaknesses``), ``ofsted_nti`` (Boolean:
        in the lower category) and ``ofsted_special_measures`` (Boolean), ``ofsted_lm_grade`` (Int8: leadership and
        management), ``grade_label``, ``framework``, ``inspection_number`` (String), and ``source_file``.

    Raises:
        InputError: If a column is missing or not of its type, ``on`` is no date, or ``by`` is neither of the two words.

    Example:
        >>> import datetime as dt
        >>> history = read_inspections(b"URN,Rating,Inspection Date\n1,Satisfactory,20080926\n1,Good,20130418")
        >>> latest_inspection(history, dt.date(2013, 4, 17)).select("urn", "ofsted_overall", "ofsted_months_ago").rows()
        [(1, 3, 55)]
    """
    if by not in ("inspection_date", "publication_date"):
        msg = f"by: must be 'inspection_date' or 'publication_date', not {by!r}"
        raise InputError(msg)
    on = as_day(on, "on")
    events = _events(as_frame(inspections, "inspections"))
    events = events.drop_nulls(["urn", "grade", by])
    if on is not None:
        events = events.filter(pl.col(by) <= on)
    last = (
        events.sort("urn", by, "publication_date", "row", nulls_last=False).group_by("urn", maintain_order=True).last()
    )
    category = (
        pl.when(pl.col("grade") <= 3)
        .then(pl.lit("none"))
        .otherwise(pl.col("category_of_concern").replace({"notice_to_improve": "serious_weaknesses"}))
    )
    return last.select(
        "urn",
        "urn_inspected",
        ofsted_overall="grade",
        ofsted_date="inspection_date",
        ofsted_publication_date="publication_date",
        ofsted_months_ago=_months_between(pl.col("inspection_date"), on),
        ofsted_category=category,
        ofsted_nti=category == "serious_weaknesses",
        ofsted_special_measures=category == "special_measures",
        ofsted_lm_grade="leadership_and_management",
        grade_label="grade_label",
        framework="framework",
        inspection_number="inspection_number",
        source_file="source_file",
    )


def combine_inspections(first: object, second: object, *, tolerance_days: int = 1) -> pl.DataFrame:
    r"""Put two sources of inspections together without counting an inspection twice.

    Sources date an inspection by its first or by its last day, so the same inspection may stand a day apart. A row of
    ``second`` is the same inspection as the nearest row of ``first`` for the same URN if their dates differ by at most
    ``tolerance_days``; it then only fills what is null there. Each row has one partner at most: the nearest pairs are
    made first. All other rows of ``second`` are added.

    Args:
        first: A frame as :func:`read_inspections` returns it; its dates and grades win.
        second: Another one.
        tolerance_days: The greatest difference in days; 0 for the same day only. An inspection takes two days, so 1 is
            enough for most; 4 spans a weekend.

    Returns:
        The columns of both, then ``days_apart`` (Int32: date in ``second`` minus date in ``first``, null for rows of
        one source only) and ``grades_differ`` (Boolean: both have a grade and not the same; null for rows of one source
        only). All rows of ``first`` in their order, then the added rows in theirs.

    Raises:
        InputError: If a column is missing or not of its type, or ``tolerance_days`` is negative.

    Example:
        >>> a = read_inspections(b"URN,Rating,Inspection Date\n1,Good,20130418\n1,Good,20170110")
        >>> text = b"URN,Overall effectiveness,Inspection date,Publication date\n1,2,19/04/2013,14/05/2013"
        >>> b = read_inspections(text)
        >>> combine_inspections(a, b).select("inspection_date", "publication_date", "days_apart").rows()[0]
        (datetime.date(2013, 4, 18), datetime.date(2013, 5, 14), 1)
    """
    if tolerance_days < 0:
        msg = f"tolerance_days: must be 0 or more, not {tolerance_days}"
        raise InputError(msg)
    left = typed_inspections(as_frame(first, "first"), "first").with_row_index("_left")
    right = typed_inspections(as_frame(second, "second"), "second").with_row_index("_right")
    pairs = (
        left.select("_left", "urn", "inspection_date")
        .drop_nulls()
        .join(right.select("_right", "urn", other="inspection_date").drop_nulls(), on="urn")
        .with_columns(days=(pl.col("other") - pl.col("inspection_date")).dt.total_days())
        .filter(pl.col("days").abs() <= tolerance_days)
        .sort(pl.col("days").abs(), "_left", "_right")
        .select("_left", "_right", pl.col("days").cast(pl.Int32).alias("days_apart"))
    )
    pairs = _match(pairs)
    shared = [name for name in _own(left) if name in right.columns]
    merged = (
        left.join(pairs, on="_left", how="left", maintain_order="left")
        .join(right, on="_right", how="left", suffix="_second", maintain_order="left")
        .with_columns(grades_differ=pl.col("grade") != pl.col("grade_second"))
        .with_columns(pl.coalesce(name, f"{name}_second").alias(name) for name in shared)
    )
    names = [*_own(left), *(name for name in _own(right) if name not in left.columns)]
    added = right.join(pairs, on="_right", how="anti", maintain_order="left")
    return pl.concat(
        [merged.select(*names, "days_apart", "grades_differ"), added.drop("_right")], how="diagonal_relaxed"
    )


def _refuse_conflicts(frame: pl.DataFrame, unknown: Unknown) -> None:
    """Report schools that a file gives two different grades for one day."""
    key = ["source_file", "urn", "inspection_date", "inspection_number"]
    graded = frame.drop_nulls(["urn", "inspection_date", "grade"])
    differing = (
        graded.group_by(key, maintain_order=True)
        .agg(pl.col("grade").unique().sort())
        .filter(pl.col("grade").list.len() > 1)
    )
    if differing.is_empty():
        return
    examples = "; ".join(
        f"URN {row['urn']} on {row['inspection_date']}: {' and '.join(map(str, row['grade']))}"
        for row in differing.head(5).iter_rows(named=True)
    )
    count = f"{differing.height:,} {'inspection has' if differing.height == 1 else 'inspections have'}"
    complain([f"{differing['source_file'][0]}: {count} more than one grade ({examples})"], unknown)


def typed_inspections(frame: pl.DataFrame, argument: str) -> pl.DataFrame:
    """Return inspections with the types that :func:`read_inspections` gives their URNs, grades and dates.

    Other libraries hold whole numbers with gaps as floats and dates as times; those and columns without any value are
    taken back. A text is not read.

    Raises:
        InputError: If a column is missing or holds something else.
    """
    for name in _NEEDED:
        if name not in frame.columns:
            msg = f"{argument}: the column {name!r} is missing; read_inspections gives it"
            raise InputError(msg)
    casts = []
    for name, wanted in _TYPES.items():
        held = frame.schema.get(name, wanted)
        if held == wanted:
            continue
        dates = wanted == pl.Date
        right = held == pl.Datetime if dates else held.is_integer() or _is_whole(frame[name])
        if held != pl.Null and not right:
            msg = f"{argument}: the column {name!r} must hold {'dates' if dates else 'whole numbers'}, not {held}"
            raise InputError(msg)
        casts.append((pl.col(name).fill_nan(None) if held.is_float() else pl.col(name)).cast(wanted))
    return frame.with_columns(casts)


def graded_only(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out rows of visits that judge no overall grade, though some lists repeat beside them the grade that stands.

    A row that tells of the inspection before as well is of a snapshot: its grade is that of the last graded inspection,
    whatever the visit, and it stays.
    """
    if "event" not in frame.columns:
        return frame
    other = pl.col("event").is_in(_NOT_GRADED).fill_null(value=False)
    names = [name for name in ("previous_grade", "previous_inspection_date") if name in frame.columns]
    alone = pl.all_horizontal(pl.col(name).is_null() for name in names) if names else pl.lit(value=True)
    return frame.filter(~(other & alone))


def _is_whole(column: pl.Series) -> bool:
    if not column.dtype.is_float():
        return False
    held = column.drop_nans().drop_nulls()
    return bool((held == held.floor()).all())


def _match(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of a greedy matching: the first, then the first of those that share no row with it."""
    chosen = [pairs.clear()]
    rest = pairs.with_row_index("_order")
    while not rest.is_empty():  # each turn takes every pair that is first for both its rows
        first = rest.filter(
            (pl.col("_order") == pl.col("_order").min().over("_left"))
            & (pl.col("_order") == pl.col("_order").min().over("_right"))
        )
        chosen.append(first.drop("_order"))
        rest = rest.join(first, on="_left", how="anti").join(first, on="_right", how="anti")
    return pl.concat(chosen)


def _own(frame: pl.DataFrame) -> list[str]:
    return [name for name in frame.columns if not name.startswith("_")]


def _events(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the graded inspections of a frame, one per row: the latest of each row, and the previous one it names."""
    frame = graded_only(typed_inspections(frame, "inspections")).with_row_index("row")
    wanted = {
        "urn_inspected": pl.Int64,
        "publication_date": pl.Date,
        "category_of_concern": pl.String,
        "leadership_and_management": pl.Int8,
        "grade_label": pl.String,
        "framework": pl.String,
        "inspection_number": pl.String,
        "source_file": pl.String,
        "previous_grade": pl.Int8,
        "previous_inspection_date": pl.Date,
        "previous_publication_date": pl.Date,
        "previous_urn": pl.Int64,
        "previous_category_of_concern": pl.String,
        "previous_inspection_number": pl.String,
    }
    frame = frame.with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in wanted.items() if name not in frame.columns
    )
    names = ["row", "urn", "urn_inspected", "grade", "grade_label", "inspection_date", "publication_date", "framework"]
    names += ["category_of_concern", "leadership_and_management", "inspection_number", "source_file"]
    latest = frame.select(names)
    day = pl.col("previous_inspection_date")
    previous = frame.filter(pl.col("previous_grade").is_not_null() & day.is_not_null()).select(
        "row",
        "urn",
        urn_inspected=pl.coalesce("previous_urn", "urn"),
        grade="previous_grade",
        grade_label=grade_label(pl.col("previous_grade"), day),
        inspection_date=day,
        publication_date="previous_publication_date",
        framework=inspection_framework(day),
        category_of_concern="previous_category_of_concern",
        leadership_and_management=pl.lit(None, dtype=pl.Int8),
        inspection_number="previous_inspection_number",
        source_file="source_file",
    )
    return pl.concat([latest, previous.select(names)], how="vertical_relaxed")


def _months_between(start: pl.Expr, end: dt.date | None) -> pl.Expr:
    """Return the least number of months that, added to ``start``, reach ``end`` or pass it."""
    if end is None:
        return pl.lit(None, dtype=pl.Int32)
    months = (end.year - start.dt.year()) * 12 + end.month - start.dt.month().cast(pl.Int32)
    short = start.dt.offset_by(pl.format("{}mo", months)) < end
    return (months + short.cast(pl.Int32)).cast(pl.Int32)
