"""Chances of grades: golden figures of the published matrices, the shift, the long frame, and what is refused."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy.optimize import brentq
from scipy.special import expit, logit
from statsmodels.stats.proportion import proportion_confint

import schoolframe as sf
from schoolframe._grade_distribution import figures_of, mean_of, reached, shift_for, shifted
from schoolframe._transition_content import place_in
from schoolframe.exceptions import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence

YEARS = (2021, 2022, 2023)
BANDS = 11
BIG = ("Mathematics", "English Language", "English Literature", "History", "Geography")


@pytest.fixture(scope="module")
def chances() -> sf.GradeChances:
    return sf.GradeChances.bundled(2023)


def look(
    model: sf.GradeChances, prior: Sequence[float | None], subject: str = "Mathematics", **rest: Any
) -> pl.DataFrame:
    return (
        pl.DataFrame({"ks2": prior}, schema={"ks2": pl.Float64})
        .select(model.apply("ks2", subject, **rest))
        .unnest("ks2")
    )


# --- the published figures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prior", "grade", "count", "pupils", "headline"),
    [
        (100.0, "4", 35618, 58428, "4"),
        (102.0, "5", 16510, 58428, "4"),
        (105.0, "5", 51324, 88250, "5"),
        (107.0, "6", 25073, 88250, "5"),
        (110.0, "6", 55628, 81152, "6"),
        (113.0, "7", 37579, 81152, "6"),
    ],
)
def test_chances_of_maths_2023_are_the_shares_of_the_matrix(
    chances: sf.GradeChances, prior: float, grade: str, count: int, pupils: int, headline: str
) -> None:
    row = look(chances, [prior]).row(0, named=True)
    assert row[f"at_least_{grade}"] == count / pupils
    assert (row["headline"], row["n"], row["status"]) == (headline, pupils, "ok")


def test_the_mean_is_that_of_the_counts(chances: sf.GradeChances) -> None:
    counts = [88, 185, 516, 1633, 7425, 15425, 18049, 17025, 14670, 5884]
    expected = sum(grade * count for grade, count in enumerate(counts)) / 81152
    assert look(chances, [111.0])["mean"].item() == pytest.approx(expected, rel=1e-14)
    graded = sf.GradeChances.bundled(2023, denominator="graded")
    row = look(graded, [111.0]).row(0, named=True)
    assert row["mean"] == pytest.approx(expected * 81152 / sum(counts), rel=1e-14)
    # 238 pupils without a result and 14 without one because of Covid are gone.
    assert (row["n"], row["at_least_U"]) == (81152 - 238 - 14, 1.0)


def test_the_sample_has_what_the_matrices_have() -> None:
    frame = sf.samples.transition_matrices()
    assert dict(frame.group_by("year").len().iter_rows()) == {2021: 3236, 2022: 3276, 2023: 3280}
    grades = ["U", *map(str, range(1, 10)), "no_result"]
    whole = pl.sum_horizontal(*grades, pl.col("covid_impacted").fill_null(0))
    assert frame.filter(whole != pl.col("pupils")).is_empty()
    assert frame.filter(pl.col("covid_impacted").is_null())["year"].unique().to_list() == [2021]
    # The groups of every characteristic add up to all pupils, band by band.
    keys = ["year", "subject", "band"]
    parts = frame.filter(pl.col("group_type") != "All Pupils").group_by("group_type", *keys).agg(pl.col("pupils").sum())
    both = parts.join(frame.filter(group="All Pupils").select(*keys, all="pupils"), on=keys)
    assert both.height == parts.height
    assert both.filter(pl.col("pupils") != pl.col("all")).is_empty()
    ends = frame.select("band", "ks2_low", "ks2_high").unique().sort("ks2_low")
    assert ends.height == BANDS
    assert ends.row(0) == ("Less than 80", 59.0, 79.5)
    assert ends.row(-1) == ("117 - 120", 117.0, 120.0)
    assert (ends["ks2_low"].shift(-1) - ends["ks2_high"]).drop_nulls().unique().to_list() == [0.5]
    with pytest.raises(InputError, match="there are transition matrices of 2021, 2022, 2023, not of 2020"):
        sf.samples.transition_matrices(2020)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("subject", BIG)
def test_the_headline_is_reached_by_half_and_the_next_grade_by_fewer(year: int, subject: str) -> None:
    model = sf.GradeChances.bundled(year)
    table = model.chances(subject).with_columns(after=pl.col("chance").shift(-1, fill_value=0.0).over("band"))
    heads = model.frame.filter(subject=subject).select("band", grade="headline")
    at = table.join(heads, on=["band", "grade"])
    assert at.height == BANDS
    assert (at["chance"] >= 0.5).all()
    # At grade 9 there is no next grade.
    assert (at["after"] < 0.5).all()


def test_chances_of_2022_are_too_high_for_2023_and_the_interval_does_not_say_so() -> None:
    """Grading was eased in 2022: by band, maths of 2023 lies 0.29 grades lower, far outside what numbers explain."""
    before, after = (sf.GradeChances.bundled(year) for year in (2022, 2023))
    keys = ["subject", "band", "grade"]
    both = before.chances(BIG).join(after.chances(BIG), on=keys, suffix="_after")
    inside = both["chance_after"].is_between(both["ci_low"], both["ci_high"])
    assert inside.mean() < 0.2  # type: ignore[operator]
    maths = before.frame.join(after.frame, on=["subject", "band"], suffix="_after").filter(subject="Mathematics")
    fall = ((maths["mean"] - maths["mean_after"]) * maths["n_after"]).sum() / maths["n_after"].sum()
    assert fall == pytest.approx(0.294, abs=0.0005)


@pytest.mark.parametrize("year", [2022, 2023])
def test_means_of_maths_lie_among_the_attainment_8_estimates_of_the_band(year: int) -> None:
    """Another publication of the Department: maths, doubled, by 34 groups. Below 96 pupils not entered weigh in it."""
    groups = sf.samples.attainment8_estimates().filter(year=year)
    bands = sf.GradeChances.bundled(year).frame.filter(pl.col("prior_from") >= 96, subject="Mathematics")
    assert bands.height == 8
    for low, high, mean in bands.select("prior_from", "prior_to", "mean").iter_rows():
        inside = groups.filter(pl.col("ks2_low") <= high, pl.col("ks2_high") >= low)["maths"] / 2
        assert inside.min() < mean < inside.max()


def test_one_shift_makes_most_of_the_difference_between_years() -> None:
    """A general rise looks like one shift on the logit scale: maths of 2022 moved to the mean of 2023."""
    before, after = (json.loads(sf.GradeChances.bundled(year).to_json()) for year in (2022, 2023))
    old, new = (
        [(sum(counts), reached(counts)) for counts in content["counts"]["Mathematics"]] for content in (before, after)
    )
    points, pupils = after["points"], sum(n for n, _ in new)
    bands = [(n, found) for (n, _), (_, found) in zip(new, old, strict=True)]
    rise = (
        sum(n * (mean_of(a, points) - mean_of(b, points)) for (n, a), (_, b) in zip(new, bands, strict=True)) / pupils
    )
    shift = shift_for(rise, bands, points)
    assert shift is not None

    def missed(by: float) -> float:
        apart = (
            n * sum(abs(x - y) for x, y in zip(shifted(old, by), new, strict=True)) / len(points)
            for (n, old), (_, new) in zip(bands, new, strict=True)
        )
        return float(sum(apart) / pupils)

    assert missed(0.0) == pytest.approx(0.0297, abs=0.0001)
    assert missed(shift) == pytest.approx(0.0072, abs=0.0001)


def test_every_subject_of_every_year_can_be_estimated() -> None:
    pupils = pl.DataFrame({"ks2": [70.0, 85.0, 101.0, 112.0, 118.0]})
    for year in YEARS:
        model = sf.GradeChances.bundled(year)
        frame = model.estimate(pupils).frame.filter(status="ok")
        assert (frame["fft20"] > frame["fft50"]).all()
        assert (frame["fft5"] > frame["fft20"]).all()
        assert (frame["fft5"] <= 9).all()
        assert (frame["expected_low"] <= frame["expected"]).all()


# --- places -----------------------------------------------------------------------------------------------------------


def test_both_ends_are_inside_and_nothing_is_taken_from_a_neighbour(chances: sf.GradeChances) -> None:
    inside = [59.0, 79.5, 80.0, 89.5, 90.0, 120.0]
    outside = [58.9, 79.6, 79.75, 89.7, 120.1, -5.0, 1e300]
    assert look(chances, inside)["status"].to_list() == ["ok"] * len(inside)
    rows = look(chances, outside)
    assert rows["status"].to_list() == ["prior_outside"] * len(outside)
    assert rows.drop("status").null_count().row(0) == (len(outside),) * (rows.width - 1)
    missing = look(chances, [None, math.nan])
    assert missing["status"].to_list() == ["prior_missing"] * 2


@given(st.lists(st.one_of(st.none(), st.floats(50, 130, allow_nan=False)), max_size=30))
@settings(max_examples=50, deadline=None)
def test_places_are_those_of_a_search_band_by_band(prior: list[float | None]) -> None:
    bands = [("a", 59.0, 79.5), ("b", 80.0, 99.5), ("c", 110.0, 120.0)]

    def slow(value: float | None) -> int:
        if value is None:
            return 4
        near = [at for at, (_, low, high) in enumerate(bands) if low - 5e-10 <= value <= high + 5e-10]
        return near[0] if near else 3

    found = place_in(bands, pl.Series("x", prior, dtype=pl.Float64)).to_list()
    assert found == [slow(value) for value in prior]


def test_bands_of_few_pupils_are_marked_and_those_under_six_are_not_kept(chances: sf.GradeChances) -> None:
    frame = chances.frame
    few = frame.filter(status="few_pupils")
    assert few["mean"].null_count() == few.height > 0
    assert few["n"].drop_nulls().is_between(6, 29).all()
    assert chances.frame.filter(status="ok")["n"].min() >= 30  # type: ignore[operator]
    small = sf.samples.transition_matrices(2023).filter(group="All Pupils").filter(pl.col("pupils") < 6)
    assert dict(chances.rows.iter_rows())["fewer than 6 pupils"] == small.height
    for subject, band in small.select("subject", "band").iter_rows():
        assert frame.filter(subject=subject, band=band)["n"].item() is None
    kept = json.loads(chances.to_json())["counts"]
    assert all(counts is None or sum(counts) >= 6 for bands in kept.values() for counts in bands)


# --- the distribution and its shift -----------------------------------------------------------------------------------


def test_the_shift_is_the_root_that_scipy_finds(chances: sf.GradeChances) -> None:
    content = json.loads(chances.to_json())
    bands = [(sum(counts), reached(counts)) for counts in content["counts"]["Mathematics"]]
    weights = [n for n, _ in bands]

    def mean(shift: float) -> float:
        moved = [sum(expit(logit(p) + shift) for p in found[1:]) for _, found in bands]
        return float(sum(n * m for n, m in zip(weights, moved, strict=True)) / sum(weights))

    for rise in (0.38, 0.76, -0.5):
        expected = brentq(lambda shift, rise=rise: mean(shift) - mean(0.0) - rise, -5, 5, xtol=1e-13)
        assert shift_for(rise, bands, content["points"]) == pytest.approx(expected, abs=1e-9)


def test_estimates_rise_by_the_progress_on_the_whole(chances: sf.GradeChances) -> None:
    frame = chances.frame.filter(subject="History", status="ok").select("prior_from", "n")
    found = chances.estimate(
        frame,
        subjects="History",
        prior="prior_from",
        levels=(50, 20, 5, 80),
        progress={80: -0.4, 50: 0, 20: 0.38, 5: 0.76},
    ).frame
    for level, rise in ((50, 0.0), (20, 0.38), (5, 0.76), (80, -0.4)):
        moved = ((found[f"fft{level}"] - found["expected"]) * found["n"]).sum() / found["n"].sum()
        assert moved == pytest.approx(rise, abs=1e-9)
    assert (found["fft5"] > found["fft20"]).all()
    assert found["fft50"].to_list() == found["expected"].to_list()


@given(
    st.lists(st.integers(0, 500), min_size=3, max_size=12).filter(lambda counts: sum(counts) > 0),
    st.floats(0.5, 0.99),
)
@settings(max_examples=200, deadline=None)
def test_quantiles_hold_the_confidence_and_the_mean_is_that_of_the_counts(counts: list[int], confidence: float) -> None:
    points = [float(place) for place in range(len(counts) - 1)]
    found = reached(counts)
    assert all(a >= b for a, b in pairwise(found))
    mean, low, high, place = figures_of(found, points, confidence)
    total = sum(counts)
    # Pupils without a grade have 0 points, as those with the lowest grade.
    values = [0.0] * counts[0] + [p for p, n in zip(points, counts[1:], strict=True) for _ in range(n)]
    assert mean == pytest.approx(sum(values) / total, abs=1e-9)
    tail = (1 - confidence) / 2
    assert sum(value < low for value in values) / total <= tail + 1e-9
    assert sum(value > high for value in values) / total <= tail + 1e-9
    if place is not None:
        assert found[place] >= 0.5 - 1e-12
        assert all(chance < 0.5 for chance in found[place + 1 :])


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=9), st.floats(-6, 6))
@settings(max_examples=100, deadline=None)
def test_shifts_are_on_the_logit_scale(chances_given: list[float], shift: float) -> None:
    moved = shifted(chances_given, shift)
    for before, after in zip(chances_given, moved, strict=True):
        assert after == pytest.approx(expit(logit(before) + shift), abs=1e-12)
    assert shifted([0.0, 1.0], shift) == [0.0, 1.0]
    back = shifted(moved, -shift)
    assert back == pytest.approx(chances_given, abs=1e-9)


def test_a_rise_without_room_is_refused(chances: sf.GradeChances) -> None:
    assert shift_for(1.0, [(10, [1.0, 0.5])], [0, 1]) is None
    pupils = pl.DataFrame({"ks2": [100.0]})
    with pytest.raises(InputError, match=r"progress\[5\]: 'Mathematics': the grades leave no room .* 9 points higher"):
        chances.estimate(pupils, subjects="Mathematics", progress={5: 9.0}, levels=[5])


def test_intervals_of_chances_are_wilsons(chances: sf.GradeChances) -> None:
    row = chances.chances("Mathematics", confidence=0.9).filter(band="100 - 102", grade="4").row(0, named=True)
    low, high = proportion_confint(35618, 58428, alpha=0.1, method="wilson")
    assert (row["ci_low"], row["ci_high"]) == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))


# --- frames -----------------------------------------------------------------------------------------------------------


def test_the_long_frame_has_the_columns_of_an_estimate(chances: sf.GradeChances) -> None:
    pupils = pl.DataFrame({"upn": ["A", "B", "C", "D"], "ks2": [101.0, None, 79.8, 118.0]})
    found = chances.estimate(pupils, levels=(5, 50), subjects=["History", "Mathematics"])
    ranked = [f"fft{rank}{end}" for rank in (5, 50) for end in ("", "_low", "_high", "_headline", "_chances")]
    expected = ["outcome", "expected", "expected_low", "expected_high", *ranked, "status"]
    assert found.frame.columns == ["upn", "ks2", *expected]
    assert found.frame["upn"].to_list() == ["A", "B", "C", "D"] * 2
    assert found.frame["outcome"].to_list() == ["History"] * 4 + ["Mathematics"] * 4
    assert found.frame["status"].to_list() == ["ok", "prior_missing", "prior_outside", "ok"] * 2
    assert found.rows.rows() == [
        *(("used", 2), ("prior attainment is missing", 1), ("prior attainment is in no band", 1)),
    ]
    assert found.frame.schema["fft5_chances"] == pl.List(pl.Float64)
    assert found.frame["fft50_chances"].list.len().to_list() == [10, None, None, 10] * 2
    assert "FFT-style indicative estimate (not FFT data)" in found.notes[0]
    assert "Progress 8 of 2018/19" in " ".join(found.notes)
    only = chances.estimate(pupils, levels=(5, 50), subjects=["History", "Mathematics"], keep=[])
    assert_frame_equal(only.frame, found.frame.select(expected))


def test_progress_of_schools_can_come_from_benchmarks(chances: sf.GradeChances) -> None:
    schools = sf.samples.ks4().schools.filter(rectype=1, year=2019)
    benchmarks = sf.SchoolBenchmarks.fit(schools, "P8MEA", "P8PUP", sd=1.2827, source="England", year=2019)
    pupils = pl.DataFrame({"ks2": [85.0, 101.0, 112.0]})
    found = chances.estimate(pupils, (50, 25, 3), subjects="History", progress=benchmarks)
    given = {rank: benchmarks.progress(rank) for rank in (50, 25, 3)}
    assert_frame_equal(found.frame, chances.estimate(pupils, (50, 25, 3), subjects="History", progress=given).frame)
    assert "0 at rank 50, 0.299529 at rank 25, " in found.notes[2]
    assert "SchoolBenchmarks of England, 2019: P8MEA" in found.notes[2]
    by = sf.SchoolBenchmarks.fit(schools, "P8MEA", "P8PUP", sd=1.2827, by="year")
    with pytest.raises(InputError, match="these benchmarks are by year"):
        chances.estimate(pupils, subjects="History", progress=by)


def test_notes_say_where_pupils_are_of_another_year(chances: sf.GradeChances) -> None:
    pupils = pl.DataFrame({"ks2": [101.0, 99.0, 85.0, 90.0], "year": [2023, 2026, None, 2025]})

    def said(frame: pl.DataFrame, model: sf.GradeChances = chances) -> list[str]:
        notes = model.estimate(frame, subjects=model.subjects[0]).notes
        return [note for note in notes if "grading and pupils change from year to year" in note]

    (note,) = said(pupils)
    assert note.startswith("The matrix is of results of 2023, pupils are of 2025, 2026:")
    assert said(pupils.head(1)) == []
    assert said(pupils.drop("year")) == []
    matrix = pl.DataFrame(
        {"subject": ["Latin"], "band": ["all"], "prior_from": [80], "prior_to": [120], "E": [30], "A": [40]}
    )
    (note,) = said(pupils, sf.GradeChances.from_frame(matrix, grades=["E", "A"], points=[0, 4]))
    assert note.startswith("The matrix does not say its year, pupils are of 2023, 2025, 2026:")
    with pytest.raises(InputError, match="column 'year'"):
        chances.estimate(pupils.with_columns(year=pl.lit("soon")), subjects="Mathematics")


def test_the_expression_and_the_frame_agree_in_both_engines(chances: sf.GradeChances) -> None:
    pupils = pl.DataFrame({"ks2": [58 + place / 4 for place in range(260)] * 40})
    frame = chances.estimate(pupils, subjects="French").frame
    lazy = pupils.lazy().with_columns(chances.apply("ks2", "French").alias("found"))
    engines: tuple[Literal["in-memory", "streaming"], ...] = ("in-memory", "streaming")
    for engine in engines:
        found = lazy.collect(engine=engine).unnest("found")
        assert found["mean"].to_list() == frame["expected"].to_list()
        assert found["status"].to_list() == frame["status"].to_list()
    assert lazy.collect_schema() == lazy.collect().schema


def test_pupils_in_other_types_of_numbers(chances: sf.GradeChances) -> None:
    whole = pl.DataFrame({"ks2": [101, None, 118]})
    expected = chances.estimate(whole, subjects="Mathematics", keep=[]).frame
    for dtype in (pl.Int8, pl.UInt16, pl.Float32, pl.Decimal(10, 1)):
        found = chances.estimate(whole.cast({"ks2": dtype}), subjects="Mathematics", keep=[]).frame
        assert_frame_equal(found, expected)
    empty = chances.estimate(whole.clear(), subjects="Mathematics").frame
    assert empty.is_empty()
    assert empty.schema == chances.estimate(whole, subjects="Mathematics").frame.schema


@pytest.mark.parametrize(("year", "words"), [(2021, "assessed by teachers"), (2022, "was eased"), (2023, None)])
def test_notes_say_what_was_special_in_a_year(year: int, words: str | None) -> None:
    model = sf.GradeChances.bundled(year)
    notes = " ".join(model.estimate(pl.DataFrame({"ks2": [100.0]}), subjects="Mathematics").notes)
    assert (words or "Pupils without a result count") in notes
    assert words is not None or "eased" not in notes
    assert str(year) in notes


def test_groups_of_pupils_have_chances_of_their_own() -> None:
    girls, boys = (sf.GradeChances.bundled(2023, f"{group} Pupils") for group in ("Female", "Male"))
    (both,) = (sf.GradeChances.bundled(2023),)
    n = [look(model, [101.0], "English Language")["n"].item() for model in (girls, boys, both)]
    assert n[0] + n[1] == n[2]
    at = [look(model, [101.0], "English Language")["at_least_4"].item() for model in (girls, boys, both)]
    assert at[1] < at[2] < at[0]
    assert at[2] == pytest.approx((n[0] * at[0] + n[1] * at[1]) / n[2], rel=1e-12)


def test_wrong_arguments_are_refused(chances: sf.GradeChances) -> None:
    pupils = pl.DataFrame({"ks2": [100.0], "word": ["x"], "status": ["mine"]})
    cases: list[tuple[Any, type[Exception], str]] = [
        (lambda: sf.GradeChances.bundled(2019), InputError, "2021, 2022, 2023, not of 2019"),
        (lambda: sf.GradeChances.bundled(2023, "Girls"), UnknownNameError, "characteristic 'Girls' does not exist"),
        (lambda: sf.GradeChances.bundled(2023, denominator="some"), UnknownNameError, "denominator"),  # type: ignore[arg-type]
        (lambda: chances.apply("ks2", "Maths"), UnknownNameError, "Did you mean 'Mathematics'"),
        (lambda: chances.apply("ks2", "Mathematics", shift=math.inf), InputError, "shift"),
        (lambda: chances.chances("Maths"), UnknownNameError, "Mathematics"),
        (lambda: chances.chances("Mathematics", confidence=1.0), InputError, "confidence"),
    ]
    asked: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"prior": "word"}, InputError, "column 'word' must hold numbers"),
        ({"prior": "age"}, UnknownNameError, "'age' is not there"),
        ({"levels": (0,)}, InputError, "ranks of schools from 1"),
        ({"levels": (20, 20)}, InputError, "each once"),
        ({"levels": (10,)}, InputError, "there is none of schools at rank 10; ranks given: 50, 20, 5"),
        ({"progress": {50: 0, 20: 0.5, 5: 0.4}}, InputError, "rank 5 cannot have made less"),
        ({"progress": 0.4}, InputError, "a mapping from rank to points"),
        ({"subjects": ["Mathematics", "Mathematics"]}, InputError, "none twice"),
        ({"subjects": []}, InputError, "name at least one"),
        ({}, InputError, "'status' would stand twice in the result; rename yours"),
        ({"confidence": 0}, InputError, "confidence"),
        ({"keep": ["nobody"]}, UnknownNameError, "nobody"),
    ]
    for arguments, error, words in asked:
        whole = {"subjects": "Mathematics", **arguments}
        cases.append((lambda whole=whole: chances.estimate(pupils, **whole), error, words))
    for call, error, words in cases:
        with pytest.raises(error, match=words):
            call()
    assert mean_of([1.0], [2.0]) == 2.0
