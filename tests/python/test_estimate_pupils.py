"""Which pupils estimates are made of: their years, their steps of prior attainment, and who counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import schoolframe as sf

if TYPE_CHECKING:
    from collections.abc import Callable

InputError = sf.exceptions.InputError
PUPILS = pl.DataFrame({"ks2_scaled_score": [100.0, 101.5] * 4, "a8": [50.0, 40.0] * 4, "year": [2024] * 8})
TABLE = sf.EstimateTable.bundled("p8", 2023)


def fit(pupils: pl.DataFrame = PUPILS, **settings: Any) -> sf.EstimateTable:
    wanted = {"prior": "ks2_scaled_score", "outcomes": {"a8": 10}, "measure": "p8", "year": 2024, **settings}
    return sf.EstimateTable.fit(pupils, **wanted)


def test_a_published_name_needs_the_year_of_the_pupils() -> None:
    assert fit().year == 2024
    with pytest.raises(InputError, match="year: 'p8' is the name of a published measure"):
        fit(year=None)
    with pytest.raises(InputError, match="year: 'Progress viii' is the name of a published measure"):
        fit(year=None, measure="progress_from_ks2", scores={"a8": "Progress viii"})
    for years, told in (([2025] * 8, "2025"), ([2023, 2024] * 4, "2023"), ([2024.0, 2022.0] * 4, "2022")):
        with pytest.raises(InputError, match=f"column 'year' holds {told}, but 'p8' is to be the published measure"):
            fit(PUPILS.with_columns(year=pl.Series(years)))
    with pytest.raises(InputError, match="column 'year' must hold whole numbers, it holds String"):
        fit(PUPILS.with_columns(year=pl.lit("2023/24")))
    assert fit(PUPILS.drop("year")).year == 2024
    # A name of one's own may stand for pupils of any years.
    assert fit(PUPILS.with_columns(year=2025), year=None, measure="progress_from_ks2_scaled_score").year is None


@pytest.mark.parametrize("name", ["p08", "Progress viii", "progress_score_8", "P₈", "ｐ８", "cat4_p8"])
def test_a_published_name_in_other_spellings_is_refused_for_a_proxy(name: str) -> None:
    pupils = PUPILS.rename({"ks2_scaled_score": "cat4"})
    with pytest.raises(InputError, match="called by the name of a published measure"):
        fit(pupils, prior="cat4", measure=f"{name}_cat4")


@pytest.mark.parametrize("name", ["group8", "step8", "top_8", "p80"])
def test_words_that_end_in_p_claim_nothing(name: str) -> None:
    pupils = PUPILS.rename({"ks2_scaled_score": "cat4"})
    assert fit(pupils, prior="cat4", measure=f"cat4_{name}").proxy


STEPS: list[tuple[str, float, bool]] = [
    ("ks2_scaled_score", 100.5, True),
    ("ks2_scaled_score", 100.25, False),
    ("ks2_scaled_score", 100.49, False),
    ("ks2_fine_level", 4.9, True),
    ("ks2_fine_level", 4.84, False),
    ("ks2_fine_level", 4.85, False),
    ("cat4", 4.84, True),
]


@pytest.mark.parametrize(("attainment", "value", "right"), STEPS)
def test_prior_attainment_between_its_steps_is_refused(attainment: str, value: float, right: bool) -> None:
    pupils = pl.DataFrame({attainment: [4.0, 5.0, value], "a8": [50.0, 60.0, 70.0]})
    measure = f"progress_from_{attainment}"
    table = sf.EstimateTable.fit(
        pupils.with_columns(pl.col(attainment).floor()), prior=attainment, outcomes="a8", measure=measure
    ).with_limits(2, sd={"a8": 10})
    calls: list[Callable[[], object]] = [
        lambda: sf.EstimateTable.fit(pupils, prior=attainment, outcomes="a8", groups=[3, 200]),
        lambda: sf.progress_scores(pupils, estimates=table, by=None),
        lambda: table.calibrate_limits(pupils, sd={"a8": 10}, share=0.4),
    ]
    for call in calls[: 2 if right else 3]:
        if right:
            assert call() is not None
        else:
            with pytest.raises(InputError, match=rf"'{attainment}' must hold multiples of .*: {value} \(row 2\)"):
                call()


def test_a_group_of_its_own_ends_at_the_lowest_value_and_takes_what_lies_below_a_value() -> None:
    pupils = pl.DataFrame({"cat4": [90, 90, 110, 110], "a8": [30.0, 40.0, 55.0, 65.0]})
    table = sf.EstimateTable.fit(pupils, prior="cat4", outcomes={"a8": 10})
    assert table.prior_range == (90.0, 110.0)
    found = pl.DataFrame({"cat4": [89.9, 90.0, 90.1, 110.0, 110.1]}).select(table.apply()).unnest("cat4")
    assert found["group"].to_list() == [None, 1, 2, 2, None]
    assert found["status"].to_list() == ["prior_outside", "ok", "ok", "ok", "prior_outside"]


def test_every_pupil_of_a_fit_and_of_limits_is_accounted_for() -> None:
    pupils = pl.DataFrame(
        {"cat4": [90.0, 90.0, 110.0, 110.0, 200.0, None, 90.0], "a8": [30.0, 40.0, 55.0, 65.0, 1.0, 2.0, None]}
    )
    table = sf.EstimateTable.fit(pupils, prior="cat4", outcomes={"a8": 10}, groups=[90, 110])
    counted = [
        ("used", 4),
        ("prior attainment is missing", 1),
        ("prior attainment is outside the groups", 1),
    ]
    assert table.rows.rows() == [*counted, ("every outcome is missing", 1)]
    assert table.frame["n"].sum() == 4
    assert table.limit_rows.is_empty()
    limited = table.calibrate_limits(pupils, share=0.1)
    assert limited.limit_rows.rows() == [*counted, ("outcome, estimate or standard deviation is missing", 1)]
    assert limited.rows.equals(table.rows)
    assert sf.EstimateTable.from_json(limited.to_json()).limit_rows.equals(limited.limit_rows)
    assert TABLE.rows.is_empty()
    assert TABLE.rows.columns == ["reason", "rows"]


def test_every_pupil_of_a_median_line_is_accounted_for() -> None:
    pupils = pl.DataFrame({"a": [*[1.0] * 4, *[2.0] * 4, 3.0, None, 1.0], "b": [*[1.0] * 10, None]})
    line = sf.MedianLine.fit(pupils, "a", "b", min_n=4)
    assert line.rows.rows() == [
        ("used", 8),
        ("a is missing", 1),
        ("b is missing", 1),
        ("fewer than 4 pupils at their a", 1),
    ]
    again = sf.MedianLine.from_json(line.to_json())
    assert again == line
    assert again.rows.equals(line.rows)
    assert sf.MedianLine("a", "b", line.points, 4).rows.is_empty()


def school(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame({"urn": [1] * 8, "ks2_scaled_score": [105.0] * 8, "attainment_8": [52.0] * 8}).with_columns(
        **{name: pl.lit(value) for name, value in columns.items()}
    )


def scored(pupils: pl.DataFrame, table: sf.EstimateTable = TABLE, **settings: Any) -> sf.Measured:
    return sf.progress_scores(pupils, estimates=table, outcomes="attainment_8", **settings)


@pytest.mark.parametrize(
    ("points", "right"), [(-0.1, False), (0.0, True), (95.0, True), (95.1, False), (5200.0, False)]
)
def test_an_attainment_8_that_no_pupil_can_have_is_refused(points: float, right: bool) -> None:
    pupils = school().with_columns(attainment_8=pl.Series([52.0] * 7 + [points]))
    if right:
        assert scored(pupils).frame["n"].item() == 8
    else:
        with pytest.raises(InputError, match=rf"'attainment_8' must not be .*: {points} \(row 7\)"):
            scored(pupils)


@pytest.mark.parametrize("year", [2025, 2025.0])
def test_pupils_of_a_year_without_progress_8_are_refused_whatever_their_column_holds(year: float) -> None:
    with pytest.raises(InputError, match="there is no Progress 8 for 2025"):
        scored(school(year=year))
    assert "Pupils of 2022 are measured" in scored(school(year=year - 3)).notes[-1]
    assert scored(school(year=float("nan"))).frame["n"].item() == 8


@pytest.mark.parametrize("year", ["2025", "2024/25"])
def test_a_year_that_is_no_number_is_refused(year: str) -> None:
    with pytest.raises(InputError, match="column 'year' must hold whole numbers, it holds String"):
        scored(school(year=year))
    with pytest.raises(InputError, match="column 'year' must hold a year"):
        scored(school(year=202425))


def test_bands_do_not_depend_on_the_level_of_the_interval() -> None:
    # The published half-width at 8 pupils is 0.98: 0.9 holds 0 at 95 per cent, and not at 50.
    pupils = school(attainment_8=49.66 - 4.11 + 9.0)
    bands = {level: scored(pupils, confidence=level).frame["band"].item() for level in (0.5, 0.9, 0.95, 0.99)}
    assert set(bands.values()) == {bands[0.95]}
    low = [scored(pupils, confidence=level).frame["ci_low"].item() for level in (0.5, 0.99)]
    assert low[0] > 0 > low[1]


def test_limits_of_the_caller_are_no_published_figure() -> None:
    assert scored(school()).frame["verified"].item() is True
    limited = TABLE.with_limits(2, outcomes="attainment_8", sd={"attainment_8": 14})
    assert scored(school(), limited).frame["verified"].item() is False


@pytest.mark.parametrize("sd", [0, -14.0, float("nan"), float("inf")])
def test_a_standard_deviation_of_limits_is_above_0(sd: float) -> None:
    with pytest.raises(InputError, match=r"sd\['attainment_8'\]: a finite number above 0 is needed"):
        TABLE.with_limits(2, outcomes="attainment_8", sd={"attainment_8": sd})


@pytest.mark.parametrize("name", ["sum", "sum_unadjusted", "order", "score", "measure"])
def test_groups_are_not_called_as_a_step_of_the_scores(name: str) -> None:
    with pytest.raises(InputError, match="by: name columns, none twice and none called as a column of the result"):
        scored(school().rename({"urn": name}), by=name)


def test_arguments_of_another_type_are_named() -> None:
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: sf.EstimateTable.bundled(5, 2023), "measure: a text"),  # type: ignore[arg-type]
        (lambda: sf.EstimateTable.bundled("p8", 2023, 5), "version: a text"),  # type: ignore[arg-type]
        (lambda: sf.EstimateTable.from_json(5), "text: a text"),  # type: ignore[arg-type]
        (lambda: fit(scores=["x"]), "scores: a mapping"),
        (lambda: fit(scores={"a8": 5}), r"scores\['a8'\]: a text"),
        (lambda: fit(prior=5), "pupils: a column is named by a text, not by 5"),
        (lambda: fit(prior_attainment=5), "prior_attainment: a text"),
        (lambda: TABLE.outcome_columns({"maths": 5}), "a text such as"),  # type: ignore[dict-item]
    ]
    for call, message in cases:
        with pytest.raises(InputError, match=message):
            call()
