"""From the columns of an Ofsted file to those of :func:`schoolframe.readers.inspections.read_inspections`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from schoolframe.readers._columns import NOT_IN_FILE, URN_NAMES
from schoolframe.readers._inspection_words import (
    CATEGORIES,
    CATEGORY_PHRASES,
    EVENTS,
    GRADE_REASONS,
    GRADES,
    LABELS,
    PHASES,
    REPORT_CARD_WORDS,
)
from schoolframe.readers._names import snake

if TYPE_CHECKING:
    from schoolframe.readers._columns import ColumnPicker

__all__ = ["build_inspections", "grade_label", "inspection_framework"]

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
    (
        "rc_personal_development_and_wellbeing",
        ("Personal development and wellbeing", "Personal development and well-being"),
    ),
    ("rc_early_years", ("Early years (where applicable)", "Early years")),
    ("rc_post_16", ("Post-16 provision (where applicable)", "Post-16 provision", "Sixth form")),
    ("rc_leadership_and_governance", ("Leadership and governance",)),
)


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
    named: pl.Expr = pl.when(date.is_not_null()).then(pl.lit("before_2005"))
    for first, name in _FRAMEWORKS:
        named = pl.when(date >= first).then(pl.lit(name)).otherwise(named)
    return named.alias("framework")


def grade_label(grade: pl.Expr, date: pl.Expr) -> pl.Expr:
    """Return the word for a grade on a day; 3 is satisfactory before 1 September 2012, requires improvement since."""
    return (
        pl.when(grade == 1)
        .then(pl.lit("outstanding"))
        .when(grade == 2)
        .then(pl.lit("good"))
        .when((grade == 3) & (date < _REQUIRES_IMPROVEMENT_FROM))
        .then(pl.lit("satisfactory"))
        .when(grade == 3)
        .then(pl.lit("requires_improvement"))
        .when(grade == 4)
        .then(pl.lit("inadequate"))
    )


def build_inspections(columns: ColumnPicker) -> pl.DataFrame:
    """Return the frame of one table; the docstring of ``read_inspections`` says what is in it."""
    report_cards = columns.has("Inclusion") and columns.has("Curriculum and teaching")
    # Beside columns of the last graded inspection the bare names are those of the report card.
    apart = report_cards and columns.has(f"Inspection start date of {_OEIF}")
    _put_school(columns)
    _put_event(columns, apart=apart)
    _put_dates(columns, apart=apart)
    _put_grade(columns, apart=apart)
    for out, names in _JUDGEMENTS:
        _put_judgement(columns, out, [f"Latest OEIF {name}" for name in names] + list(names))
    _put_previous(columns)
    _put_ungraded(columns)
    _put_report_card(columns, report_cards=report_cards, apart=apart)
    columns.drop_formulas()
    columns.rest()
    return columns.frame()


def _put_school(columns: ColumnPicker) -> None:
    columns.whole("urn", *URN_NAMES)
    columns.whole("urn_inspected", f"URN at time of {_OEIF}", *(f"URN at time of {which}" for which in _LATEST))
    inspected = pl.coalesce(columns.get("urn_inspected"), columns.get("urn"))
    columns.put("urn_inspected", pl.select(inspected).to_series())
    columns.keys(
        la=("LA code", "LA number", "LA (code)", "LA"), estab=("EstablishmentNumber", "ESTAB"), laestab=("LAESTAB",)
    )
    columns.text("school_name", "School name", "SCHNAME", "EstablishmentName")
    columns.text("la_name", "Local authority", "LA name", "LANAME", "LA (name)", "Local authority name")
    columns.text("region", "Region", "Government office region", "Ofsted region")
    columns.text("school_type", "Type of education", "School type", "Type of school", "TypeOfEstablishment (name)")
    phase = columns.take("Ofsted phase", "Phase of education", "Phase")
    words = {text: PHASES.get(text.lower(), snake(text)) for text in phase.unique().drop_nulls()}
    columns.put("phase", phase.replace_strict(words, default=None, return_dtype=pl.String))


def _put_event(columns: ColumnPicker, *, apart: bool) -> None:
    bare_numbers = ("Inspection number", "Inspection id", "Inspection number of latest inspection")
    columns.text(
        "inspection_number",
        *(f"Inspection number of {which}" for which in (_OEIF, *_LATEST)),
        *(() if apart else bare_numbers),
    )
    columns.text("inspection_type", f"Inspection type of {_OEIF}", *(() if apart else ("Inspection type",)))
    told = pl.DataFrame(
        {
            "event": columns.peek(f"Event type grouping of {_OEIF}", *(() if apart else ("Event type grouping",))),
            "group": columns.peek(
                f"Inspection type grouping of {_OEIF}", *(() if apart else ("Inspection type grouping",))
            ),
            "type": columns.get("inspection_type"),
        }
    ).select(
        pl.concat_str(pl.all().replace("NULL", None), separator="; ", ignore_nulls=True)
        .str.to_lowercase()
        .alias("text")
    )
    event = pl.lit("other")
    for pattern, name in reversed(EVENTS):
        event = pl.when(pl.col("text").str.contains(pattern)).then(pl.lit(name)).otherwise(event)
    columns.put("event", told.select(pl.when(pl.col("text") != "").then(event)).to_series())


def _put_dates(columns: ColumnPicker, *, apart: bool) -> None:
    columns.date(
        "inspection_start",
        f"Inspection start date of {_OEIF}",
        *(() if apart else ("Inspection start date", "First day of inspection")),
    )
    columns.date("inspection_end", f"Inspection end date of {_OEIF}", *(() if apart else ("Inspection end date",)))
    columns.date(
        "inspection_date", "Inspection date", "Date of inspection", "Date of latest inspection", "OfstedLastInsp"
    )
    columns.date(
        "publication_date",
        f"Publication date of {_OEIF}",
        *(() if apart else ("Publication date", "First publication date")),
    )
    day = pl.coalesce(*(columns.get(name) for name in ("inspection_start", "inspection_date", "inspection_end")))
    columns.put("inspection_date", pl.select(day).to_series())


def _put_grade(columns: ColumnPicker, *, apart: bool) -> None:
    names = (
        *(
            "Latest OEIF overall effectiveness",
            "Overall effectiveness",
            "Overall effectiveness: how good is the school",
        ),
        *("Rating", "Ofsted rating", "OfstedRating (name)", "Grade", "Overall outcome"),
    )
    absent = columns.column(names) is None
    cells = columns.take(*names)
    grade, reason = _grades(columns, cells)
    told = cells.str.to_lowercase()
    bare = () if apart else ("Category of concern", "OfstedSpecialMeasures (name)")
    frame = pl.DataFrame(
        {
            "grade": grade,
            "reason": pl.Series([NOT_IN_FILE] * columns.height, dtype=pl.String) if absent else reason,
            "word": told.replace_strict(LABELS, default=None, return_dtype=pl.String),
            "stated": _category(columns, ("Latest OEIF category of concern", *bare)),
            "implied": _category_words(cells),
            "date": columns.get("inspection_date"),
        }
    )
    carded = (pl.col("date") >= _REPORT_CARDS_FROM).fill_null(value=False)
    frame = frame.with_columns(
        grade=pl.when(~carded).then("grade"),
        reason=pl.when(carded).then(pl.lit("report_card")).otherwise("reason"),
    ).with_columns(
        label=pl.when(pl.col("grade").is_not_null()).then(
            pl.coalesce(pl.col("word"), grade_label(pl.col("grade"), pl.col("date")))
        ),
        category=pl.when(pl.col("grade") <= 3).then(pl.lit("none")).otherwise(pl.coalesce("stated", "implied")),
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
    wrong = grade.is_null() & reason.is_null() & cells.is_not_null()
    columns.fault(cells, wrong, "a grade from 1 to 4 or a word for none")
    reason = pl.select(
        pl.when(cells.is_null()).then(pl.lit("blank")).when(wrong).then(pl.lit("unknown")).otherwise(reason)
    ).to_series()
    return grade, reason


def _put_judgement(columns: ColumnPicker, out: str, names: list[str]) -> None:
    absent = columns.column(names) is None
    grade, reason = _grades(columns, columns.take(*names))
    columns.put(out, grade)
    columns.put_reason(out, pl.Series([NOT_IN_FILE] * columns.height, dtype=pl.String) if absent else reason)


def _category(columns: ColumnPicker, names: tuple[str, ...]) -> pl.Series:
    cells = columns.take(*names)
    words = _category_words(cells)
    told = cells.str.to_lowercase().is_in(list(GRADE_REASONS)).fill_null(value=True)
    columns.fault(cells, words.is_null() & ~told, "a category of concern that is known")
    return pl.select(pl.when(words != "none").then(words)).to_series()


def _category_words(cells: pl.Series) -> pl.Series:
    """Return the category that a text names, ``none`` if it says there is none, null if it says nothing known."""
    bare = pl.col("cell").str.to_lowercase()
    words: pl.Expr = bare.replace_strict(CATEGORIES, default=None, return_dtype=pl.String)
    for pattern, name in reversed(CATEGORY_PHRASES):
        words = pl.when(bare.str.contains(pattern)).then(pl.lit(name)).otherwise(words)
    return cells.to_frame("cell").select(words).to_series()


def _put_previous(columns: ColumnPicker) -> None:
    names = [f"{which} overall effectiveness" for which in _PREVIOUS]
    names += ["Previous overall effectiveness", "Previous rating"]
    absent = columns.column(names) is None
    grade, reason = _grades(columns, columns.take(*names))
    columns.put("previous_grade", grade)
    columns.put_reason(
        "previous_grade", pl.Series([NOT_IN_FILE] * columns.height, dtype=pl.String) if absent else reason
    )
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
        *(
            "Date of latest ungraded inspection",
            "Date of latest section 8 inspection",
            "Date of latest short inspection",
        ),
        *(
            "Latest section 8 inspection date",
            "Latest short inspection date",
            "Date of latest section 8 inspection start",
        ),
    )
    columns.date(
        "ungraded_publication_date",
        *("Ungraded inspection publication date", "Section 8 inspection publication date"),
        *("Short inspection publication date", "Latest short inspection publication date"),
    )
    columns.text(
        "ungraded_outcome",
        *(
            "Ungraded inspection overall outcome",
            "Section 8 inspection overall outcome",
            "Section 8 inspection outcome",
        ),
        *("Short inspection overall outcome", "Short inspection outcome"),
    )


def _put_report_card(columns: ColumnPicker, *, report_cards: bool, apart: bool) -> None:
    for out, names in _AREAS:
        columns.text(out, *(names if report_cards else ()))
    if apart:
        columns.date("report_card_date", "Inspection start date", "First day of inspection")
        columns.date("report_card_publication_date", "Publication date", "First publication date")
        columns.text("report_card_inspection_number", "Inspection number")
        columns.put("report_card_category_of_concern", _category(columns, ("Category of concern",)))
        return
    held = [columns.get(out).is_not_null() for out, _ in _AREAS]
    carded = pl.DataFrame(held).select(pl.any_horizontal(pl.all())).to_series()
    for out, source in (
        ("report_card_date", "inspection_date"),
        ("report_card_publication_date", "publication_date"),
        ("report_card_inspection_number", "inspection_number"),
        ("report_card_category_of_concern", "category_of_concern"),
    ):
        columns.put(out, pl.select(pl.when(carded).then(columns.get(source))).to_series())
