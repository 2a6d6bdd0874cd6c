"""What the files of the school performance tables look like: which table, which year, which rows, which columns.

Nothing here knows a position. A table is recognised by the measures it has, a row by its record type, a year by the
suffixes of the columns that carry earlier years along.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from schoolframe.readers._performance_names import canonical_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "LEVELS",
    "RECORD_TYPES",
    "Level",
    "TableName",
    "grades_changed_within",
    "key_columns",
    "measure_names",
    "population_of",
    "recognise_table",
    "release_from_path",
    "year_from_columns",
    "year_from_path",
    "year_from_text",
]

TableName = Literal["ks2", "ks4"]
Level = Literal["school", "authority", "national"]
LEVELS: tuple[Level, ...] = ("school", "authority", "national")

# --- rows ------------------------------------------------------------------------------------------------------------

# The record types of the two tables are not the same: 4 is England at key stage 2 and an authority at key stage 4.
RECORD_TYPES: Mapping[TableName, Mapping[int, Level]] = {
    "ks2": {1: "school", 2: "school", 3: "authority", 4: "national", 5: "national"},
    "ks4": {1: "school", 2: "school", 4: "authority", 5: "national", 7: "national"},
}
_POPULATIONS: Mapping[TableName, Mapping[int, str]] = {
    "ks2": {4: "all", 5: "state_funded"},
    "ks4": {5: "all", 7: "state_funded"},
}


def population_of(table: TableName) -> Mapping[int, str]:
    """Return which schools of England a national record type covers: ``all`` or ``state_funded``."""
    return _POPULATIONS[table]


# --- tables ----------------------------------------------------------------------------------------------------------

# Measures that only one table has.
_SIGNATURES: Mapping[TableName, re.Pattern[str]] = {
    "ks2": re.compile(
        r"^(TELIG|P[TBG](RWM|READ|GPS|MAT|WRITTA|SCITA|ENGMAT)\w*|(READ|WRIT|MAT)(PROG|COV)\w*|(READ|GPS|MAT)_AVERAGE\w*"
        r"|P?TKS1\w+|PT2(READ|MATH|WRITTA|ENG)\w*|AVGLEVEL)$"
    ),
    "ks4": re.compile(
        r"^((TOT)?ATT8\w*|P8\w+|TP8ADJ\w*|P?[TBG]L2BASICS\w*|P?TEBAC\w*|(TOT)?EBACCAPS\w*|(PT)?AC5EM\w*|PT5EM\w*|KS2A[PS]S"
        r"|P?TPRIOR(LO|AV|HI)|TAVENT_\w+|TTAPS\w+)$"
    ),
}


def recognise_table(names: Sequence[str]) -> dict[TableName, int]:
    """Return how many columns speak for each table.

    Args:
        names: Canonical names.

    Returns:
        Number of signature columns by table; both 0 for a file of another product.

    Example:
        >>> recognise_table(["URN", "P8MEA", "ATT8SCR", "TFSM6CLA1A"])
        {'ks2': 0, 'ks4': 2}
    """
    return {table: sum(1 for name in names if pattern.match(name)) for table, pattern in _SIGNATURES.items()}


# --- columns ---------------------------------------------------------------------------------------------------------

_KEYS: Mapping[str, tuple[str, ...]] = {
    "rectype": ("RECTYPE", "RECORD_TYPE"),
    "la": ("LEA", "LA", "LA_CODE", "LA_NUMBER", "LANUMBER", "OLD_LA_CODE"),
    "estab": ("ESTAB", "ESTAB_NUMBER", "ESTABLISHMENTNUMBER"),
    "laestab": ("LAESTAB", "LA_ESTAB", "SCHOOL_LAESTAB", "DFE_NUMBER"),
    "urn": ("URN", "SCHOOL_URN"),
    "school_name": ("SCHNAME", "SCHOOL_NAME", "SCHOOL"),
    "year": ("ACADEMIC_YEAR", "TIME_PERIOD", "YEAR"),
}


def key_columns(names: Sequence[str]) -> dict[str, int]:
    """Return where the columns stand that say which school, authority and year a row is about.

    Example:
        >>> key_columns(["RECTYPE", "URN", "P8MEA"])
        {'rectype': 0, 'urn': 1}
    """
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    found: dict[str, int] = {}
    for key, spellings in _KEYS.items():
        for spelling in spellings:
            if spelling in places:
                found[key] = places[spelling]
                break
    return found


# Headers of a widespread renamed extract, by the measure whose values they hold: every one was compared with the
# original table on the same schools. What it calls writing scores and standards is grammar, punctuation and spelling.
_RENAMED: Mapping[str, str] = {
    "KS2_PUPILS": "TELIG",
    "KS2_BOYS": "BELIG",
    "KS2_GIRLS": "GELIG",
    "READING_PROGRESS": "READPROG",
    "READING_PROGRESS_BAND": "READPROG_DESCR",
    "READING_SCORE": "READ_AVERAGE",
    "READING_MEET_STD": "PTREAD_EXP",
    "READING_EXCEED_STD": "PTREAD_HIGH",
    "WRITING_PROGRESS": "WRITPROG",
    "WRITING_PROGRESS_BAND": "WRITPROG_DESCR",
    "WRITING_SCORE": "GPS_AVERAGE",
    "WRITING_MEET_STD": "PTGPS_EXP",
    "WRITING_EXCEED_STD": "PTGPS_HIGH",
    "MATHS_PROGRESS": "MATPROG",
    "MATHS_PROGRESS_BAND": "MATPROG_DESCR",
    "MATHS_SCORE": "MAT_AVERAGE",
    "MATHS_MEET_STD": "PTMAT_EXP",
    "MATHS_EXCEED_STD": "PTMAT_HIGH",
    "OVERALL_MEET_STD": "PTRWM_EXP",
    "OVERALL_EXCEED_STD": "PTRWM_HIGH",
    "KS4_PUPILS": "TPUP",
    "KS4_BOYS": "BPUP",
    "KS4_GIRLS": "GPUP",
    "PROGRESS_8": "P8MEA",
    "PROGRESS_8_BOYS": "P8MEA_BOYS",
    "PROGRESS_8_GIRLS": "P8MEA_GIRLS",
    "PROGRESS_8_BAND": "P8_BANDING",
    "ATTAINMENT_8": "ATT8SCR",
    "ATTAINMENT_8_BOYS": "ATT8SCR_BOYS",
    "ATTAINMENT_8_GIRLS": "ATT8SCR_GIRLS",
    "ENTERING_EBACC": "PTEBACC_E_PTQ_EE",
    "EBACC_AVG_SCORE": "EBACCAPS",
    "EBACC_AVG_BOYS": "EBACCAPS_BOYS",
    "EBACC_AVG_GIRLS": "EBACCAPS_GIRLS",
    "ENG_MATHS_GRADE_5": "PTL2BASICS_95",
    "EBACC_GRADE_5": "PTEBACC_95",
}
_GRADES_9_TO_1 = 2017
# The same extract before grades 9 to 1: under the heading of grade 5 stands the old pass, A* to C.
_RENAMED_BEFORE_2017: Mapping[str, str] = {
    "ENG_MATHS_GRADE_5": "PTL2BASICS_LL_PTQ_EE",
    "EBACC_GRADE_5": "PTEBACC_PTQ_EE",
}


def grades_changed_within(headers: Sequence[str], first: int, last: int) -> bool:
    """Say whether a column of a renamed extract means one thing in the first of two years and another in the last.

    Example:
        >>> grades_changed_within(["Eng Maths Grade 5"], 2016, 2018), grades_changed_within(["P8MEA"], 2016, 2018)
        (True, False)
    """
    return first < _GRADES_9_TO_1 <= last and any(canonical_name(name) in _RENAMED_BEFORE_2017 for name in headers)


def measure_names(headers: Sequence[str], year: int | None) -> list[str]:
    """Return the canonical names of the columns of a file; renamed headers are given back their measure's name.

    Args:
        headers: The header as it stands in the file.
        year: The year of the figures; it decides what the renamed extract means by grade 5.

    Returns:
        One name for each header, blank for a blank header.

    Example:
        >>> measure_names(["Progress 8", "Eng Maths Grade 5", "P8 Desc"], 2016)
        ['P8MEA', 'PTL2BASICS_LL_PTQ_EE', 'P8_DESC']
        >>> measure_names(["Eng Maths Grade 5"], 2017)
        ['PTL2BASICS_95']
    """
    renamed = dict(_RENAMED)
    if year is not None and year < _GRADES_9_TO_1:
        renamed.update(_RENAMED_BEFORE_2017)
    return [renamed.get(name, name) for name in map(canonical_name, headers)]


# --- years and releases ----------------------------------------------------------------------------------------------

_EARLIER = re.compile(r"_(0[5-9]|[1-4]\d)(_PTQ(_EE)?)?$")
# A range as in 2018-2019, 2018-19, 2018/19, 201819; then a year that stands alone.
_RANGE = re.compile(r"(?<!\d)(20\d\d)[-_/\s\u2013]?(20)?(\d\d)(?!\d)")
_ALONE = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_WITHOUT_TABLES = frozenset({2020, 2021})


def year_from_columns(names: Sequence[str]) -> int | None:
    """Return the year after the latest one that at least three columns carry along as a suffix.

    There were no tables in 2020 and 2021: a file that carries 2019 along is of 2022.

    Args:
        names: Canonical names.

    Returns:
        The calendar year in which the academic year ends, or None where no year is carried along.

    Example:
        >>> year_from_columns(["P8MEA", "P8MEA_17", "ATT8SCR_17", "PTL2BASICS_94_17", "P8MEA_16"])
        2018
    """
    counts = Counter(2000 + int(found[1]) for name in names if (found := _EARLIER.search(name)))
    carried = [year for year, count in counts.items() if count >= 3]
    if not carried:
        return None
    year = max(carried) + 1
    while year in _WITHOUT_TABLES:
        year += 1
    return year


def year_from_text(text: str) -> int | None:
    """Return the year that a text names: ``2018-2019``, ``2018/19``, ``201819`` and ``2019`` are 2019.

    Example:
        >>> [year_from_text(text) for text in ("2018-19", "201819", "2019", "2018-20", "936")]
        [2019, 2019, 2019, None, None]
    """
    ranges = {int(first) + 1 for first, _, second in _RANGE.findall(text) if (int(first) + 1) % 100 == int(second)}
    if ranges:
        return ranges.pop() if len(ranges) == 1 else None
    alone = {int(year) for year in _ALONE.findall(_RANGE.sub(" ", text))}
    return alone.pop() if len(alone) == 1 else None


def year_from_path(path: str) -> int | None:
    """Return the year that a file is named after, or else the nearest of its folders that is named after a range.

    Example:
        >>> year_from_path("2018-2019/england_ks4final.csv"), year_from_path("data/815_2017_ks4.csv")
        (2019, 2017)
    """
    *folders, leaf = PurePath(path).parts or ("",)
    year = year_from_text(leaf)
    if year is not None:
        return year
    for folder in reversed(folders):
        found = _RANGE.search(folder)
        if found and (year := year_from_text(found[0])) is not None:
            return year
    return None


def release_from_path(path: str) -> str | None:
    """Return ``final``, ``revised`` or ``provisional`` if the name of the file says so.

    Example:
        >>> release_from_path("england_ks4provisional.csv"), release_from_path("ks4.csv")
        ('provisional', None)
    """
    leaf = PurePath(path).name.lower()
    found = [release for release in ("provisional", "revised", "final") if release in leaf]
    return found[0] if len(found) == 1 else None
