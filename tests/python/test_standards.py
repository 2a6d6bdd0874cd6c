"""Floor standards and coasting: every figure at, just under and just over, and what stays open."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import schoolframe as sf

# Figures without a source, as a caller would give them.
OWN: dict[str, Any] = {
    "floor_ks4_5ac_em_pct": {2010: 35, 2011: 35, 2013: 40},
    "median_ks4_3lp_eng_pct": {2010: 72, 2011: 74, 2012: 70, 2013: 73},
    "median_ks4_3lp_mat_pct": {2010: 65, 2011: 66, 2012: 70, 2013: 73},
}
OWN_PRIMARY: dict[str, Any] = {
    "floor_ks2_cohort_minimum": 11,
    "floor_ks2_l4rwm_pct": {2013: 60},
    "median_ks2_2lp_eng_pct": {2011: 87},
    "median_ks2_2lp_mat_pct": {2011: 86},
}


def floor(standard: Any, settings: Any = None, **values: Any) -> dict[str, Any]:
    frame = pl.DataFrame({name: [value] for name, value in {"urn": 1, **values}.items()}, strict=False)
    chosen = {"figures": OWN if standard == "secondary" else OWN_PRIMARY, "allow_unverified": True, **(settings or {})}
    return sf.floor_standard(frame, phase=standard, **chosen).row(0, named=True)


def near(value: float, decimals: int) -> list[tuple[float, bool]]:
    """Values just under, at and just over a figure, and whether they are under it."""
    step = 10**-decimals
    return [(round(value - step, decimals), True), (value, False), (round(value + step, decimals), False)]


ATTAINMENT = [
    *(("secondary", year, "ks4_5ac_em_pct", 30) for year in (2007, 2008, 2009)),
    *(("secondary", year, "ks4_5ac_em_pct", 35) for year in (2010, 2011)),
    *(("secondary", year, "ks4_5ac_em_pct", 40) for year in (2012, 2013, 2014, 2015)),
    *(("primary", year, "ks2_l4em_pct", 55) for year in (2008, 2009)),
    *(("primary", year, "ks2_l4em_pct", 60) for year in (2010, 2011, 2012)),
    ("primary", 2013, "ks2_l4rwm_pct", 60),
    *(("primary", year, "ks2_l4rwm_pct", 65) for year in (2014, 2015)),
]
NOTHING_ELSE = {f"ks4_3lp_{subject}_pct": 0 for subject in ("eng", "mat")}
NOTHING_ELSE |= {f"ks2_2lp_{subject}_pct": 0 for subject in ("eng", "reading", "writing", "mat")}


@pytest.mark.parametrize(("phase", "year", "column", "figure"), ATTAINMENT)
def test_attainment_of_every_year_at_its_edge(phase: str, year: int, column: str, figure: int) -> None:
    for value, under in near(figure, 1):
        got = floor(phase, year=year, **NOTHING_ELSE, **{column: value})
        assert (got["below_floor"], got["status"]) == (under, "ok"), (value, got)
        assert got["compared"].startswith(f"{column} {value:.1f} against {figure}")


MEDIANS = [
    *((2010, name, value) for name, value in (("ks4_3lp_eng_pct", 72), ("ks4_3lp_mat_pct", 65))),
    *((2011, name, value) for name, value in (("ks4_3lp_eng_pct", 74), ("ks4_3lp_mat_pct", 66))),
    *((2012, name, value) for name, value in (("ks4_3lp_eng_pct", 70), ("ks4_3lp_mat_pct", 70))),
    *((2013, name, value) for name, value in (("ks4_3lp_eng_pct", 73), ("ks4_3lp_mat_pct", 73))),
    *((2014, name, value) for name, value in (("ks4_3lp_eng_pct", 74), ("ks4_3lp_mat_pct", 67))),
    *((2015, name, value) for name, value in (("ks4_3lp_eng_pct", 73), ("ks4_3lp_mat_pct", 68))),
    *((2010, name, value) for name, value in (("ks2_2lp_eng_pct", 87), ("ks2_2lp_mat_pct", 86))),
    *((2011, name, value) for name, value in (("ks2_2lp_eng_pct", 87), ("ks2_2lp_mat_pct", 86))),
    *((2012, name, value) for name, value in (("ks2_2lp_eng_pct", 92), ("ks2_2lp_mat_pct", 90))),
    *((2013, f"ks2_2lp_{s}_pct", value) for s, value in (("reading", 91), ("writing", 95), ("mat", 91))),
    *((2014, f"ks2_2lp_{s}_pct", value) for s, value in (("reading", 94), ("writing", 96), ("mat", 93))),
    *((2015, f"ks2_2lp_{s}_pct", value) for s, value in (("reading", 94), ("writing", 97), ("mat", 93))),
]


@pytest.mark.parametrize(("year", "column", "median"), MEDIANS)
def test_progress_at_the_median_in_any_subject_saves_a_school(year: int, column: str, median: int) -> None:
    phase = "secondary" if column.startswith("ks4") else "primary"
    attainment = {"ks4_5ac_em_pct": 0, "ks2_l4em_pct": 0, "ks2_l4rwm_pct": 0}
    for value, under in near(median, 1):
        got = floor(phase, year=year, **{**attainment, **NOTHING_ELSE, column: value})
        assert got["below_floor"] is under, (value, got)


@pytest.mark.parametrize("year", [2016, 2017, 2018])
def test_progress_8_and_its_upper_limit_at_their_edges(year: int) -> None:
    for value, under in near(-0.5, 2):
        assert floor("secondary", year=year, p8=value, p8_ci_high=-0.01, ks4_cohort=80)["below_floor"] is under
    for limit, significant in near(0, 2):
        assert floor("secondary", year=year, p8=-0.8, p8_ci_high=limit, ks4_cohort=80)["below_floor"] is significant


SAFE = {f"ks2_progress_{s}": 0.0 for s in ("reading", "writing", "maths")}
SAFE_LIMITS = {f"ks2_progress_{s}_ci_high": 1.0 for s in ("reading", "writing", "maths")}
PROGRESS = [("ks2_progress_reading", -5.0), ("ks2_progress_writing", -7.0), ("ks2_progress_maths", -5.0)]


@pytest.mark.parametrize("year", [2016, 2017, 2018])
def test_primary_attainment_at_65(year: int) -> None:
    low = {name: value - 1 for name, value in PROGRESS}
    for value, under in near(65, 0):
        got = floor("primary", year=year, ks2_exp_rwm_pct=value, ks2_cohort=30, **low, **SAFE_LIMITS)
        assert got["below_floor"] is under


@pytest.mark.parametrize(("column", "figure"), PROGRESS)
def test_one_subject_counts_if_it_is_significantly_below(column: str, figure: float) -> None:
    for value, under in near(figure, 1):
        for limit, significant in near(0, 1):
            values = {**SAFE, **SAFE_LIMITS, column: value, f"{column}_ci_high": limit}
            got = floor("primary", year=2017, ks2_exp_rwm_pct=50, ks2_cohort=30, **values)
            assert got["below_floor"] is (under and significant), (value, limit)


def test_two_subjects_count_whatever_their_limits() -> None:
    for first, second in ((0, 1), (0, 2), (1, 2)):
        low = {PROGRESS[at][0]: PROGRESS[at][1] - 0.1 for at in (first, second)}
        got = floor("primary", year=2018, ks2_exp_rwm_pct=50, ks2_cohort=30, **{**SAFE, **SAFE_LIMITS, **low})
        assert got["below_floor"] is True
        edge = {**low, PROGRESS[first][0]: PROGRESS[first][1]}
        got = floor("primary", year=2018, ks2_exp_rwm_pct=50, ks2_cohort=30, **{**SAFE, **SAFE_LIMITS, **edge})
        assert got["below_floor"] is False


@pytest.mark.parametrize("band", [1, 2, 3, 4, 5])
def test_the_published_band_stands_in_for_a_missing_limit(band: int) -> None:
    got = floor("secondary", year=2017, p8=-0.8, p8_band=band, ks4_cohort=80)
    assert got["below_floor"] is (band >= 4)


BELOW = {"year": 2017, "p8": -0.8, "p8_ci_high": -0.4}


@pytest.mark.parametrize(("cohort", "status"), [(5, "not_applicable"), (6, "ok"), (7, "ok")])
def test_the_smallest_secondary_cohort(cohort: int, status: str) -> None:
    got = floor("secondary", **BELOW, ks4_cohort=cohort)
    assert (got["status"], got["below_floor"]) == (status, True if status == "ok" else None)
    if status == "not_applicable":
        assert got["reason"] == "ks4_cohort 5.0 is under 6"


@pytest.mark.parametrize(("cohort", "status"), [(10, "not_applicable"), (11, "ok"), (12, "ok")])
def test_the_smallest_primary_cohort_is_the_caller_s(cohort: int, status: str) -> None:
    values = {"year": 2017, "ks2_exp_rwm_pct": 50, "ks2_cohort": cohort, **{k: v - 1 for k, v in PROGRESS}}
    got = floor("primary", **values)
    assert (got["status"], got["unverified"] is not None) == (status, True)
    assert "floor_ks2_cohort_minimum" in got["unverified"]
    without = floor("primary", {"figures": None}, **values)
    assert (without["below_floor"], without["status"]) == (None, "no_figure")
    assert "no source gives floor_ks2_cohort_minimum for 2017" in without["reason"]
    # A school that meets the standard meets it whatever the smallest cohort is.
    fine = floor("primary", {"figures": None}, **{**values, "ks2_exp_rwm_pct": 65})
    assert (fine["below_floor"], fine["status"]) == (False, "ok")


@pytest.mark.parametrize(("coverage", "status"), [(49.9, "not_applicable"), (50, "ok"), (50.1, "ok"), (None, "ok")])
def test_the_least_coverage(coverage: float | None, status: str) -> None:
    assert floor("secondary", **BELOW, ks4_cohort=80, p8_coverage_pct=coverage)["status"] == status


@pytest.mark.parametrize(
    ("word", "status"),
    [("special", "not_applicable"), ("pru", "not_applicable"), ("secondary", "ok"), ("all_through", "ok"), (None, "ok"),
     ("middle", "ok")],
)  # fmt: skip
def test_which_schools_the_standard_applies_to(word: str | None, status: str) -> None:
    got = floor("secondary", **BELOW, ks4_cohort=80, phase=word)
    assert got["status"] == status
    assert got["reason"] == (f"phase is {word}" if status == "not_applicable" else None)
    other = floor("secondary", year=2017, p8=None, p8_ci_high=None, ks4_cohort=None, phase="primary")
    assert (other["status"], other["reason"]) == ("not_applicable", "phase is primary")
    exempt = floor("secondary", {"exempt": "new"}, **BELOW, ks4_cohort=80, new=True)
    assert (exempt["status"], exempt["reason"]) == ("not_applicable", "exempt")
    assert floor("secondary", {"exempt": "new"}, **BELOW, ks4_cohort=80, new=None)["below_floor"] is True


def test_unknown_is_not_false_and_a_missing_item_that_changes_nothing_is_passed_over() -> None:
    open_ = floor("secondary", year=2017, p8=-0.8, p8_ci_high=None, ks4_cohort=80)
    assert (open_["below_floor"], open_["status"], open_["reason"]) == (None, "missing", "p8_ci_high missing")
    decided = floor("secondary", year=2017, p8=-0.4, p8_ci_high=None, ks4_cohort=None)
    assert (decided["below_floor"], decided["status"]) == (False, "ok")
    saved = floor("secondary", year=2015, ks4_5ac_em_pct=None, ks4_3lp_eng_pct=73, ks4_3lp_mat_pct=None)
    assert saved["below_floor"] is False
    lost = floor("secondary", year=2015, ks4_5ac_em_pct=30, ks4_3lp_eng_pct=60, ks4_3lp_mat_pct=None)
    assert (lost["below_floor"], lost["reason"]) == (None, "ks4_3lp_mat_pct missing")
    small = floor("secondary", **BELOW, ks4_cohort=None)
    assert (small["below_floor"], small["reason"]) == (None, "ks4_cohort missing")
    two = {PROGRESS[0][0]: -6.0, PROGRESS[1][0]: -8.0, PROGRESS[2][0]: None}
    assert floor("primary", year=2017, ks2_exp_rwm_pct=50, ks2_cohort=30, **two)["below_floor"] is True


def test_figures_of_secondary_sources_need_to_be_asked_for_and_are_marked() -> None:
    refused = floor("secondary", {"allow_unverified": False, "figures": None}, **BELOW, ks4_cohort=80)
    assert (refused["below_floor"], refused["status"], refused["verified"]) == (None, "no_figure", False)
    assert "floor_p8 was read in a secondary source only; allow_unverified=True" in refused["reason"]
    allowed = floor("secondary", {"figures": None}, **BELOW, ks4_cohort=80)
    assert (allowed["below_floor"], allowed["verified"]) == (True, False)
    assert allowed["unverified"] == "floor_p8, floor_ks4_cohort_minimum, floor_p8_coverage_minimum_pct"
    values = {"year": 2015, "ks4_5ac_em_pct": 30, "ks4_3lp_eng_pct": 60, "ks4_3lp_mat_pct": 60}
    firm = floor("secondary", {"allow_unverified": False, "figures": None}, **values)
    assert (firm["below_floor"], firm["verified"], firm["unverified"]) == (True, True, None)
    # In 2014 the medians are verified and the 40 % is not: a school at a median is decided all the same.
    saved = {**values, "year": 2014, "ks4_3lp_eng_pct": 74}
    assert floor("secondary", {"allow_unverified": False, "figures": None}, **saved)["below_floor"] is False
    general = floor("secondary", {"figures": None}, **{**values, "year": 2010})
    assert (general["status"], general["below_floor"]) == ("no_figure", None)
    assert "no source gives floor_ks4_5ac_em_pct for 2010" in general["reason"]


@pytest.mark.parametrize("phase", ["secondary", "primary"])
def test_which_years_rest_on_verified_figures_alone(phase: Any) -> None:
    columns = ("ks4_5ac_em_pct", "p8", "ks2_l4em_pct", "ks2_l4rwm_pct", "ks2_exp_rwm_pct")
    frame = pl.DataFrame({"year": range(2006, 2020), **dict.fromkeys(columns, 1.0)})
    got = sf.floor_standard(frame, phase=phase, allow_unverified=True)
    assert got.filter("verified")["year"].to_list() == ([2007, 2008, 2015] if phase == "secondary" else [])
    # Figures that a caller gives are not verified, and are named.
    given = sf.floor_standard(frame, phase="secondary", figures={"floor_ks4_5ac_em_pct": 30})
    assert given.filter("verified").is_empty()
    assert given.filter(year=2015)["unverified"].to_list() == ["floor_ks4_5ac_em_pct"]


@pytest.mark.parametrize(
    ("phase", "year"), [("secondary", 2006), ("secondary", 2019), ("primary", 2007), ("primary", 2022)]
)
def test_years_without_a_standard(phase: str, year: int) -> None:
    got = floor(phase, year=year)
    assert (got["status"], got["below_floor"], got["rule"]) == ("no_standard", None, None)
    assert got["reason"].startswith(f"there is no standard for {year}; there is for 200")


SUBJECTS = tuple(SAFE)
share = st.sampled_from([None, 0.0, 40.0, 64.0, 65.0])
score = st.sampled_from([None, -9.0, -5.0, -1.0, 0.0])
upper = st.sampled_from([None, -5.0, -1.0, 0.0, 40.0])
EVIDENCE = st.fixed_dictionaries(
    {
        "ks2_exp_rwm_pct": share,
        **dict.fromkeys(SUBJECTS, score),
        **{f"{name}_ci_high": upper for name in SUBJECTS},
    }
)


def ends(values: dict[str, float | None], name: str) -> tuple[float, float]:
    """Return the least and the most that a missing value may be, beside the score or upper limit that is known."""
    if name == "ks2_exp_rwm_pct":
        return 0.0, 70.0
    if name.endswith("_ci_high"):
        known = values[name.removesuffix("_ci_high")]
        return -9.0 if known is None else known, 70.0
    known = values[f"{name}_ci_high"]
    return -9.0, 70.0 if known is None else known


@given(EVIDENCE, st.integers(0, 20))
def test_every_way_to_fill_what_is_missing_agrees_with_what_is_said(
    values: dict[str, float | None], cohort: int
) -> None:
    pairs = [(values[name], values[f"{name}_ci_high"]) for name in SUBJECTS]
    assume(not any(low is not None and high is not None and high < low for low, high in pairs))
    got = floor("primary", year=2017, ks2_cohort=cohort, **values)
    gaps = [name for name, one in values.items() if one is None]
    if got["below_floor"] is None or len(gaps) > 4:
        return
    for end in (0, 1):
        full = {**values, **{name: ends(values, name)[end] for name in gaps}}
        assert floor("primary", year=2017, ks2_cohort=cohort, **full)["below_floor"] is got["below_floor"]


def test_every_row_keeps_its_place_and_its_keys() -> None:
    frame = pl.DataFrame({"urn": [3, 1, 2], "year": [2017, 2015, 2019], "school_name": ["c", "a", "b"], "extra": 1,
                          "p8": [-0.8, None, None], "p8_ci_high": [-0.2, None, None], "ks4_cohort": 80,
                          "ks4_5ac_em_pct": [None, 50.0, None]})  # fmt: skip
    got = sf.floor_standard(frame, phase="secondary", allow_unverified=True)
    assert got["urn"].to_list() == [3, 1, 2]
    assert got["rule"].to_list() == ["floor_secondary_2016", "floor_secondary_2010", None]
    results = ["below_floor", "status", "reason", "rule", "compared", "verified", "unverified"]
    assert got.columns == ["year", "urn", "school_name", *results]
    assert sf.floor_standard(frame.to_arrow(), phase="secondary", allow_unverified=True).equals(got)
    assert sf.floor_standard(frame.clear(), phase="secondary").schema == got.schema


def test_what_is_wrong_with_a_floor_is_named() -> None:
    frame = pl.DataFrame({"urn": [1], "year": [2017], "p8": [-0.8]})
    with pytest.raises(sf.exceptions.UnknownNameError, match="phase 'infant' does not exist"):
        sf.floor_standard(frame, phase="infant")  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.UnknownNameError, match="column 'ks2_exp_rwm_pct' is not there"):
        sf.floor_standard(frame, phase="primary")
    with pytest.raises(sf.exceptions.UnknownNameError, match="figures: figure 'floor_p9' does not exist. Did you"):
        sf.floor_standard(frame, phase="secondary", figures={"floor_p9": 1})
    with pytest.raises(sf.exceptions.InputError, match="figures: floor_p8: a number is needed, not 'low'"):
        sf.floor_standard(frame, phase="secondary", figures={"floor_p8": "low"})  # type: ignore[dict-item]
    with pytest.raises(sf.exceptions.InputError, match="figures: floor_p8: a finite number is needed, not nan"):
        sf.floor_standard(frame, phase="secondary", figures={"floor_p8": {2017: float("nan")}})
    with pytest.raises(sf.exceptions.InputError, match="figures: year: a whole number is needed, not '2017'"):
        sf.floor_standard(frame, phase="secondary", figures={"floor_p8": {"2017": 1}})  # type: ignore[dict-item]
    with pytest.raises(sf.exceptions.InputError, match="column 'phase' must hold texts, it holds Int32"):
        sf.floor_standard(frame.with_columns(phase=1), phase="secondary")
    with pytest.raises(sf.exceptions.InputError, match="column 'p8' must hold numbers, it holds String"):
        sf.floor_standard(frame.with_columns(p8=pl.lit("LOWCOV")), phase="secondary")
    with pytest.raises(sf.exceptions.InputError, match=r"column 'p8' must hold finite numbers; .* -inf \(row 0\)"):
        sf.floor_standard(frame.with_columns(p8=-float("inf")), phase="secondary")
    with pytest.raises(sf.exceptions.InputError, match="column 'new' must hold true, false or nothing, it holds Int32"):
        sf.floor_standard(frame.with_columns(new=1), phase="secondary", exempt="new")
    with pytest.raises(sf.exceptions.UnknownNameError, match="column 'year' is not there"):
        sf.floor_standard(frame.drop("year"), phase="secondary")


# -- Coasting ----------------------------------------------------------------------------------------------------------


def years(phase: Any, rows: list[dict[str, Any]], **settings: Any) -> pl.DataFrame:
    frame = pl.DataFrame([{"urn": 1, **row} for row in rows], infer_schema_length=None)
    return sf.coasting_standard(frame, phase=phase, **settings)


CRITERIA = [
    ("secondary", 2014, [("ks4_5ac_em_pct", 60), ("ks4_3lp_eng_pct", 74), ("ks4_3lp_mat_pct", 67)]),
    ("secondary", 2015, [("ks4_5ac_em_pct", 60), ("ks4_3lp_eng_pct", 73), ("ks4_3lp_mat_pct", 68)]),
    ("secondary", 2016, [("p8", -0.25), ("p8_ci_high", 0)]),
    ("secondary", 2018, [("p8", -0.25), ("p8_ci_high", 0)]),
    ("primary", 2014, [("ks2_l4rwm_pct", 85), *((f"ks2_2lp_{s}_pct", v) for s, v in
                       (("reading", 94), ("writing", 96), ("mat", 93)))]),
    ("primary", 2015, [("ks2_l4rwm_pct", 85), *((f"ks2_2lp_{s}_pct", v) for s, v in
                       (("reading", 94), ("writing", 97), ("mat", 93)))]),
    *(("primary", year, [("ks2_exp_rwm_pct", 85), (f"ks2_progress_{s}", v), (f"ks2_progress_{s}_ci_high", 0)])
      for year in (2016, 2017, 2018) for s, v in (("reading", -2.5), ("writing", -3.5), ("maths", -2.5))),
]  # fmt: skip


@pytest.mark.parametrize(("phase", "year", "figures"), CRITERIA)
def test_the_criterion_of_each_year_at_its_edges(phase: str, year: int, figures: list[tuple[str, float]]) -> None:
    # The upper limits stay over the scores, also over those at their edge.
    under = {name: value - (0.2 if name.endswith("_ci_high") else 0.5) for name, value in figures}
    safe = {} if year < 2016 or phase == "secondary" else {**SAFE, **SAFE_LIMITS}
    assert years(phase, [{"year": year, **safe, **under}])["criterion"].item() is True
    for name, figure in figures:
        for value, met in near(figure, 2):
            got = years(phase, [{"year": year, **safe, **under, name: value}])
            assert got["criterion"].item() is met, (name, value)
            assert got["verified"].item() is True


MET = {"p8": -0.4, "p8_ci_high": -0.1, "ks4_5ac_em_pct": 50.0, "ks4_3lp_eng_pct": 60.0, "ks4_3lp_mat_pct": 60.0}
NOT_MET = {"p8": 0.4, "p8_ci_high": 0.6, "ks4_5ac_em_pct": 70.0, "ks4_3lp_eng_pct": 80.0, "ks4_3lp_mat_pct": 80.0}


@pytest.mark.parametrize("last", [2016, 2017, 2018])
def test_three_years_running(last: int) -> None:
    rows = [{"year": year, **MET} for year in range(last - 2, last + 1)]
    got = years("secondary", rows)
    assert got["coasting"].to_list() == [None, None, True]
    assert got["years"].to_list()[-1] == f"{last}, {last - 1}, {last - 2}"
    for place in range(3):
        broken = [row if at != place else {"year": row["year"], **NOT_MET} for at, row in enumerate(rows)]
        assert years("secondary", broken)["coasting"].to_list()[-1] is False
        gone = [row for at, row in enumerate(rows) if at != place]
        if place < 2:
            last_row = years("secondary", gone).row(-1, named=True)
            assert (last_row["coasting"], last_row["status"]) == (None, "missing")
            assert last_row["reason"] == f"{rows[place]['year']}: no row"


def test_before_and_after_there_is_only_a_criterion_or_nothing() -> None:
    got = years("secondary", [{"year": year, **MET} for year in range(2013, 2020)])
    assert got["coasting"].to_list() == [None, None, None, True, True, True, None]
    assert got["criterion"].to_list() == [None, True, True, True, True, True, None]
    assert got["status"].to_list() == ["no_standard"] * 3 + ["ok"] * 3 + ["no_standard"]
    assert got["reason"].to_list()[-1] == "coasting is decided on results of 2016 to 2018 and the two years before each"


def test_what_is_missing_in_which_year_is_said() -> None:
    rows: list[dict[str, Any]] = [{"year": year, **MET} for year in (2016, 2017, 2018)]
    rows[1]["p8_ci_high"] = None
    got = years("secondary", rows).row(-1, named=True)
    assert (got["coasting"], got["status"], got["reason"]) == (None, "missing", "2017: p8_ci_high missing")
    rows[0] = {"year": 2016, **NOT_MET}
    assert years("secondary", rows).row(-1, named=True)["coasting"] is False


@pytest.mark.parametrize(("opted", "p8", "coasting"), [(True, -0.4, True), (True, -0.25, False), (False, -0.25, True),
                                                       (None, -0.25, True), (True, None, None)])  # fmt: skip
def test_early_progress_8_adds_its_criterion_in_2015(
    opted: bool | None, p8: float | None, coasting: bool | None
) -> None:
    rows = [{"year": year, **MET, "early": opted} for year in (2014, 2015, 2016)]
    rows[1] = {**rows[1], "p8": p8}
    got = years("secondary", rows, early_p8="early").row(-1, named=True)
    assert got["coasting"] is coasting
    if coasting is None:
        assert got["reason"] == "2015: p8 missing"
    # The flag changes nothing in the years that have Progress 8 for everyone.
    later = [{"year": year, **MET, "early": True} for year in (2016, 2017, 2018)]
    assert years("secondary", later, early_p8="early")["coasting"].to_list()[-1] is True


def test_schools_are_kept_apart_and_special_schools_are_out() -> None:
    rows = [{"urn": urn, "year": year, "phase": phase, **MET} for urn, phase in ((1, "secondary"), (2, "special"))
            for year in (2018, 2016, 2017)]  # fmt: skip
    got = sf.coasting_standard(pl.DataFrame(rows), phase="secondary")
    assert got["coasting"].to_list() == [True, None, None, None, None, None]
    assert got["status"].to_list()[3:] == ["not_applicable"] * 3
    assert got["reason"].to_list()[3] == "phase is special"


def test_what_is_wrong_with_coasting_is_named() -> None:
    frame = pl.DataFrame({"urn": [1, 1], "year": [2017, 2017], "p8": [-0.8, -0.8]})
    with pytest.raises(
        sf.exceptions.InputError,
        match=r"column 'urn' with 'year' must name one row; 1 .*: urn 1, year 2017 \(rows 0, 1\)",
    ):
        sf.coasting_standard(frame, phase="secondary")
    with pytest.raises(sf.exceptions.InputError, match="early_p8: only secondary schools"):
        sf.coasting_standard(frame.head(1).with_columns(ks2_exp_rwm_pct=1.0), phase="primary", early_p8="urn")
    assert sf.coasting_standard(frame.clear(), phase="secondary").is_empty()


# -- Published files ---------------------------------------------------------------------------------------------------


def test_england_agrees_with_the_flags_of_the_indicator_frame() -> None:
    for tables, phase, counted in ((sf.samples.ks4(), "secondary", 377), (sf.samples.ks2(), "primary", 673)):
        frame = sf.indicator_frame(tables, register=sf.samples.register())
        settings: dict[str, Any] = {"figures": {"floor_ks2_cohort_minimum": 11} if phase == "primary" else None}
        below = sf.floor_standard(frame, phase=phase, allow_unverified=True, **settings)  # type: ignore[arg-type]
        joined = frame.select("urn", "year", "phase", flag="below_floor", drift="coasting").with_columns(
            below["below_floor"], below["status"]
        )
        known = joined.filter(pl.col("flag").is_not_null(), pl.col("status") == "ok")
        assert known.filter(pl.col("flag") != pl.col("below_floor")).height == 0
        assert known["below_floor"].sum() == counted
        assert joined.filter(pl.col("flag").is_not_null()).height == known.height
        drift = sf.coasting_standard(frame, phase=phase)["coasting"]  # type: ignore[arg-type]
        last = joined.with_columns(drift).filter(pl.col("year") == 2018, pl.col("drift").is_not_null())
        assert last.height > 2500
        assert last.filter(pl.col("drift").ne_missing(pl.col("coasting"))).height == 0


def test_surrey_is_decided_wherever_its_file_gives_the_limits() -> None:
    frame = sf.indicator_frame(sf.samples.surrey_ks2(), register=sf.samples.register())
    got = sf.floor_standard(frame, phase="primary", allow_unverified=True, figures={"floor_ks2_cohort_minimum": 11})
    held = pl.all_horizontal(pl.col("ks2_exp_rwm_pct", *SAFE, *SAFE_LIMITS, "ks2_cohort").is_not_null())
    complete = got.with_columns(frame.select(held.alias("held"))).filter("held", pl.col("year").is_in([2017, 2018]))
    assert complete.height > 300
    assert set(complete["status"]) <= {"ok", "not_applicable"}
    assert complete.filter(pl.col("status") == "ok")["below_floor"].null_count() == 0
