"""Columns of the register: appendix IV of the Southend strategy 2017-19, the secondary template (lines 497-523)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from schoolframe._typing import Direction

__all__ = ["GRADE_WORDS", "PAGES", "STATUS_WORDS", "Field", "Page"]

Kind = Literal["count", "number", "significance", "word", "flag", "grade", "date", "judgement", "free"]


@dataclass(frozen=True)
class Field:
    """One column of the register.

    Attributes:
        name: Indicator of the vocabulary that fills it.
        heading: What the column is called.
        span: Heading above several columns.
        kind: How a value becomes a cell.
        decimals: Places that are printed.
        also: Other indicators that may fill it, in this order, where ``name`` is not held.
        last_year: Whether last year's figure follows in brackets.
        coded: Which end of the indicator is the good one, if it is coded against the national figure.
        interval: Indicators of the lower and upper limit, for a progress score marked by its significance.
        officer: Whether an officer fills it in where it is not held.
        width: Width in characters.
        period: Key of the period printed in the span.
        reference: Names of dated national figures for schools of the phase, without ``nat_``, before ``name`` itself.
    """

    name: str
    heading: str
    span: str = ""
    kind: Kind = "number"
    decimals: int = 0
    also: tuple[str, ...] = ()
    last_year: bool = False
    coded: Direction | None = None
    interval: tuple[str, str] | None = None
    officer: bool = False
    width: float = 9.0
    period: str | None = None
    reference: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Every indicator that may fill the column, the preferred one first."""
        return (self.name, *self.also)


@dataclass(frozen=True)
class Page:
    """One sheet of the register."""

    key: str
    sheet: str
    fields: tuple[Field, ...]


GRADE_WORDS = {1: "Outstanding", 2: "Good", 3: "Requires improvement", 4: "Inadequate"}
"""Grades of overall effectiveness; 3 was called satisfactory in inspections before September 2012."""

STATUS_WORDS = {
    "none": "No",
    "at_risk": "At risk",
    "coasting": "Coasting",
    "failed_to_recover": "Failed to recover",
}
"""Values of ``coasting_status`` in words."""

_P8, _EM, _EBACC = "Progress 8 overall", "English and maths", "English Baccalaureate"
_OFSTED, _GAP = "Ofsted", "Progress 8, disadvantaged and other pupils"
_ABSENCE, _EXCLUSIONS, _CONTEXT = "Absence", "Exclusions per 100 pupils", "Contextual information"

_OUTCOMES = Page(
    "outcomes",
    "KS4 outcomes",
    (
        Field("ks4_cohort", "Cohort", kind="count", also=("cohort",), width=7.5),
        Field("p8", "Score", _P8, decimals=2, last_year=True, width=6.5),
        Field("p8_significance", "Against national average", _P8, kind="significance", width=21),
        Field("p8_ci_low", "Lower confidence limit", _P8, decimals=2, width=10),
        Field("p8_ci_high", "Upper confidence limit", _P8, decimals=2, width=10),
        Field("a8", "Attainment 8 score", decimals=1, last_year=True, width=7),
        Field("ks4_em_94_pct", "% 9-4", _EM, decimals=1, last_year=True, coded="higher_better", width=11),
        Field("ks4_em_95_pct", "% 9-5", _EM, decimals=1, last_year=True, coded="higher_better", width=11),
        Field("ebacc_entry_pct", "Entry %", _EBACC, decimals=1, last_year=True, coded="higher_better", width=11),
        Field("ebacc_95_pct", "Achieved %\n(9-5)", _EBACC, decimals=1, last_year=True, coded="higher_better", width=11),
        Field("coasting_status", "Coasting school", kind="word", width=9.5),
        Field("below_floor", "Below floor standard", kind="flag", width=9.5),
    ),
)

_CONTEXTUAL = Page(
    "context",
    "Context",
    (
        Field("ofsted_overall", "Overall judgement", _OFSTED, kind="grade", width=20),
        Field("ofsted_date", "Date of judgement", _OFSTED, kind="date", width=12),
        Field("disadv_cohort", "Disadv. cohort", _GAP, "count", also=("p8_disadvantaged_cohort",), width=9),
        Field(
            "disadvantaged",
            "Disadv. score",
            _GAP,
            decimals=2,
            also=("p8_disadvantaged",),
            interval=("p8_disadvantaged_ci_low", "p8_disadvantaged_ci_high"),
            width=11,
            reference=("p8_disadvantaged",),
        ),
        Field("nondisadv_cohort", "Other cohort", _GAP, "count", also=("p8_non_disadvantaged_cohort",), width=9),
        Field(
            "non_disadvantaged",
            "Other score",
            _GAP,
            decimals=2,
            also=("p8_non_disadvantaged",),
            interval=("p8_non_disadvantaged_ci_low", "p8_non_disadvantaged_ci_high"),
            width=11,
            reference=("p8_non_disadvantaged",),
        ),
        Field("disadvantaged_progress_gap", "Gap", _GAP, decimals=2, also=("p8_gap_disadvantaged",), width=8),
        Field(
            "overall_absence_pct",
            "Overall %",
            _ABSENCE,
            decimals=1,
            coded="lower_better",
            width=10,
            period="absence",
            reference=("overall_absence_pct_secondary",),
        ),
        Field(
            "persistent_absence_pct",
            "Persistent %",
            _ABSENCE,
            decimals=1,
            coded="lower_better",
            width=11,
            period="absence",
            reference=("persistent_absence_pct_secondary",),
        ),
        Field(
            "perm_excl_rate",
            "Permanent",
            _EXCLUSIONS,
            decimals=2,
            coded="lower_better",
            width=10,
            period="exclusions",
            reference=("perm_excl_rate_secondary",),
        ),
        Field(
            "fixed_excl_rate",
            "Fixed-period",
            _EXCLUSIONS,
            decimals=2,
            coded="lower_better",
            width=12,
            period="exclusions",
            reference=("fixed_excl_rate_secondary",),
        ),
        Field("flag_new_head", "New head", _CONTEXT, "flag", officer=True, width=7),
        Field("is_academy", "Academy", _CONTEXT, "flag", officer=True, width=9),
        Field("flag_imminent_inspection", "Imminent inspection", _CONTEXT, "flag", officer=True, width=10.5),
        Field("causing_concern", "Causing concern", _CONTEXT, "flag", officer=True, width=9),
        Field("sbc_overall", "Judgement of the authority", _CONTEXT, "judgement", officer=True, width=19),
        Field("trajectory", "Trajectory", _CONTEXT, "free", officer=True, width=12),
    ),
)

PAGES = {"secondary": (_OUTCOMES, _CONTEXTUAL)}
"""Sheets of the register by phase."""
