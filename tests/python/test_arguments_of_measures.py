"""Wrong arguments of measures: each is refused by name before anything is worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import schoolframe as sf
from schoolframe.exceptions import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

GAPS = pl.DataFrame(
    {
        "year": [2018, 2019],
        "urn": [1, 2],
        "la": [936, 936],
        "P8MEA_FSM6CLA1A": [-0.5, -0.4],
        "P8PUP_FSM6CLA1A": [30, 20],
        "P8MEA_NFSM6CLA1A": [0.1, 0.1],
        "P8PUP_NFSM6CLA1A": [100, 100],
    }
)
SCHOOLS = pl.DataFrame(
    {
        "urn": range(8),
        "phase": ["primary"] * 8,
        "rank": ["primary"] * 8,
        "year": [2019] * 8,
        "p8": [0.1 * number for number in range(8)],
        "n": [20] * 8,
        "ks2_exp_rwm_pct": [60.0] * 8,
        "nat_ks2_exp_rwm_pct": [65.0] * 8,
    }
)
PUPILS = pl.DataFrame(
    {
        "urn": [1] * 12 + [2] * 12,
        "fsm": [True, False] * 12,
        "ks2": [95.0 + (5 * row) % 13 for row in range(24)],
        "ks2^2": [float(row % 5) for row in range(24)],
        "a8": [40.0 + (7 * row) % 17 for row in range(24)],
    }
)
GROUPS = sf.comparison_groups(SCHOOLS, la=None)
AUTHORITIES = pl.DataFrame(
    {"year": [2018, 2019], "la": ["936", "936"], "P8MEA_NFSM6CLA1A": [0.2, 0.3], "P8PUP_NFSM6CLA1A": [900, 900]}
)


def progress(**settings: Any) -> Callable[[], Any]:
    return lambda: sf.progress_gaps(GAPS, settings.pop("measures", "p8"), **settings)


def pupil(**settings: Any) -> Callable[[], Any]:
    return lambda: sf.pupil_gaps(PUPILS, "a8", group="fsm", **settings)


def index(**settings: Any) -> Callable[[], Any]:
    return lambda: sf.gap_index(PUPILS, settings.pop("score", "a8"), "fsm", **settings)


def beside(**settings: Any) -> Callable[[], Any]:
    return lambda: sf.compare_to_groups(SCHOOLS, settings.pop("values", "p8"), GROUPS, **settings)


def codes(**settings: Any) -> Callable[[], Any]:
    return lambda: sf.code_indicators(SCHOOLS, "ks2_exp_rwm_pct", **settings)


def bands(**settings: Any) -> Callable[[], Any]:
    return lambda: sf.PercentileBands.fit(SCHOOLS, "p8", **{"direction": "higher_better", **settings})


def funnel(**settings: Any) -> Callable[[], Any]:
    return lambda: sf.FunnelLimits.fit(SCHOOLS, "p8", "n", sd=1.2, **settings)


def similar(frame: pl.DataFrame = SCHOOLS, **settings: Any) -> Callable[[], Any]:
    return lambda: sf.similar_schools(frame, **{"features": ["p8"], **settings})


def context(**settings: Any) -> Callable[[], Any]:
    return lambda: sf.ContextualValueAdded.fit(PUPILS, "a8", "ks2", school_prior=False, **settings)


FAR = SCHOOLS.with_columns(p8=pl.Series([1e308, -1e308, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
TEXT_YEARS = AUTHORITIES.with_columns(pl.col("year").cast(pl.String))

NAMES: list[tuple[Callable[[], Any], str]] = [
    (progress(national={"P8": 0.1}), r"national: measure 'P8' does not exist. Did you mean 'p8'\? There are: p8"),
    (progress(sd={"P8": 1.2}), "sd: measure 'P8' does not exist"),
    (beside(n={"V": "n"}), "n: figure 'V' does not exist. There are: p8"),
    (beside(sd={"P8": 1.2}), "sd: figure 'P8' does not exist"),
    (beside(direction={"P8": "lower_better"}), "direction: figure 'P8' does not exist"),
    (codes(n={"KS2": "n"}), "n: indicator 'KS2' does not exist. Did you mean 'ks2_exp_rwm_pct'"),
    (codes(at_threshold="inside"), "inside"),
    (context(method="mle"), "mle"),
]
VALUES: list[tuple[Callable[[], Any], str]] = [
    (progress(comparison=None), "comparison: texts are needed, not None"),
    (progress(measures=5), "measures: names of GAP_MEASURES or a GapMeasure are needed, not 5"),
    (progress(confidence="x"), "confidence: a number is needed, not 'x'"),
    (progress(national={"p8": {2019: "a"}}), "national: p8 in 2019: a number is needed, not 'a'"),
    (progress(national={"p8": {"2019": 0.1}}), "national: year of p8: a whole number is needed, not '2019'"),
    (progress(national={"p8": float("inf")}), "national: a finite number is needed, not inf"),
    (progress(national={"p8": {2018: 0.1, 2019: float("nan")}}), "national: p8 in 2019: a finite number is needed"),
    (progress(sd=float("nan")), "sd: a finite number is needed, not nan"),
    (progress(national=TEXT_YEARS), "national: column 'year' must hold whole numbers .*, not String"),
    (
        progress(national=AUTHORITIES.with_columns(P8MEA_NFSM6CLA1A=pl.lit("SUPP"))),
        "national: column 'P8MEA_NFSM6CLA1A' must hold numbers, it holds String",
    ),
    (
        progress(comparison="authority", authorities=AUTHORITIES.with_columns(P8PUP_NFSM6CLA1A=pl.Series([-1, 900]))),
        "authorities: column 'P8PUP_NFSM6CLA1A' must not be under 0",
    ),
    (
        lambda: sf.gap_test("a", "n", "b", "m", method=5),  # type: ignore[arg-type]
        "method: one of 'known_sd', 'welch', 'proportion' is needed, not 5",
    ),
    (pupil(year=5), "year: a text such as 'year' is needed, not 5"),
    (pupil(authority=5), "authority: a text such as 'la' is needed, not 5"),
    (pupil(confidence="x"), "confidence: a number is needed, not 'x'"),
    (pupil(comparison="national_other", national=float("inf")), "national: a finite number is needed, not inf"),
    (pupil(comparison="national_other", national={True: float("nan")}), "national: True: a finite number is needed"),
    (index(year=5), "year: a text such as 'year' is needed, not 5"),
    (index(score="fsm"), "group: column 'fsm' is the score"),
    (lambda: sf.aggregate_gaps(pupil()(), by="urn", year=5), "year: a text such as 'year' is needed, not 5"),  # type: ignore[arg-type]
    (lambda: sf.aggregate_gaps(pupil()(), by="urn", confidence="x"), "confidence: a number is needed, not 'x'"),  # type: ignore[arg-type]
    (beside(values="urn"), "values: column 'urn' says which row it is"),
    (beside(values=["p8", "year"]), "values: column 'year' says which row it is"),
    (beside(confidence="x"), "confidence: a number is needed, not 'x'"),
    (codes(threshold="x"), "threshold: a number is needed, not 'x'"),
    (codes(at_threshold=3), "at_threshold: one of 'outside', 'in_line' is needed, not 3"),
    (codes(unit=3), "unit: one of 'points', 'relative' is needed, not 3"),
    (bands(by=5), "by: texts are needed, not 5"),
    (bands(scheme=5), "scheme: a text such as 'quartiles' is needed, not 5"),
    (bands(direction=5), "direction: one of 'higher_better', 'lower_better' is needed, not 5"),
    (bands(scheme="mine", percentiles=50, labels=["a", "b"]), "percentiles: a list of numbers is needed, not 50"),
    (bands(scheme="mine", percentiles=[50], labels=[1, 2]), "labels: texts are needed, not 1"),
    (funnel(levels=None), "levels: a list of numbers is needed, not None"),
    (funnel(levels=0.95), "levels: a list of numbers is needed, not 0.95"),
    (funnel(levels=[0.95, 0.95000000001]), "levels: two levels have one name, 95, 95"),
    (funnel(overdispersion=5), "overdispersion: a text such as 'additive' is needed, not 5"),
    (lambda: sf.RandomInterceptModel.fit(PUPILS, "a8", method=5), "method: one of 'reml', 'ml' is needed, not 5"),  # type: ignore[arg-type]
    (context(method=5), "method: one of 'reml', 'ml' is needed, not 5"),
    (context(context=["ks2^2"]), "context: 'ks2\\^2' is the name of a term of prior attainment"),
    (similar(features=["urn"]), "features: column 'urn' says which schools are compared"),
    (similar(features=["p8", "year"]), "features: column 'year' says which schools are compared"),
    (similar(phase="rank"), "phase: the name 'rank' stands for something else"),
    (similar(FAR), "features: column 'p8' cannot be scaled in 2019, primary: its values are too large or too far"),
]


@pytest.mark.parametrize(("call", "message"), NAMES, ids=[message for _, message in NAMES])
def test_an_unknown_name_in_a_mapping_is_not_passed_over(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        call()


@pytest.mark.parametrize(("call", "message"), VALUES, ids=[message for _, message in VALUES])
def test_a_wrong_argument_of_a_measure_is_named(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((InputError, pl.exceptions.ComputeError), match=message):
        call()


def test_names_that_are_not_asked_for_may_stand_in_a_mapping() -> None:
    """One mapping serves several calls."""
    both = progress(national={"p8": 0.1, "a8": 50.0}, sd={"p8": 1.2, "a8": None})()
    assert both.equals(progress(national={"p8": 0.1}, sd={"p8": 1.2})())
    named = {"ks2_exp_rwm_pct": "n", "overall_absence_pct": "m"}
    assert codes(n=named)().equals(codes(n="n")())
    assert beside(n={"p8": "n", "ks2_exp_rwm_pct": "n"}, sd=1.2)().equals(beside(n="n", sd=1.2)())


@pytest.mark.parametrize("dtype", [pl.String, pl.Int64, pl.Int16, pl.Float64, pl.Categorical])
def test_an_authority_is_the_same_as_number_and_as_text(dtype: pl.DataType) -> None:
    given = AUTHORITIES.with_columns(
        pl.col("la").cast(pl.Int64).cast(pl.String if dtype == pl.Categorical else dtype).cast(dtype)
    )
    found = progress(comparison="authority", authorities=given)()
    assert found["reference_mean"].to_list() == [0.2, 0.3]
    text = sf.progress_gaps(
        GAPS.with_columns(pl.col("la").cast(pl.String)), "p8", comparison="authority", authorities=given
    )
    assert text["gap"].to_list() == found["gap"].to_list()
    assert found["la"].to_list() == [936, 936]
    elsewhere = progress(comparison="authority", authorities=AUTHORITIES.with_columns(la=pl.lit("E09000001")))()
    assert elsewhere["status"].to_list() == ["missing"] * 2
