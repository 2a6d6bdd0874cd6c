"""The secondary risk register of the Southend strategy 2017-19 as a workbook, and as a table for notebooks.

Columns and rows are those of the template (appendix IV): the authority and England on top, one row per school,
outcomes on one sheet and context on the other. Every colour comes with a word, every missing figure says why it is
missing, and groups of 1 to 5 pupils are suppressed before anything is written.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.presentation._about import about_lines
from schoolframe.presentation._categories import read_categories
from schoolframe.presentation._content import build_register
from schoolframe.presentation._table import make_table
from schoolframe.presentation._workbook import write_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["register_table", "risk_register"]

OGL = "Contains public sector information licensed under the Open Government Licence v3.0."


def risk_register(
    frame: object,
    path: str | Path | None = None,
    *,
    phase: Literal["secondary"] = "secondary",
    year: int | None = None,
    authority: str = "Southend-on-Sea",
    national: Mapping[str, float] | None = None,
    la_row: object = None,
    assignment: object = None,
    codes: object = None,
    sources: Mapping[str, str] | Sequence[str] = (),
    periods: Mapping[str, str] | None = None,
    title: str | None = None,
    as_of: dt.date | None = None,
    attribution: str | None = OGL,
    suppress: bool = True,
    minimum: int = 6,
    threshold: float = 5.0,
) -> Path:
    """Write the secondary risk register as an Excel workbook and return where it is.

    Sheets: ``KS4 outcomes`` and ``Context`` with the columns of the template, ``Categories`` if an assignment is given,
    and ``Notes and sources``. The same input gives the same bytes; nothing in the file depends on the clock.

    - Progress 8 is significantly above (below) national average if its whole interval lies above (below) 0, the mean of
      the measure; an interval that touches 0 is not significant. Disadvantaged and other pupils likewise, where their
      intervals are held.
    - Percentages are coded against the national figure as in :func:`~schoolframe.code_against_national`: above or below
      from ``threshold`` percentage points on, inclusive. For absence and exclusions, above is adverse.
    - Last year's figures stand in brackets where a column ``x_y1`` or a row of the year before holds one.
    - ``x`` means suppressed, ``not held`` that nobody supplied the indicator, ``-`` that the source has no figure for
      this school; other codes of the source are explained on the sheet. Yellow cells wait for an officer.

    Figures are rounded half away from zero to the places that are printed, after everything has been compared.

    Args:
        frame: Indicators under the names of the vocabulary, one row per school and year, with ``urn`` and
            ``school_name``, as :func:`~schoolframe.indicator_frame` gives them. It may hold several years, phases and
            authorities: those asked for are kept.
        path: File to write; by default ``<authority>-secondary-risk-register-<year>.xlsx`` in the working directory.
            The folder is made if it is not there.
        phase: The register; the template for secondary schools is the one there is.
        year: Results year (2019 for 2018/19); by default the last one in the frame.
        authority: Name of the authority, as in ``la_name`` where the frame has it.
        national: National figures by indicator, before those in columns ``nat_x`` and the dated reference values.
        la_row: Figures of the authority: a mapping by indicator (``p8_y1`` for the year before), or a frame with
            indicators or columns of the performance tables, such as ``read_performance_tables(...).authorities``.
        assignment: Result of ``Framework.assign``, or its frame.
        codes: Result of :func:`~schoolframe.indicator_codes`: why values are missing.
        sources: What the figures are, for the sheet of sources: lines, or a mapping from what to where it is from.
        periods: Years that head ``"absence"`` and ``"exclusions"``, where they are not those of the results.
        title: Title of the sheets.
        as_of: Date of the figures, for the sheet of sources and the file's date of creation; without it the sheet names
            none and the file says 1 October of the results year.
        attribution: Licence line of the sources.
        suppress: Whether to suppress small groups, with the other pupils of the school and, under printed totals,
            further schools with small groups until no hidden number can be worked out. Leave it on for anything that
            leaves your desk.
        minimum: Smallest group that may be shown; published tables show groups from 6.
        threshold: Percentage points from which a percentage is above or below national.

    Returns:
        The path of the workbook.

    Raises:
        ImportError: If xlsxwriter is not installed (``pip install schoolframe[notebook]``).
        InputError: For a frame without schools of the phase and year, several rows per school, several authorities, or
            several national figures for one indicator.
        UnknownNameError: For a missing column or an unknown phase or period.

    Source: Southend-on-Sea Borough Council, school performance and intervention strategy 2017-19, lines 352, 493-523.

    Example:
        >>> import tempfile, polars as pl
        >>> from schoolframe.presentation import risk_register
        >>> schools = pl.DataFrame({"urn": [1, 2], "school_name": ["Hill", "Vale"], "ks4_cohort": [150, 180],
        ...     "p8": [0.25, -0.4], "p8_ci_low": [0.04, -0.6], "p8_ci_high": [0.46, -0.2], "year": [2019, 2019]})
        >>> risk_register(schools, tempfile.mkdtemp() + "/register.xlsx", authority="Example").name
        'register.xlsx'
    """
    register = build_register(
        frame,
        phase=phase,
        year=year,
        authority=authority,
        national=national,
        la_row=la_row,
        codes=codes,
        periods=_periods(periods),
        title=title,
        suppress=suppress,
        minimum=minimum,
        threshold=threshold,
    )
    categories = read_categories(assignment, register.urns, register.year)
    if path is None:
        path = f"{authority.lower().replace(' ', '-')}-{phase}-risk-register-{register.year}.xlsx"
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        msg = f"path: the workbook needs a name that ends in .xlsx, not '{target.name}'"
        raise InputError(msg)
    target.parent.mkdir(parents=True, exist_ok=True)
    about = about_lines(register, categories, sources, as_of, attribution)
    write_workbook(register, categories, about, target, as_of or dt.date(register.year, 10, 1))
    return target


def register_table(
    frame: object,
    *,
    sheet: Literal["outcomes", "context"] = "outcomes",
    phase: Literal["secondary"] = "secondary",
    year: int | None = None,
    authority: str = "Southend-on-Sea",
    national: Mapping[str, float] | None = None,
    la_row: object = None,
    codes: object = None,
    periods: Mapping[str, str] | None = None,
    title: str | None = None,
    suppress: bool = True,
    minimum: int = 6,
    threshold: float = 5.0,
) -> Any:
    """Return a sheet of the risk register as a table of great_tables, to look at in a notebook.

    Rules, words and colours are those of :func:`risk_register`.

    Args:
        frame: As for :func:`risk_register`.
        sheet: ``"outcomes"`` or ``"context"``.
        phase: As for :func:`risk_register`.
        year: As for :func:`risk_register`.
        authority: As for :func:`risk_register`.
        national: As for :func:`risk_register`.
        la_row: As for :func:`risk_register`.
        codes: As for :func:`risk_register`.
        periods: As for :func:`risk_register`.
        title: As for :func:`risk_register`.
        suppress: As for :func:`risk_register`.
        minimum: As for :func:`risk_register`.
        threshold: As for :func:`risk_register`.

    Returns:
        A ``great_tables.GT``.

    Raises:
        ImportError: If great_tables is not installed (``pip install schoolframe[notebook]``).
        InputError: As :func:`risk_register`.
        UnknownNameError: As :func:`risk_register`, or for a sheet that does not exist.

    Example:
        >>> import polars as pl
        >>> from schoolframe.presentation import register_table
        >>> schools = pl.DataFrame({"urn": [1], "school_name": ["Hill"], "ks4_cohort": [150], "p8": [0.25],
        ...     "p8_ci_low": [0.04], "p8_ci_high": [0.46], "year": [2019]})
        >>> "significantly above" in register_table(schools, authority="Example").as_raw_html()
        True
    """
    register = build_register(
        frame,
        phase=phase,
        year=year,
        authority=authority,
        national=national,
        la_row=la_row,
        codes=codes,
        periods=_periods(periods),
        title=title,
        suppress=suppress,
        minimum=minimum,
        threshold=threshold,
    )
    found = [one for one in register.sheets if one.page.key == sheet]
    if not found:
        listed = ", ".join(one.page.key for one in register.sheets)
        msg = f"sheet {sheet!r} does not exist. There are: {listed}."
        raise UnknownNameError(msg)
    return make_table(found[0])


def _periods(periods: Mapping[str, str] | None) -> Mapping[str, str]:
    unknown = set(periods or {}) - {"absence", "exclusions"}
    if unknown:
        msg = f"periods: {', '.join(sorted(unknown))} does not exist. There are: absence, exclusions."
        raise UnknownNameError(msg)
    return periods or {}
