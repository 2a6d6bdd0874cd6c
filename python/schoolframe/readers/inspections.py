"""Ofsted inspections: histories of graded inspections and the monthly snapshots of the latest ones."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from schoolframe.readers._columns import NOT_IN_FILE, Unknown, complain
from schoolframe.readers._inspection_words import (
    CATEGORIES,
    EVENTS,
    GRADE_REASONS,
    GRADES,
    LABELS,
    PHASES,
    REPORT_CARD_WORDS,
)
from schoolframe.readers._load import load

if TYPE_CHECKING:
    from schoolframe.readers._columns import ColumnPicker
    from schoolframe.readers._sources import Source

__all__ = ["inspection_framework", "read_inspections"]

# First day of each framework of inspection. The scale of four grades ends with the last but one.
_FRAMEWORKS = (
    (dt.date(2005, 9, 1), "inspection_2005"),
    (dt.date(2012, 9, 1), "inspection_2012"),
    (dt.date(2015, 9, 1), "common_2015"),
    (dt.date(2019, 9, 1), "education_2019"),
    (dt.date(2025, 11, 10), "report_card_2025"),
)
_REPORT_CARDS_FROM = _FRAMEWORKS[-1][0]
_REQUIRES_IMPROVEMENT_FROM = dt.date(2012, 9, 1)

_OEIF = "latest OEIF graded inspection"
_LATEST = ("latest graded inspection", "latest full inspection")
_PREVIOUS = ("previous graded inspection", "previous full inspection", "previous inspection")

# Judgements under the overall one, each in the words of every framework that has it.
_JUDGEMENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("quality_of_education", ("quality of education",)),
    ("behaviour_and_attitudes", ("behaviour and attitudes",)),
    ("personal_development", ("personal development",)),
    ("leadership_and_management", ("effectiveness of leadership and management", "leadership and management")),
    ("early_years", ("early years provision (where applicable)", "early years provision")),
    (
        "sixth_form",
        ("sixth form provision (where applicable)", "sixth form provision", "16 to 19 study programmes"),
    ),
    ("outcomes", ("outcomes for children and learners", "outcomes for pupils", "outcomes for learners")),
    ("teaching", ("quality of teaching, learning and assessment", "quality of teaching")),
    ("personal_development_behaviour_welfare", ("personal development, behaviour and welfare",)),
    ("achievement", ("achievement of pupils", "pupils' achievement")),
    ("behaviour_and_safety", ("behaviour and safety of pupils", "behaviour and safety")),
)
# Areas of the report card: words, never turned into the four grades.
_AREAS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("rc_safeguarding", ("Safeguarding standards", "Safeguarding")),
    ("rc_inclusion", ("Inclusion",)),
    ("rc_curriculum_and_teaching", ("Curriculum and teaching",)),
    ("rc_achievement", ("Achievement",)),
    ("rc_attendance_and_behaviour", ("Attendance and behaviour",)),
    ("rc_personal_development_and_wellbeing", ("Personal development and wellbeing", "Personal development and well-being")),
    ("rc_early_years", ("Early years (where applicable)", "Early years")),
    ("rc_post_16", ("Post-16 provision (where applicable)", "Post-16 provision", "Sixth form")),
    ("rc_leadership_and_governance", ("Leadership and governance",)),
)


def read_inspections(source: Source, *, unknown: Unknown = "raise") -> pl.DataFrame:
    """Read Ofsted inspections: a history, a list of inspections, or a monthly snapshot of the latest ones, any year.

    Columns are known by the names that the releases since 2010 have given them. Title lines above the header are
    passed over. Every row of the file is a row of the frame; a row that repeats an earlier one (same school, day and
    grade) is marked in ``is_repeat``.

    In a snapshot a row is a school, not an inspection. ``grade`` and the columns beside it are of the latest graded
    inspection, columns that begin with ``previous_`` of the one before, ``ungraded_`` of a later ungraded (short,
    section 8) one. ``urn_inspected`` is the URN under which the school was inspected: a converted school carries what its
    predecessor got. In the workbook of 31 July 2018 the one inspection date is, for more than a quarter of the schools,
    that of a later short inspection which left the grade as it was.

    Args:
        source: A path, bytes, a file object, or a list of these; CSV or workbook, plain or packed.
        unknown: What to do with a grade, date or category that is not known, and with two different grades for one
            school on one day in one file: ``raise`` an error or ``warn`` and read on, the cell null and the rows kept.

    Returns:
        A frame with

        - ``urn``, ``urn_inspected`` (Int64), ``la``, ``estab`` (String), ``laestab`` (Int64), ``school_name``, ``la_name``,
          ``region``, ``school_type`` (String), ``phase`` (String: ``nursery``, ``primary``, ``secondary``,
          ``all_through``, ``special``, ``pru``, ``sixteen_plus``; Ofsted's phase, in which a middle school is primary or
          secondary),
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
        - ``report_card_date``, ``report_card_publication_date`` (Date) and the areas of the report card as published
          (String): ``rc_safeguarding``, ``rc_inclusion``, ``rc_curriculum_and_teaching``, ``rc_achievement``,
          ``rc_attendance_and_behaviour``, ``rc_personal_development_and_wellbeing``, ``rc_early_years``,
          ``rc_post_16``, ``rc_leadership_and_governance``: five words that cannot be compared with the four grades,
        - ``is_repeat`` (Boolean), every further column as text, and ``source_file``.

    Raises:
        ReadError: If the file holds no inspections, or is damaged, or ``unknown`` is ``raise`` and something is wrong
            in it.

    Example:
        >>> frame = read_inspections(b"URN,Rating,Inspection Date\\n100000,Satisfactory,20080926\\n100000,Good,20130418")
        >>> frame.select("grade", "grade_label", "inspection_date", "framework").row(0)
        (3, 'satisfactory', datetime.date(2008, 9, 26), 'inspection_2005')
    """
    frame = load(source, "inspections", unknown, _build)
    _refuse_conflicts(frame, unknown)
    key = ["source_file", "urn", "inspection_date", "inspection_number", "grade"]
    repeat = pl.col("inspection_date").is_not_null() & (pl.int_range(pl.len()).over(key) > 0)
    names = [name for name in frame.columns if name != "source_file"]
    return frame.with_columns(repeat.alias("is_repeat")).select(*names, "is_repeat", "source_file")


def inspection_framework(date: pl.Expr) -> pl.Expr:
    """Return the framework under which a school was inspected on a day.

    ====================  ==================  ==========================================================
    Framework             From                Overall grades
    ====================  ==================  ==========================================================
    ``before_2005``                           (not comparable)
    ``inspection_2005``   1 September 2005    outstanding, good, satisfactory, inadequate
    ``inspection_2012``   1 September 2012    outstanding, good, requires improvement, inadequate
    ``common_2015``       1 September 2015    the same
    ``education_2019``    1 September 2019    the same; none for state-funded schools from 2 September 2024
    ``report_card_2025``  10 November 2025    none: a report card with five grades for each area
    ====================  ==================  ==========================================================

    Args:
        date: The day of the inspection.

    Returns:
        A String expression; null for null.

    Example:
        >>> import datetime as dt
        >>> days = pl.DataFrame({"day": [dt.date(2012, 8, 31), dt.date(2012, 9, 1)]})
        >>> days.select(inspection_framework(pl.col("day"))).to_series().to_list()
        ['inspection_2005', 'inspection_2012']
    """
    result = pl.when(date.is_null()).then(pl.lit(None, dtype=pl.String))
    for first, name in reversed(_FRAMEWORKS):
        result = result.when(date >= first).then(pl.lit(name))
    return result.otherwise(pl.lit("before_2005")).alias("framework")


def _build(columns: ColumnPicker) -> pl.DataFrame:
    report_cards = columns.has("Inclusion") and columns.has("Curriculum and teaching")
    _put_school(columns)
    _put_event(columns)
    _put_dates(columns, report_cards)
    _put_grade(columns)
    for out, names in _JUDGEMENTS:
        _put_judgement(columns, out, [f"Latest OEIF {name}" for name in names] + list(names))
    _put_previous(columns)
    _put_ungraded(columns)
    _put_report_card(columns, report_cards)
    columns.rest()
    return columns.frame()


def _put_school(columns: ColumnPicker) -> None:
    columns.whole("urn", "URN", "school_urn")
    columns.whole("urn_inspected", f"URN at time of {_OEIF}", *(f"URN at time of {which}" for which in _LATEST))
    inspected = pl.coalesce(columns.get("urn_inspected"), columns.get("urn"))
    columns.put("urn_inspected", pl.select(inspected).to_series())
    columns.keys(la=("LA code", "LA number", "LA (code)", "LA"), estab=("EstablishmentNumber", "ESTAB"), laestab=("LAESTAB",))
    columns.text("school_name", "School name", "SCHNAME", "EstablishmentName")
    columns.text("la_name", "Local authority", "LA name", "LANAME", "LA (name)", "Local authority name")
    columns.text("region", "Region", "Government office region", "Ofsted region")
    columns.text("school_type", "Type of education", "School type", "Type of school", "TypeOfEstablishment (name)")
    columns.codes("phase", PHASES, "a phase that is known", "Ofsted phase", "Phase of education", "Phase")


def _put_event(columns: ColumnPicker) -> None:
    number = ("Inspection number", "Inspection id", "Inspection number of latest inspection")
    columns.text("inspection_number", f"Inspection number of {_OEIF}", *(f"Inspection number of {w}" for w in _LATEST), *number)
    columns.text("inspection_type", f"Inspection type of {_OEIF}", "Inspection type")
    told = pl.DataFrame(
        {
            "event": columns.peek(f"Event type grouping of {_OEIF}", "Event type grouping", "Event type"),
            "group": columns.peek(f"Inspection type grouping of {_OEIF}", "Inspection type grouping"),
            "type": columns.get("inspection_type"),
        }
    ).select(pl.concat_str("event", "group", "type", separator="; ", ignore_nulls=True).str.to_lowercase().alias("text"))
    event = pl.lit(None, dtype=pl.String)
    for pattern, name in reversed(EVENTS):
        event = pl.when(pl.col("text").str.contains(pattern)).then(pl.lit(name)).otherwise(event)
    known = pl.col("text").is_not_null() & ~pl.col("text").is_in(["", "null", "null; null", "null; null; null"])
    event = pl.when(known).then(pl.coalesce(event, pl.lit("other")))
    columns.put("event", told.select(event).to_series())


def _put_dates(columns: ColumnPicker, report_cards: bool) -> None:
    """Add the dates of the graded inspection.

    In a release with report cards the bare names are those of the report card, unless there is no other set of dates.
    """
    bare = not (report_cards and columns.has(f"Inspection start date of {_OEIF}"))
    columns.date("inspection_start", f"Inspection start date of {_OEIF}", *(("Inspection start date", "First day of inspection") if bare else ()))
    columns.date("inspection_end", f"Inspection end date of {_OEIF}", *(("Inspection end date",) if bare else ()))
    columns.date("inspection_date", "Inspection date", "Date of inspection", "Date of latest inspection", "OfstedLastInsp")
    columns.date("publication_date", f"Publication date of {_OEIF}", *(("Publication date", "First publication date") if bare else ()))
    day = pl.coalesce(*(columns.get(name) for name in ("inspection_start", "inspection_date", "inspection_end")))
    columns.put("inspection_date", pl.select(day).to_series())


def _put_grade(columns: ColumnPicker) -> None:
    names = ("Latest OEIF overall effectiveness", "Overall effectiveness", "Overall effectiveness: how good is the school")
    cells = columns.take(*names, "Rating", "Ofsted rating", "OfstedRating (name)", "Grade", "Overall outcome")
    grade, reason = _grades(columns, cells)
    word = cells.str.to_lowercase().replace_strict(LABELS, default=None, return_dtype=pl.String)
    told = cells.str.to_lowercase().replace_strict(CATEGORIES, default=None, return_dtype=pl.String)
    category = _category(columns, ("Latest OEIF category of concern", "Category of concern", "OfstedSpecialMeasures (name)"))
    frame = pl.DataFrame(
        {
            "grade": grade,
            "reason": reason,
            "word": word,
            "category": pl.select(pl.coalesce(category, told)).to_series(),
            "date": columns.get("inspection_date"),
        }
    )
    carded = (pl.col("date") >= _REPORT_CARDS_FROM).fill_null(value=False)
    by_date = (
        pl.when(pl.col("grade") == 1)
        .then(pl.lit("outstanding"))
        .when(pl.col("grade") == 2)
        .then(pl.lit("good"))
        .when((pl.col("grade") == 3) & (pl.col("date") < _REQUIRES_IMPROVEMENT_FROM))
        .then(pl.lit("satisfactory"))
        .when(pl.col("grade") == 3)
        .then(pl.lit("requires_improvement"))
        .when(pl.col("grade") == 4)
        .then(pl.lit("inadequate"))
    )
    frame = frame.with_columns(
        grade=pl.when(~carded).then("grade"),
        reason=pl.when(carded).then(pl.lit("report_card")).otherwise("reason"),
    )
    frame = frame.with_columns(
        label=pl.when(pl.col("grade").is_not_null()).then(pl.coalesce("word", by_date)),
        category=pl.when(pl.col("grade") <= 3).then(pl.lit("none")).otherwise("category"),
        framework=inspection_framework(pl.col("date")),
    )
    columns.put("grade", frame["grade"])
    columns.put("grade_label", frame["label"])
    columns.put("grade_reason", frame["reason"])
    columns.put("framework", frame["framework"])
    columns.put("category_of_concern", frame["category"])
    columns.flag(
        "safeguarding_effective",
        *("Latest OEIF safeguarding is effective?", "Safeguarding is effective?", "Is safeguarding effective?"),
    )


def _grades(columns: ColumnPicker, cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return grades from 1 to 4 and the reasons where there is none; report any other cell."""
    bare = cells.str.to_lowercase().str.replace(r"\.0+$", "").str.replace(r"^grade\s+", "")
    grade = bare.replace_strict(GRADES, default=None, return_dtype=pl.Int8)
    reasons = {**GRADE_REASONS, **dict.fromkeys(REPORT_CARD_WORDS, "report_card")}
    reason = bare.replace_strict(reasons, default=None, return_dtype=pl.String)
    columns.fault(cells, grade.is_null() & reason.is_null() & cells.is_not_null(), "a grade from 1 to 4 or a word for none")
    reason = pl.select(pl.when(cells.is_null()).then(pl.lit("blank")).otherwise(reason)).to_series()
    return grade, reason


def _put_judgement(columns: ColumnPicker, out: str, names: list[str]) -> None:
    absent = columns.column(names) is None
    grade, reason = _grades(columns, columns.take(*names))
    columns.put(out, grade)
    columns.put_reason(out, pl.Series([NOT_IN_FILE] * columns.height, dtype=pl.String) if absent else reason)


def _category(columns: ColumnPicker, names: tuple[str, ...]) -> pl.Series:
    cells = columns.take(*names)
    bare = cells.str.to_lowercase()
    known = bare.is_in([*CATEGORIES, *GRADE_REASONS, "none", "no category", "not in special measures"])
    columns.fault(cells, ~known.fill_null(value=True), "a category of concern that is known")
    return bare.replace_strict(CATEGORIES, default=None, return_dtype=pl.String)


def _put_previous(columns: ColumnPicker) -> None:
    names = [f"{which} overall effectiveness" for which in _PREVIOUS]
    names += ["Previous overall effectiveness", "Previous rating"]
    absent = columns.column(names) is None
    grade, reason = _grades(columns, columns.take(*names))
    columns.put("previous_grade", grade)
    columns.put_reason("previous_grade", pl.Series([NOT_IN_FILE] * columns.height, dtype=pl.String) if absent else reason)
    columns.whole("previous_urn", *(f"URN at time of {which}" for which in _PREVIOUS))
    columns.text("previous_inspection_number", *(f"{which} number" for which in _PREVIOUS))
    columns.date(
        "previous_inspection_date",
        *("Previous inspection start date", "Previous full inspection date", "Previous inspection date"),
        *("Previous graded inspection start date", "Previous inspection end date"),
    )
    columns.date("previous_publication_date", "Previous publication date", "Previous inspection publication date")
    columns.put("previous_category_of_concern", _category(columns, ("Previous category of concern",)))


def _put_ungraded(columns: ColumnPicker) -> None:
    columns.date(
        "ungraded_date",
        *("Date of latest ungraded inspection", "Date of latest section 8 inspection", "Date of latest short inspection"),
        *("Latest section 8 inspection date", "Latest short inspection date", "Date of latest section 8 inspection start"),
    )
    columns.date(
        "ungraded_publication_date",
        *("Ungraded inspection publication date", "Section 8 inspection publication date"),
        *("Short inspection publication date", "Latest short inspection publication date"),
    )
    columns.text(
        "ungraded_outcome",
        *("Ungraded inspection overall outcome", "Section 8 inspection overall outcome", "Section 8 inspection outcome"),
        *("Short inspection overall outcome", "Short inspection outcome"),
    )


def _put_report_card(columns: ColumnPicker, report_cards: bool) -> None:
    day, published = (("Inspection start date", "First day of inspection"), ("Publication date",))
    columns.date("report_card_date", *(day if report_cards else ()))
    columns.date("report_card_publication_date", *(published if report_cards else ()))
    for out, names in _AREAS:
        columns.text(out, *(names if report_cards else ()))
    if report_cards and not columns.get("report_card_date").count():
        # One set of dates for all: those of the report card where there is one.
        held = pl.any_horizontal(columns.get(out).is_not_null() for out, _ in _AREAS)
        for out, source in (("report_card_date", "inspection_date"), ("report_card_publication_date", "publication_date")):
            columns.put(out, pl.select(pl.when(held).then(columns.get(source))).to_series())


def _refuse_conflicts(frame: pl.DataFrame, unknown: Unknown) -> None:
    """Report schools that a file gives two different grades for one day."""
    key = ["source_file", "urn", "inspection_date", "inspection_number"]
    graded = frame.drop_nulls(["urn", "inspection_date", "grade"])
    differing = graded.group_by(key, maintain_order=True).agg(pl.col("grade").unique().sort()).filter(pl.col("grade").list.len() > 1)
    if differing.is_empty():
        return
    examples = "; ".join(
        f"URN {row['urn']} on {row['inspection_date']}: {' and '.join(map(str, row['grade']))}"
        for row in differing.head(5).iter_rows(named=True)
    )
    count = f"{differing.height:,} {'inspection has' if differing.height == 1 else 'inspections have'}"
    complain([f"{differing['source_file'][0]}: {count} more than one grade ({examples})"], unknown)
