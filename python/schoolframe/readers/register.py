"""The register of schools: who, where, of what type and age range, open from when to when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe.readers._areas import read_area_names
from schoolframe.readers._columns import URN_NAMES
from schoolframe.readers._load import check_unique, load

if TYPE_CHECKING:
    from schoolframe.readers._columns import ColumnPicker, Unknown
    from schoolframe.readers._sources import Source

__all__ = ["read_school_register", "school_phase"]

# By name and by the number that the national register and the school lists of the performance tables share.
_STATUS: dict[str, str | int | None] = {
    "0": None,
    "1": "open",
    "open": "open",
    "2": "closed",
    "closed": "closed",
    "3": "open_proposed_to_close",
    "open, but proposed to close": "open_proposed_to_close",
    "4": "proposed_to_open",
    "proposed to open": "proposed_to_open",
}
# Stands for "more than one school" or "not known" where the number of another school should be.
_NO_SCHOOL = 999_999
_TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("school_name", ("SCHNAME", "EstablishmentName", "School name")),
    ("la_name", ("LANAME", "LA (name)", "LA name", "Local authority")),
    (
        "school_type",
        ("NFTYPE", "TypeOfEstablishment (name)", "SCHOOLTYPE", "TypeOfEstablishment", "Type of establishment"),
    ),
    ("type_group", ("MINORGROUP", "EstablishmentTypeGroup (name)", "EstablishmentTypeGroup")),
)
_LATER_TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gender", ("GENDER", "Gender (name)")),
    ("religious_character", ("RELDENOM", "RELCHAR", "ReligiousCharacter (name)")),
    ("admissions_policy", ("ADMPOL", "AdmissionsPolicy (name)")),
    ("town", ("TOWN",)),
    ("postcode", ("POSTCODE", "PCODE")),
)

_SPECIAL = r"(?i)\bspecial\b|^(accs|acs|cys|fds|fs|indspec|nmss)$"
_REFERRAL = r"(?i)pupil referral|alternative provision|^(pru|ap|acap|accap|fsap)$"
_NURSERY = r"(?i)\bnursery\b|^(nur|lanur)$"
_POST_16 = (
    r"(?i)sixth form|16[- ]?(to|-)? ?19|post[- ]16|further education|tertiary|general .*college|"
    r"horticultur\w* college|designated college|performing arts? college|ministry of defence|"
    r"^(ac1619|acc1619|f1619|fesi|modfc)$"
)
_NO_PHASE = r"(?i)children.?s cent|higher education|^miscellaneous$"
_PUBLISHED = {
    "nursery": "nursery",
    "primary": "primary",
    "middle deemed primary": "middle",
    "middle deemed secondary": "middle",
    "middle": "middle",
    "secondary": "secondary",
    "16 plus": "sixteen_plus",
    "all-through": "all_through",
    "all through": "all_through",
}


def read_school_register(source: Source, *, unknown: Unknown = "raise") -> pl.DataFrame:
    r"""Read a register of schools: the school list of the performance tables, or the national register (GIAS).

    Known are the lists called ``spine`` and ``school_information`` of any year and the full extract of the national
    register (``edubasealldata``), by their column names. Every row of the file is a row of the frame. Rows longer than
    the header are cut to it, with a warning if the surplus is not empty.

    Args:
        source: A path, bytes, a file object, or a list of these; CSV or workbook, plain or packed.
        unknown: What to do with a cell that is neither what its column holds nor a known word for nothing, and with a
            URN that stands twice in a file: ``raise`` an error or ``warn`` and read on, the cell null and the row kept.

    Returns:
        A frame with ``year`` (Int32, from a name such as ``england_spine_2017-2018.xlsx``, else null), ``urn`` (Int64),
        ``la`` and ``estab`` (String, zeros kept), ``laestab`` (Int64), ``school_name``, ``la_name`` (from the number
        where the file has no name), ``school_type`` and ``type_group`` (String, as published; older lists have short
        codes), ``status`` (String: ``open``, ``closed``, ``open_proposed_to_close``, ``proposed_to_open``), ``age_low``
        and ``age_high`` (Int16), ``phase`` (String, see :func:`school_phase`), ``phase_published`` (String, null in the
        school lists), ``open_date`` and ``close_date`` (Date), ``other_urn`` (Int64: the number before or after a
        change within the year of the list; 999999 is read as null), ``roll`` and ``capacity``
        (Int64), ``fsm_pct`` (Float64, 0-100), ``gender``, ``religious_character`` (String; ``None`` is a published
        value and means none), ``admissions_policy``, ``town``, ``postcode`` (String), every further column as text
        under its name in lower case, ``roll_reason``, ``capacity_reason`` and ``fsm_pct_reason`` (String: why a number
        is missing), and ``source_file``.

    Raises:
        ReadError: If the file is not a register of schools, or is damaged, or ``unknown`` is ``raise`` and something is
            wrong in it.

    Example:
        >>> text = b"URN,LA,ESTAB,SCHNAME,ICLOSE,OPENDATE,NFTYPE,AGEL,AGEH\n100000,201,3614,Hill,1,,CY,7,11"
        >>> read_school_register(text).select("urn", "laestab", "status", "phase", "open_date").row(0)
        (100000, 2013614, 'open', 'junior', None)
    """
    frame = load(source, "school_register", unknown, _build)
    check_unique(frame, ["urn", "source_file"], "schools", unknown)
    return frame


def school_phase(
    school_type: pl.Expr, age_low: pl.Expr, age_high: pl.Expr, published: pl.Expr | None = None
) -> pl.Expr:
    """Return the phase of a school from its type and ages.

    The first line that fits decides:

    ==============  ==================================================================================
    Phase           Rule
    ==============  ==================================================================================
    null            type: children's centre, higher education, miscellaneous
    special         type: special
    pru             type: pupil referral unit, alternative provision
    nursery         type: nursery; or highest age up to 5
    sixteen_plus    type: sixth form, 16 to 19, further education and other colleges (not technology
                    colleges); or lowest age 16 and over
    infant          lowest age up to 6, highest up to 8
    primary         lowest age up to 6, highest 9 to 13
    junior          lowest age 7 and over, highest up to 11
    middle          lowest age 7 to 10, highest 12 to 14
    all_through     lowest age up to 8, highest 14 and over
    secondary       all others
    ==============  ==================================================================================

    An age is the age at the end of the year in which pupils enter or leave, as the registers have it: a primary school
    is 4 to 11. Where an age is missing or the highest is 0, the published phase is taken (middle deemed primary and
    middle deemed secondary are ``middle``), and null if there is none.

    Args:
        school_type: The published type, a name or the short code of the performance tables.
        age_low: Lowest age.
        age_high: Highest age.
        published: The published phase.

    Returns:
        A String expression.

    Example:
        >>> frame = pl.DataFrame({"type": ["Community school", "Academy converter", "Studio school"],
        ...                       "low": [5, 9, 14], "high": [7, 13, 19]})
        >>> frame.select(school_phase(pl.col("type"), pl.col("low"), pl.col("high"))).to_series().to_list()
        ['infant', 'middle', 'secondary']
    """
    kind = school_type.fill_null("")
    known = age_low.is_not_null() & (age_high > 0)
    stated = pl.lit(None, dtype=pl.String) if published is None else published
    by_word = stated.str.to_lowercase().replace_strict(_PUBLISHED, default=None, return_dtype=pl.String)
    by_age = (
        pl.when(age_high <= 5)
        .then(pl.lit("nursery"))
        .when(age_low >= 16)
        .then(pl.lit("sixteen_plus"))
        .when((age_low <= 6) & (age_high <= 8))
        .then(pl.lit("infant"))
        .when((age_low <= 6) & (age_high <= 13))
        .then(pl.lit("primary"))
        .when((age_low >= 7) & (age_high <= 11))
        .then(pl.lit("junior"))
        .when(age_low.is_between(7, 10) & (age_high <= 14))
        .then(pl.lit("middle"))
        .when(age_low <= 8)
        .then(pl.lit("all_through"))
        .otherwise(pl.lit("secondary"))
    )
    return (
        pl.when(kind.str.contains(_NO_PHASE))
        .then(pl.lit(None, dtype=pl.String))
        .when(kind.str.contains(_SPECIAL))
        .then(pl.lit("special"))
        .when(kind.str.contains(_REFERRAL))
        .then(pl.lit("pru"))
        .when(kind.str.contains(_NURSERY))
        .then(pl.lit("nursery"))
        .when(kind.str.contains(_POST_16))
        .then(pl.lit("sixteen_plus"))
        .when(known)
        .then(by_age)
        .otherwise(by_word)
        .alias("phase")
    )


def _build(columns: ColumnPicker) -> pl.DataFrame:
    columns.year(None)
    columns.whole("urn", *URN_NAMES)
    columns.keys(
        la=("LA", "LA (code)", "LEA", "LA code"),
        estab=("ESTAB", "EstablishmentNumber"),
        laestab=("LAESTAB", "LAEstab", "DfE number"),
    )
    for out, names in _TEXTS:
        columns.text(out, *names)
    names_by_number = read_area_names(None)[1]
    told = columns.get("la").replace_strict(names_by_number, default=None, return_dtype=pl.String)
    columns.put("la_name", pl.select(pl.coalesce(columns.get("la_name"), told)).to_series())
    columns.codes(
        "status",
        _STATUS,
        "a status of a school",
        *("EstablishmentStatus (name)", "ICLOSE", "SCHSTATUS", "EstablishmentStatus (code)", "EstablishmentStatus"),
    )
    columns.whole("age_low", "AGEL", "AGELOW", "StatutoryLowAge", dtype=pl.Int16)
    columns.whole("age_high", "AGEH", "AGEHIGH", "StatutoryHighAge", dtype=pl.Int16)
    columns.text("phase_published", "PhaseOfEducation (name)", "PhaseOfEducation", "Phase")
    phase = pl.DataFrame(
        [columns.get(name) for name in ("school_type", "age_low", "age_high", "phase_published")]
    ).select(school_phase(pl.col("school_type"), pl.col("age_low"), pl.col("age_high"), pl.col("phase_published")))
    columns.put("phase", phase["phase"])
    columns.date("open_date", "OPENDATE", "OpenDate", "School open date")
    columns.date("close_date", "CLOSEDATE", "CloseDate")
    columns.whole("other_urn", "OTHERURN", "LINKEDURN")
    other = columns.get("other_urn")
    columns.put("other_urn", pl.select(pl.when(other != _NO_SCHOOL).then(other)).to_series())
    columns.measure("roll", "NumberOfPupils", "Total number of pupils", whole=True)
    columns.measure("capacity", "SchoolCapacity", whole=True)
    columns.measure("fsm_pct", "PercentageFSM")
    for out, names in _LATER_TEXTS:
        columns.text(out, *names)
    columns.rest()
    return columns.frame()
