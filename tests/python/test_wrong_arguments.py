"""Arguments of the wrong kind, by every measure that takes them: said by name, with what there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

import schoolframe as sf
from schoolframe.exceptions import InputError, UnknownNameError

Case = tuple[str, Callable[[Any], object]]

SCHOOLS = pl.DataFrame(
    {
        "urn": range(1, 9),
        "year": [2019] * 8,
        "la": ["882"] * 8,
        "phase": ["secondary"] * 8,
        "n": [40, 50, 60, 70, 80, 90, 100, 110],
        "p8": [-0.6, -0.2, 0.0, 0.1, 0.2, 0.2, 0.5, 0.7],
        "pct": [40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0],
    }
)
PUPILS = pl.DataFrame(
    {
        "urn": [1 + at % 4 for at in range(128)],
        "year": [2019] * 128,
        "fsm": [at % 3 == 0 for at in range(128)],
        "ks2": [95.0 + at % 11 for at in range(128)],
        "p8": [(at * 7 % 13) / 10 for at in range(128)],
    }
)
GROUPS = sf.comparison_groups(SCHOOLS)
GAPS = sf.pupil_gaps(PUPILS, "p8", group="fsm", by="urn", report=["true"]).frame.with_columns(la=pl.lit("882"))
MEASURE = sf.GapMeasure("own", "p8", "n", "pct", "n")


def gap_of(**options: Any) -> pl.Expr:
    return sf.gap_test("p8", "n", 0.0, **{"method": "known_sd", "known_sd": 1.2, "fixed": True, **options})


def beside(frame: pl.DataFrame, groups: sf.ComparisonGroups, **options: Any) -> pl.DataFrame:
    return sf.compare_to_groups(frame, "p8", groups, direction="higher_better", **options)


CONFIDENCE: list[Case] = [
    ("gap_test", lambda wrong: gap_of(confidence=wrong)),
    (
        "progress_gaps",
        lambda wrong: sf.progress_gaps(SCHOOLS, MEASURE, comparison="within_school", sd=1.2, confidence=wrong),
    ),
    ("pupil_gaps", lambda wrong: sf.pupil_gaps(PUPILS, "p8", group="fsm", confidence=wrong)),
    ("aggregate_gaps", lambda wrong: sf.aggregate_gaps(GAPS, confidence=wrong)),
    ("gap_changes", lambda wrong: sf.gap_changes(GAPS, by="urn", confidence=wrong)),
    ("gap_index", lambda wrong: sf.gap_index(PUPILS, "p8", "fsm", confidence=wrong)),
    (
        "compare_to_groups",
        lambda w: sf.compare_to_groups(SCHOOLS, "p8", GROUPS, direction="higher_better", confidence=w),
    ),
    ("RandomInterceptModel", lambda wrong: sf.RandomInterceptModel.fit(PUPILS, "p8", ["ks2"], confidence=wrong)),
    ("Shrinkage", lambda wrong: sf.Shrinkage.fit(SCHOOLS, "p8", "n", sd=1.2, confidence=wrong)),
]


@pytest.mark.parametrize("wrong", [None, "", "0.95", [], [0.95], True, 0, 1, 95, float("nan")], ids=repr)
@pytest.mark.parametrize(("name", "call"), CONFIDENCE, ids=[name for name, _ in CONFIDENCE])
def test_a_level_of_confidence_is_a_number_between_0_and_1(
    name: str, call: Callable[[Any], object], wrong: Any
) -> None:
    with pytest.raises(InputError, match="confidence"):
        call(wrong)


MIN_GROUP: list[Case] = [
    ("gap_test", lambda wrong: gap_of(min_group=wrong)),
    ("progress_gaps", lambda w: sf.progress_gaps(SCHOOLS, MEASURE, comparison="within_school", sd=1.2, min_group=w)),
    ("pupil_gaps", lambda wrong: sf.pupil_gaps(PUPILS, "p8", group="fsm", min_group=wrong)),
    ("aggregate_gaps", lambda wrong: sf.aggregate_gaps(GAPS, min_group=wrong)),
    ("gap_index", lambda wrong: sf.gap_index(PUPILS, "p8", "fsm", min_group=wrong)),
    ("percentile_rank", lambda wrong: sf.percentile_rank("p8", direction="higher_better", min_group=wrong)),
    ("rank_bands", lambda w: sf.rank_bands("p8", direction="higher_better", scheme="thirds", min_group=w)),
]


@pytest.mark.parametrize("wrong", [10**30, -1, None, "6", 2.5, True], ids=repr)
@pytest.mark.parametrize(("name", "call"), MIN_GROUP, ids=[name for name, _ in MIN_GROUP])
def test_a_smallest_group_is_a_whole_number(name: str, call: Callable[[Any], object], wrong: Any) -> None:
    with pytest.raises(InputError, match="min_group: a whole number"):
        call(wrong)


def test_the_largest_whole_number_is_a_smallest_group() -> None:
    rank = sf.percentile_rank("p8", direction="higher_better", min_group=2**63 - 1)
    assert SCHOOLS.select(rank)["p8"].null_count() == SCHOOLS.height
    assert SCHOOLS.select(gap_of(min_group=2**63 - 1)).unnest("p8")["status"].unique().to_list() == ["below_minimum"]


WORDS: list[tuple[str, str, Callable[[Any], object]]] = [
    ("method", "known_sd", lambda wrong: gap_of(method=wrong)),
    ("direction", "higher_better", lambda wrong: sf.percentile_rank("p8", direction=wrong)),
    ("method", "midpoint", lambda wrong: sf.percentile_rank("p8", direction="higher_better", method=wrong)),
    ("direction", "lower_better", lambda wrong: sf.rank_in_group("p8", direction=wrong)),
    ("ties", "dense", lambda wrong: sf.rank_in_group("p8", direction="higher_better", ties=wrong)),
    ("direction", "higher_better", lambda wrong: sf.PercentileBands.fit(SCHOOLS, "p8", direction=wrong)),
    (
        "at_cut",
        "lower",
        lambda wrong: sf.PercentileBands.fit(SCHOOLS, "p8", direction="higher_better", at_cut=wrong),
    ),
    ("unit", "relative", lambda wrong: sf.code_against_national("p8", 0.0, unit=wrong)),
    ("at_threshold", "in_line", lambda wrong: sf.code_against_national("p8", 0.0, at_threshold=wrong)),
    ("unit", "points", lambda w: sf.batches.code_against_national(SCHOOLS, "p8", "pct", unit=w)),
    ("no_entries", "zero", lambda w: sf.attainment_8("p8", "p8", ["p8"], ["p8"], english_double=True, no_entries=w)),
    ("method", "reml", lambda wrong: sf.RandomInterceptModel.fit(PUPILS, "p8", ["ks2"], method=wrong)),
    ("method", "ml", lambda wrong: sf.ContextualValueAdded.fit(PUPILS, "p8", "ks2", "fsm", method=wrong)),
    ("method", "moments", lambda wrong: sf.Shrinkage.fit(SCHOOLS, "p8", "n", sd=1.2, method=wrong)),
]


@pytest.mark.parametrize("wrong", [None, 0, 1.5, True, [], ["points"], {}, b"points"], ids=repr)
@pytest.mark.parametrize(("argument", "there", "call"), WORDS, ids=[f"{name}-{there}" for name, there, _ in WORDS])
def test_a_word_that_is_none_is_refused_with_those_there_are(
    argument: str, there: str, call: Callable[[Any], object], wrong: Any
) -> None:
    with pytest.raises(InputError, match=rf"{argument}: one of .*'{there}'.* is needed, not"):
        call(wrong)
    with pytest.raises(UnknownNameError, match=rf"{argument} 'no such' does not exist\. There are: .*{there}"):
        call("no such")


@pytest.mark.parametrize("wrong", [None, 0, "true", []], ids=repr)
def test_true_and_false_are_asked_for_by_name(wrong: Any) -> None:
    with pytest.raises(InputError, match="fixed: True or False is needed"):
        gap_of(fixed=wrong)
    with pytest.raises(InputError, match="turn_sign: True or False is needed"):
        sf.code_against_national("p8", 0.0, turn_sign=wrong)
    with pytest.raises(InputError, match="marks: True or False is needed"):
        sf.audit_disclosure(pl.DataFrame({"g": ["a"], "n": [None]}), "n", group="g", marks=wrong)


@pytest.mark.parametrize("wrong", [None, "", "5", []], ids=repr)
def test_a_threshold_is_a_number(wrong: Any) -> None:
    with pytest.raises(InputError, match="threshold: a number is needed"):
        sf.code_against_national("p8", 0.0, threshold=wrong)
    with pytest.raises(InputError, match="threshold: a number is needed"):
        sf.batches.code_against_national(SCHOOLS, "p8", "pct", threshold=wrong)


# -- infinite and far values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [float("inf"), float("-inf")], ids=repr)
def test_infinite_values_have_no_code_and_no_band(wrong: float) -> None:
    frame = pl.DataFrame({"pct": [50.0, wrong], "england": [60.0, 60.0]})
    bands = sf.PercentileBands.fit(SCHOOLS, "pct", direction="higher_better")
    said = f"column 'pct': must be a finite number; 1 value breaks this rule: pct {wrong}"
    with pytest.raises(pl.exceptions.ComputeError, match=said):
        frame.select(sf.code_against_national("pct", "england"))
    with pytest.raises(pl.exceptions.ComputeError, match=said):
        frame.select(sf.code_against_national("england", "pct"))
    with pytest.raises(pl.exceptions.ComputeError, match=said):
        frame.select(bands.apply("pct"))
    with pytest.raises(InputError, match=said):
        pl.DataFrame(sf.batches.code_against_national(frame, "pct", "england"))
    fine = frame.with_columns(pct=pl.Series([50.0, float("nan")]))
    assert fine.select(sf.code_against_national("pct", "england")).unnest("pct")["code"].to_list() == ["below", None]
    assert fine.select(bands.apply("pct"))["pct"].null_count() == 1


@pytest.mark.parametrize("target", [1e308, -1e308, 1e200])
@pytest.mark.parametrize("overdispersion", ["additive", "multiplicative", None])
def test_a_target_beyond_all_numbers_is_refused(target: float, overdispersion: Any) -> None:
    with pytest.raises(InputError, match="target: the scores must lie near enough"):
        sf.FunnelLimits.fit(SCHOOLS, "p8", "n", sd=1.25, target=target, overdispersion=overdispersion)


def test_messages_name_the_column_that_was_given() -> None:
    counts = pl.DataFrame({"grade": [1, 2], "dis": [1e19, 2.0], "other": [3, 4]})
    with pytest.raises(InputError, match=r"counts: column 'dis' must hold numbers of pupils, at most 2.53;.*\(row 0\)"):
        sf.gap_index_from_counts(counts, "grade", "dis", "other", year=None)
    for wrong in (pl.lit(1.5), pl.lit(float("inf")), pl.lit([1])):
        for by in ("la", ["la", "phase"]):
            with pytest.raises(InputError, match="by: column 'la' must hold texts or whole numbers to name groups"):
                sf.Shrinkage.fit(SCHOOLS.with_columns(la=wrong), "p8", "n", sd=1.2, by=by)


# -- schools and years put together ----------------------------------------------------------------------------------


def test_a_school_counts_once_among_the_gaps_of_its_authority() -> None:
    double = pl.concat([GAPS, GAPS.filter(urn=2)])
    with pytest.raises(InputError, match=r"gaps: column 'urn' with 'la' and 'year'.* must name one row.*urn 2, la 882"):
        sf.aggregate_gaps(double)
    assert sf.aggregate_gaps(GAPS).frame["schools"].to_list() == [4]
    unknown = double.with_columns(urn=pl.lit(None, dtype=pl.Int64))
    assert sf.aggregate_gaps(unknown).frame["schools"].to_list() == [5]


def test_years_are_not_pooled_under_a_name_that_is_not_there() -> None:
    two = pl.concat([GAPS, GAPS.with_columns(year=pl.lit(2018, dtype=GAPS.schema["year"]))])
    assert sf.aggregate_gaps(two).frame["year"].to_list() == [2019, 2018]
    with pytest.raises(UnknownNameError, match="column 'yaer' is not there. Did you mean 'year'"):
        sf.aggregate_gaps(two, year="yaer")
    unnamed: list[Any] = [None, 2019, ["year"]]
    for wrong in unnamed:
        with pytest.raises(InputError, match="year: a text such as 'year' is needed"):
            sf.aggregate_gaps(two, year=wrong)
    assert sf.aggregate_gaps(GAPS.drop("year")).frame["schools"].to_list() == [4]


@pytest.mark.parametrize(
    "dtype", [pl.Null, pl.Int8, pl.Categorical, pl.Enum(["2019"]), pl.String, pl.Float64, pl.UInt64], ids=str
)
def test_years_of_any_type_make_groups(dtype: Any) -> None:
    narrow = dtype == pl.Int8
    years = [19 if narrow else 2019] * 8
    column = pl.Series(years if dtype.is_numeric() else [str(year) for year in years])
    frame = SCHOOLS.with_columns(year=pl.Series([None] * 8) if dtype == pl.Null else column.cast(dtype))
    groups = sf.comparison_groups(frame)
    if dtype == pl.Null:
        assert groups.notes[0] == "rows without urn or year, in no group: 8"
        with pytest.raises(InputError, match="groups: no school is in them"):
            beside(frame, groups)
        return
    own = beside(frame, groups)
    assert own.schema["year"] == frame.schema["year"]
    assert own["group_n"].to_list() == [8] * own.height
    if not narrow:
        for other in (SCHOOLS, SCHOOLS.with_columns(pl.col("year").cast(pl.String))):
            assert beside(other, groups)["group_n"].to_list() == own["group_n"].to_list()


def test_years_that_name_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="frame: column 'year' must hold texts, whole numbers or dates"):
        sf.comparison_groups(SCHOOLS.with_columns(year=pl.lit([2019.0])))
    with pytest.raises(
        InputError, match=r"frame: column 'year' must hold years as the other frame does.*autumn \(row 0"
    ):
        sf.compare_to_groups(SCHOOLS.with_columns(year=pl.lit("autumn")), "p8", GROUPS, direction="higher_better")
    similar = pl.DataFrame({"urn": [1], "neighbour_urn": [2], "year": ["autumn"]})
    with pytest.raises(InputError, match="similar: column 'year' must hold years as the other frame does"):
        sf.comparison_groups(SCHOOLS, similar=similar)


@pytest.mark.parametrize("dtype", [pl.UInt64, pl.Float64, pl.Int128], ids=str)
def test_keys_beyond_64_bits_are_refused_by_name(dtype: Any) -> None:
    big = SCHOOLS.with_columns(urn=pl.Series([2**63] * 8).cast(dtype))
    pupils = PUPILS.with_columns(urn=pl.Series([2**63] * 128).cast(dtype))
    said = "column 'urn' must hold whole numbers from -2.63 to 2.63 - 1"
    with pytest.raises(InputError, match=said):
        sf.comparison_groups(big)
    with pytest.raises(InputError, match=said):
        sf.pupil_gaps(pupils, "p8", group="fsm")
    with pytest.raises(InputError, match=said):
        sf.suppress(big.select("urn", "n"), "n", school="urn")
    with pytest.raises(InputError, match="column 'fsm' must hold whole numbers from"):
        sf.pupil_gaps(pupils.with_columns(urn=1, fsm=pl.col("urn")), "p8", group="fsm")
