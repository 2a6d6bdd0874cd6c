"""What the measures of pupils and of schools over years refuse, and what they do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import schoolframe as sf

if TYPE_CHECKING:
    from collections.abc import Callable

InputError, UnknownNameError = sf.exceptions.InputError, sf.exceptions.UnknownNameError

LINE = sf.MedianLine("ks1", "ks2", ((15.0, 27.0, 20), (21.0, 33.0, 30)), 10)
YEARS = pl.DataFrame(
    {"urn": [1] * 3, "year": [2017, 2018, 2019], "va": [0.1, 0.2, 0.4], "pupils": [100] * 3}
).with_columns(held=pl.col("va") > 0)


def leveled(school: str = "urn", rows: int = 6) -> pl.DataFrame:
    return pl.DataFrame({school: [1] * rows, "ks1": ["2"] * rows, "ks2": ["4"] * rows, "x": [15.0] * rows})


def rates(pupils: pl.DataFrame, by: str = "urn", **settings: Any) -> sf.Measured:
    return sf.expected_progress_rates(
        pupils, "ks1", "ks2", by=by, key_stages="ks1_ks2", allow_unverified=True, **settings
    )


def thresholds(pupils: pl.DataFrame, by: str = "urn", **settings: Any) -> sf.Measured:
    columns = {"english": "ks2", "maths": "ks2"}
    return sf.threshold_measures(pupils, "ks2_l4em_pct", by=by, columns=columns, **settings)


def value_added(pupils: pl.DataFrame, by: str = "urn", **settings: Any) -> sf.Measured:
    line = sf.MedianLine("x", "y", ((15.0, 27.0, 20), (21.0, 33.0, 30)), 10)
    return line.value_added(pupils.with_columns(y=28.0), by=by, sd=3, **settings)


def average(frame: pl.DataFrame, by: str = "urn", **settings: Any) -> sf.Measured:
    return sf.multi_year_average(frame, "va", n="pupils", by=by, sd=1.2, **settings)


def trend(frame: pl.DataFrame, by: str = "urn", **settings: Any) -> sf.Measured:
    return sf.trend_class(frame, "va", "pupils", 1.2, direction="higher_better", by=by, **settings)


def steady(frame: pl.DataFrame, by: str = "urn", **settings: Any) -> sf.Measured:
    return sf.consistently(frame, "held", by=by, **settings)


def coasting(frame: pl.DataFrame, by: str = "urn") -> pl.DataFrame:
    columns = pl.lit(-0.5).alias("p8"), pl.lit(-0.1).alias("p8_ci_high")
    return sf.coasting_standard(frame.with_columns(columns), phase="secondary", by=by)


@pytest.mark.parametrize("measure", [rates, thresholds, value_added])
@pytest.mark.parametrize("name", ["n", "ci_low", "method", "status"])
def test_a_school_column_called_as_one_of_the_result_is_refused_for_pupils(
    measure: Callable[..., sf.Measured], name: str
) -> None:
    with pytest.raises(InputError, match=f"by: a column of the result, .* is called '{name}' too"):
        measure(leveled(name), by=name)


@pytest.mark.parametrize(
    ("measure", "names"),
    [
        (rates, ["made", "made_pct", "flag", "true", "share"]),
        (thresholds, ["measure", "reached", "pct", "open", "n_open", "flag"]),
        (value_added, ["va", "significant", "gap", "_d", "_mean", "_test"]),
        (average, ["value", "n_years", "years", "complete", "_w", "gap", "_total"]),
        (trend, ["trend", "slope", "q", "p_line", "n", "_slope", "gap"]),
        (steady, ["consistent", "run", "reason", "_lost", "_place"]),
        (coasting, ["criterion", "coasting", "met", "met_1", "there_2", "status"]),
    ],
)
def test_names_of_each_result_and_of_the_steps_to_it_are_refused(measure: Callable[..., Any], names: list[str]) -> None:
    frame = leveled() if measure in (rates, thresholds, value_added) else YEARS
    for name in names:
        with pytest.raises(InputError, match=f"is called '{name}' too; rename yours first"):
            measure(frame.rename({"urn": name}), by=name)
    kept = measure(frame.rename({"urn": "school"}), by="school")
    assert (kept.frame if isinstance(kept, sf.Measured) else kept).height > 0


def test_a_column_named_twice_is_refused() -> None:
    with pytest.raises(InputError, match="by: name each column once"):
        average(YEARS, by=["urn", "urn"])  # type: ignore[arg-type]


@pytest.mark.parametrize("measure", [rates, thresholds, value_added])
@pytest.mark.parametrize(("rows", "n"), [(1, None), (5, None), (6, 6), (7, 7)])
def test_the_number_of_a_small_group_is_hidden(measure: Callable[..., sf.Measured], rows: int, n: int | None) -> None:
    found = measure(leveled(rows=rows)).frame.row(0, named=True)
    assert found["n"] == n
    assert found["status"] == ("ok" if n else "below_minimum")
    assert measure(leveled(rows=rows), min_group=0).frame["n"].item() == rows


@pytest.mark.parametrize(("pupils", "n"), [(1, None), (2, 6.0), (3, 9.0)])
def test_the_number_of_a_small_average_is_hidden(pupils: int, n: float | None) -> None:
    found = average(YEARS.with_columns(pupils=pupils)).frame.row(0, named=True)
    assert (found["n"], found["status"]) == (n, "ok" if n else "below_minimum")


def test_where_nobody_counts_the_number_is_0() -> None:
    none = pl.lit(None, dtype=pl.String)
    assert rates(leveled().with_columns(ks1=none)).frame.select("n", "status").row(0) == (0, "no_pupils")
    assert value_added(leveled().with_columns(x=50.0)).frame.select("n", "status").row(0) == (0, "no_pupils")
    for rows, open_ in ((5, None), (6, 6)):
        nobody = thresholds(leveled(rows=rows).with_columns(ks2=none), missing="exclude").frame
        assert nobody.select("n", "n_open", "status").row(0) == (0, open_, "no_pupils")


def test_codes_without_a_level_are_grades_among_grades() -> None:
    pupils = pl.DataFrame({"ks2": ["5", "4", "4", "A", "D"], "gcse": ["A", "D", "C", "A", "A"]})
    made = sf.expected_progress(
        "ks2", "gcse", key_stages="ks2_ks4", without_level=("A", "D"), allow_unverified=True
    ).struct.field("made")
    # Prior A and D are no level; as outcomes they are the grades.
    assert pupils.select(made).to_series().to_list() == [True, False, True, None, None]
    best = pl.DataFrame({"urn": [1] * 6, "english": ["A"] * 6, "maths": ["D"] * 3 + ["X"] * 3, "passes": [9] * 6})
    found = sf.threshold_measures(best.with_columns(maths=pl.lit("A")), "ks4_5ac_em_pct", without_level=("A", "D"))
    assert found.frame["reached"].item() == 6
    found = sf.threshold_measures(best, "ks4_5ac_em_pct", without_level=("A", "X"))
    assert found.frame.select("reached", "n_open").row(0) == (0, 0)


@pytest.mark.parametrize("code", ["4B", "4 c", "L4a", "level 4A"])
def test_a_sub_level_is_no_threshold(code: str) -> None:
    pupils = pl.DataFrame({"urn": [1] * 6, "reading": ["4C"] * 6})
    measure = sf.ThresholdMeasure("ks2_l4b_reading_pct", ("reading",), "level", code)
    with pytest.raises(InputError, match="measure ks2_l4b_reading_pct: pupils are read in whole levels"):
        sf.threshold_measures(pupils, measure)
    for settings in ({"assume": {"W": code}}, {"assume": {code: "2"}}, {"no_prior_from": code}):
        with pytest.raises(InputError, match="pupils are read in whole levels"):
            sf.expected_progress("a", "b", key_stages="ks1_ks2", allow_unverified=True, **settings)
    whole = sf.ThresholdMeasure("ks2_l4_reading_pct", ("reading",), "level", "L4")
    assert sf.threshold_measures(pupils, whole).frame["reached"].item() == 6


@pytest.mark.parametrize(("passes", "wrong"), [(4.9, True), (5.0, False), (5.1, True)])
def test_passes_are_counted_whole(passes: float, wrong: bool) -> None:
    pupils = pl.DataFrame({"urn": [1] * 6, "english": ["C"] * 6, "maths": ["C"] * 6, "passes": [6.0] * 5 + [passes]})
    if wrong:
        with pytest.raises(InputError, match=rf"'passes' must hold whole numbers; .*: {passes} \(row 5\)"):
            sf.threshold_measures(pupils, "ks4_5ac_em_pct")
    else:
        assert sf.threshold_measures(pupils, "ks4_5ac_em_pct").frame["reached"].item() == 6


def test_arguments_of_another_type_are_named() -> None:
    pupils = leveled()
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: sf.threshold_measures(pupils, 5), "measures: a text"),  # type: ignore[arg-type]
        (lambda: sf.threshold_measures(pupils, [5]), "measures: a text"),  # type: ignore[list-item]
        (lambda: sf.threshold_measures(pupils, sf.ThresholdMeasure("x", ("ks2",), ["level"], "4")), "scale: a text"),  # type: ignore[arg-type]
        (lambda: sf.threshold_measures(pupils, "ks2_l4em_pct", columns={"english": 5}), "columns.'english'.: a text"),  # type: ignore[dict-item]
        (lambda: sf.multi_year_average(YEARS, "va", weights=3), "weights: numbers"),  # type: ignore[arg-type]
        (lambda: sf.multi_year_average(YEARS, "va", weights="321"), "weights: numbers"),  # type: ignore[arg-type]
        (lambda: average(YEARS, no_results=2020), "no_results: results years"),
        (lambda: trend(YEARS, no_results=None), "no_results: results years"),
        (lambda: steady(YEARS, no_results="2020"), "no_results: results years"),
        (lambda: sf.floor_standard(YEARS, phase=["secondary"]), "phase: a text"),  # type: ignore[arg-type]
        (lambda: sf.ks1_prior_score(5, "w", "m", scale={"EXS": 8}), "reading: the name of a column"),  # type: ignore[arg-type]
        (lambda: sf.attainment_8("e", "m", [], [], english_double=True, no_entries=5), "no_entries: one of .*, not 5"),  # type: ignore[arg-type]
        (lambda: sf.MedianLine("a", "b", (), 10), "points: a median line has two or more points"),
        (lambda: sf.MedianLine("a", "b", LINE.points[::-1], 10), "rising prior attainment"),
        (lambda: sf.MedianLine.fit(pupils, 5, "x"), "prior: a text"),  # type: ignore[arg-type]
        (lambda: sf.prior_attainment_band("x"), "year: name the results year .* held for 2011"),
    ]
    for call, message in cases:
        with pytest.raises(InputError, match=message):
            call()
    with pytest.raises(UnknownNameError, match="columns: subject 'englsh' does not exist. Did you mean 'english'"):
        sf.threshold_measures(pupils, "ks2_l4em_pct", columns={"englsh": "ks2"})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_points_of_a_scale_are_finite(value: float) -> None:
    with pytest.raises(InputError, match=r"scale\['EXS'\]: a finite number is needed"):
        sf.ks1_prior_score("r", "w", "m", scale={"EXS": value})


def test_notes_say_whether_a_year_follows_the_gap() -> None:
    frame = YEARS.with_columns(year=pl.Series([2018, 2019, 2022]))
    for measure in (average, trend, steady):
        assert "2022 follows 2019." in measure(frame, bridge=True).notes[-1]
        assert "2022 does not follow 2019." in measure(frame, bridge=False).notes[-1]
        assert measure(frame, no_results=()).notes[-1] == "Every year counts as a year of results."


SECONDARY = pl.DataFrame(
    {"urn": [1, 2], "year": [2017] * 2, "p8": [-0.6] * 2, "p8_ci_high": [-0.1] * 2, "ks4_cohort": [80] * 2}
)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("p8_ci_high", -0.61, r"'p8_ci_high' must not be under 'p8'; .* -0.61 \(row 1\)"),
        ("p8_coverage_pct", 100.1, r"'p8_coverage_pct' must not be over 100; .* 100.1 \(row 1\)"),
        ("p8_coverage_pct", -0.1, r"'p8_coverage_pct' must not be under 0; .* -0.1 \(row 1\)"),
        ("ks4_cohort", -1.0, r"'ks4_cohort' must not be under 0; .* -1.0 \(row 1\)"),
    ],
)
def test_figures_that_cannot_be_are_refused_with_their_row(column: str, value: float, message: str) -> None:
    fine = {"p8_ci_high": -0.6, "p8_coverage_pct": 100.0, "ks4_cohort": 0.0}[column]
    for last, wrong in ((fine, False), (value, True)):
        frame = SECONDARY.with_columns(pl.Series(column, [fine, last], dtype=pl.Float64))
        if wrong:
            with pytest.raises(InputError, match=message):
                sf.floor_standard(frame, phase="secondary", allow_unverified=True)
        else:
            assert sf.floor_standard(frame, phase="secondary", allow_unverified=True).height == 2


def test_a_phase_is_one_of_the_vocabulary_in_any_case() -> None:
    known: list[str] = sf.indicators().filter(name="phase")["values"].item().to_list()
    assert sf.floor_standard(
        pl.concat([SECONDARY.head(1)] * len(known)).with_columns(phase=pl.Series(known).str.to_uppercase()),
        phase="secondary",
        allow_unverified=True,
    ).height == len(known)
    with pytest.raises(InputError, match=r"'phase' must be one of nursery, .* 'secundary' \(row 1\)"):
        sf.floor_standard(SECONDARY.with_columns(phase=pl.Series(["secondary", "Secundary"])), phase="secondary")


def test_a_figure_without_an_error_says_so() -> None:
    frame = pl.DataFrame({"v": [95.0, 50.0, 50.0], "n": [20] * 3, "national": [100.0, 0.0, 40.0]})
    code = sf.significance_code("v", "n", "national", method="percentage")
    assert frame.select(code).unnest("v").select("code", "status").rows() == [
        (None, "no_error"),
        (None, "no_error"),
        ("in_line", "ok"),
    ]


@pytest.mark.parametrize("year", [2015, 2020, 2021, 2025])
def test_progress_8_has_no_bands_in_years_without_it(year: int) -> None:
    with pytest.raises(InputError, match=f"no value for {year}; there are: 2015-09-01 to 2019-08-31, 2021-09-01 to"):
        sf.progress_band("s", "l", "u", year=year)
    bands = [sf.progress_band("s", "l", "u", year=one).alias(str(one)) for one in (2016, 2019, 2022, 2024)]
    assert pl.DataFrame({"s": [0.5], "l": [0.1], "u": [1.0]}).select(bands).row(0) == (1, 1, 1, 1)


def test_numbers_of_32_bits_stay_on_their_side_of_a_threshold() -> None:
    frame = pl.DataFrame({"s": [3.2, 3.1, -2.9, -2.8], "l": [1.0, 1.0, -5.0, -5.0], "u": [6.0, 6.0, -1.0, -1.0]})
    band = sf.progress_band("s", "l", "u", scheme="ks2_reading", year=2018)
    double, single = frame.select(band), frame.cast(pl.Float32).select(band)
    assert single.equals(double)
    assert double["s"].n_unique() > 2
    points = [2.8, 2.9, 3.0, 3.1, 3.2, 3.3]
    table = sf.EstimateTable.from_frame(
        pl.DataFrame({"to": points, "m": points}), upper="to", outcomes="m", prior_attainment="ks2_fine_level"
    )
    for dtype in (pl.Float64, pl.Float32):
        prior = pl.DataFrame({"x": pl.Series(points, dtype=dtype)})
        assert prior.select(table.apply("x").struct.field("group")).to_series().to_list() == [1, 2, 3, 4, 5, 6]
    share = pl.DataFrame({"urn": [1], "year": [2016], "ks2_exp_rwm_pct": pl.Series([64.9], dtype=pl.Float32)})
    assert "64.9 against 65" in sf.floor_standard(share.with_columns(
        **{f"ks2_progress_{one}": -9.0 for one in ("reading", "writing", "maths")}
    ), phase="primary", allow_unverified=True)["compared"].item()  # fmt: skip
