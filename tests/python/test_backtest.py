"""Back-tests of estimates: by hand on small frames, every refusal, and truth that is known."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf
from _estimate_stand_ins import Stated
from schoolframe._artefact import Artefact
from schoolframe._clustered import clustered, guarded
from schoolframe.exceptions import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

ACTUAL = {"a8": "a8"}


def small() -> pl.DataFrame:
    """Two schools of six pupils in each of two years; of 2019 the errors are 0, 1, ..., 11."""
    judged = pl.DataFrame(
        {"urn": [1] * 6 + [2] * 6, "year": [2019] * 12, "e": [50.0] * 12, "a8": [50.0 + at for at in range(12)]}
    )
    return pl.concat([judged.with_columns(year=pl.lit(2018, pl.Int64)), judged])


def run(frame: pl.DataFrame, model: object | None = None, **asked: Any) -> sf.EstimateBacktest:
    asked = {"actual": ACTUAL, "confidence": 0.5, **asked}
    return sf.backtest_estimates(frame, lambda rows: Stated() if model is None else model, **asked)


def test_the_judged_year_is_hidden_from_the_fit_and_from_the_estimate() -> None:
    given: list[pl.DataFrame] = []
    model = Stated()

    def fit(rows: pl.DataFrame) -> Stated:
        given.append(rows)
        return model

    years = pl.concat([small(), small().with_columns(pl.col("year") - 5)])
    test = sf.backtest_estimates(years, fit, actual=ACTUAL, test=[2014, 2019], confidence=[0.5, 0.8])
    assert [sorted(rows["year"].unique()) for rows in given] == [[2013], [2013, 2014, 2018]]
    assert [sorted(rows["year"].unique()) for rows in model.seen] == [[2014], [2014], [2019], [2019]]
    assert all("a8" not in rows.columns for rows in model.seen)
    assert sf.backtest_estimates(years, fit, actual=ACTUAL).rows["year"].unique().to_list() == [2019]
    assert test.rows["year"].unique(maintain_order=True).to_list() == [2014, 2019]


def test_calibration_by_hand() -> None:
    # Intervals of 50 % reach to 50 + 5, both ends included: errors 0 to 5 are inside.
    whole = run(small()).calibration.filter(by="all").row(0, named=True)
    assert (whole["n"], whole["schools"], whole["held"], whole["nominal"]) == (12, 2, 50.0, 50.0)
    assert whole["bias"] == pytest.approx(-5.5)
    assert whole["mae"] == pytest.approx(5.5)
    assert whole["rmse"] == pytest.approx(math.sqrt(sum(at**2 for at in range(12)) / 12))
    # Wilson's for 6 of 12, and for schools of which one is all in and one all out, as much as 0.5 rows: variance 1/2.
    assert (whole["ci_low"], whole["ci_high"]) == pytest.approx((25.38, 74.62), abs=0.01)
    assert whole["cluster_low"] < 6
    assert whole["cluster_high"] > 94
    # The means of the two schools are 2.5 and 8.5 off: (3^2 + 3^2) * 36 * 2 / 144.
    assert whole["bias_se"] == pytest.approx(math.sqrt(18 * 36 * 2 / 144))
    under = run(small().with_columns(pl.col("a8") + 1e-9)).calibration.filter(by="all")
    assert under["held"].item() == pytest.approx(100 * 5 / 12)


def test_the_interval_by_schools_is_that_of_the_ratio_estimator() -> None:
    rows = pl.DataFrame({"school": [1] * 4 + [2] * 6 + [3] * 5 + [4] * 9, "g": ["x"] * 24})
    rows = rows.with_columns(held=(pl.int_range(24) * 7 % 3 == 0) | (pl.col("school") == 4))
    found = clustered(rows, ["g"], "held").row(0, named=True)
    by_school = rows.group_by("school").agg(pl.col("held").sum(), pl.len()).rows()
    p = sum(held for _, held, _ in by_school) / 24
    variance = 4 / 3 * sum((held - p * n) ** 2 for _, held, n in by_school) / 24**2
    worth = p * (1 - p) / variance
    assert worth < 24
    z = stats.norm.ppf(0.975)
    middle = (p + z**2 / (2 * worth)) / (1 + z**2 / worth)
    half = z * math.sqrt(p * (1 - p) / worth + z**2 / (4 * worth**2)) / (1 + z**2 / worth)
    assert (found["cluster_low"], found["cluster_high"]) == pytest.approx(
        (100 * (middle - half), 100 * (middle + half))
    )
    alone = clustered(rows.filter(school=1), ["g"], "held").row(0, named=True)
    assert alone["cluster_low"] is None
    every = clustered(rows.with_columns(held=pl.lit(value=True)), ["g"], "held").row(0, named=True)
    # All of 24 rows in 4 schools are taken as 4 of 4.
    assert (every["share"], every["cluster_low"]) == pytest.approx((100.0, 100 * 4 / (4 + z**2)))


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=9), min_size=2, max_size=12))
def test_the_interval_by_schools_is_never_the_shorter_one(schools: list[list[bool]]) -> None:
    rows = pl.DataFrame({"school": range(len(schools)), "held": schools}).explode("held").with_columns(g=pl.lit("x"))
    found = clustered(rows, ["g"], "held").row(0, named=True)
    assert 0 <= found["cluster_low"] <= found["share"] + 1e-9 <= found["cluster_high"] + 2e-9 <= 100 + 3e-9
    assert found["cluster_high"] - found["cluster_low"] >= found["ci_high"] - found["ci_low"] - 1e-9
    shuffled = clustered(rows.sample(fraction=1, shuffle=True, seed=1), ["g"], "held").row(0, named=True)
    assert shuffled == pytest.approx(found)


def test_levels_by_hand() -> None:
    # Level r is e + (50 - r) / 100; school means are 52.5 and 58.5, so both are above all of them.
    found = run(small()).levels.filter(by="all")
    assert found.select("level", "schools", "pupils", "reached", "share", "pupils_share").rows() == [
        (level, 2, 12, 2, 100.0, 100.0) for level in (50, 20, 5)
    ]
    at = small().with_columns(a8=pl.when(urn=1).then(50.3).otherwise(50.3 - 1e-6))
    assert run(at).levels.filter(by="all")["reached"].to_list() == [2, 1, 0]
    sizes = pl.concat([small(), small().filter(urn=1).with_columns(a8=pl.lit(49.0))])
    by_size = run(sizes, size_bands=[12]).levels.filter(by="size", level=50)
    assert by_size.select("group", "schools", "reached").rows() == [("under 12", 1, 1), ("12 and more", 1, 1)]


def test_groups_of_few_pupils_are_not_shown() -> None:
    five = small().filter(~((pl.col("urn") == 2) & (pl.col("a8") == 61)))
    for frame, status in ((small(), ["ok", "ok"]), (five, ["below_minimum", "complementary"])):
        sized = frame.with_columns(n=pl.len().over("urn", "year"))
        found = run(sized, size_bands=[6]).calibration.filter(by="size")
        if status == ["ok", "ok"]:
            assert found["status"].to_list() == ["ok"]
            continue
        assert found.select("group", "status").rows() == list(zip(["under 6", "6 and more"], status, strict=True))
        assert found.select("n", "schools", "held", "bias", "rmse").null_count().row(0) == (2,) * 5
    tenths = run(small().with_columns(pl.col("e") + pl.col("a8") / 1000)).calibration.filter(by="expected")
    assert set(tenths["status"]) == {"below_minimum"}
    assert run(small(), min_group=13).levels["status"].unique().to_list() == ["below_minimum"]
    assert run(small(), min_group=12).levels.filter(by="all")["status"].unique().to_list() == ["ok"]


def test_missing_is_counted_and_named() -> None:
    frame = (
        small()
        .with_row_index("at")
        .with_columns(
            a8=pl.when(pl.col("at") == 12).then(float("nan")).otherwise("a8"),
            e=pl.when(pl.col("at") == 13).then(None).otherwise("e"),
            urn=pl.when(pl.col("at") == 14).then(None).otherwise("urn"),
        )
    )
    test = run(frame.drop("at"))
    assert test.rows.rows() == [
        (2019, "a8", "used", 9),
        (2019, "a8", "the school is missing", 1),
        (2019, "a8", "the actual outcome is missing", 1),
        (2019, "a8", "no estimate: prior_missing", 1),
    ]
    assert test.calibration.filter(by="all")["n"].item() == 9


def test_grades_by_hand() -> None:
    # Twelve pupils with headline 4 of 0 to 5; chances of grade 4 or better 0.6, of 5 or better 0.25.
    actual = [3, 4, 4, 5, 4, 2, 5, 4, 4, 3, 5, 4]
    judged = pl.DataFrame({"urn": [1] * 6 + [2] * 6, "year": [2019] * 12, "e": [4.0] * 12, "maths": actual})
    frame = pl.concat([judged.with_columns(year=pl.lit(2018, pl.Int64)), judged])
    frame = frame.with_columns(
        headline=pl.lit("4"), chances=pl.lit(pl.Series([[1.0, 1.0, 0.95, 0.8, 0.6, 0.25]]), pl.List(pl.Float64)).first()
    )
    test = run(frame, Stated(outcome="maths", grades=6), actual={"maths": "maths"})
    shares = dict(test.grades.filter(by="all").select("measure", "share").iter_rows())
    assert shares == pytest.approx(
        {"reached": 100 * 9 / 12, "exceeded": 25.0, "exact": 50.0, "within_one": 100 * 11 / 12}
    )
    four = test.reliability.filter(pl.col("grade") == 4)
    assert four.select("tenth", "n", "chance", "share").rows() == [(None, 12, 60.0, 75.0), (7, 12, 60.0, 75.0)]
    assert four["brier"].to_list() == pytest.approx([(9 * 0.4**2 + 3 * 0.6**2) / 12] * 2)
    assert test.reliability.filter(grade=1, tenth=10)["share"].item() == 100.0
    assert test.reliability["grade"].max() == 5
    names = pl.Enum(["U", "1", "2", "3", "4", "5"])
    words = frame.with_columns(pl.col("maths").replace_strict(range(6), list(names.categories), return_dtype=names))
    again = run(words, Stated(outcome="maths", grades=6), actual={"maths": "maths"})
    assert again.grades.equals(test.grades)
    assert again.reliability.equals(test.reliability)
    points = run(small())
    assert points.grades.is_empty()
    assert points.reliability.is_empty()


def ranked(schools: int, *, same: bool) -> pl.DataFrame:
    """Schools of 40 pupils in three years; in 2018 and 2019 their residuals are in one order, or in reverse."""
    parts = []
    for year in (2017, 2018, 2019):
        sign = -1 if year == 2019 and not same else 1
        part = pl.DataFrame(
            {"urn": range(schools), "year": [year] * schools, "n": [40] * schools, "e": [0.0] * schools}
        )
        parts.append(part.with_columns(a8=sign * pl.col("urn").cast(pl.Float64)))
    return pl.concat(parts)


@pytest.mark.parametrize(("same", "correlation", "stayed"), [(True, 1.0, 100.0), (False, -1.0, 0.0)])
def test_ranks_by_hand(same: bool, correlation: float, stayed: float) -> None:
    found = run(ranked(20, same=same), n="n", test=[2018, 2019]).rank_stability.filter(by="all").row(0, named=True)
    assert (found["before"], found["year"], found["schools"], found["top"]) == (2018, 2019, 20, 4)
    assert found["correlation"] == pytest.approx(correlation)
    assert (found["stayed"], found["by_chance"]) == (stayed, 20.0)
    assert found["ci_low"] is None


def test_rank_correlation_is_scipys() -> None:
    frame = ranked(60, same=True)
    frame = frame.with_columns(a8=(pl.col("a8") * 37 % 60 / 10).round() + pl.col("a8") / 9 * (pl.col("year") - 2017))
    found = run(frame, n="n", test=[2018, 2019]).rank_stability.filter(by="all").row(0, named=True)
    first, second = (frame.filter(year=year)["a8"].round(9).to_numpy() for year in (2018, 2019))
    assert found["correlation"] == pytest.approx(stats.spearmanr(first, second).statistic)
    z, half = math.atanh(found["correlation"]), 1.959964 * math.sqrt((1 + found["correlation"] ** 2 / 2) / 57)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((math.tanh(z - half), math.tanh(z + half)), abs=1e-6)


def test_no_school_in_common_has_no_rank() -> None:
    frame = ranked(20, same=True).with_columns(
        pl.when(year=2019).then(pl.col("urn") + 100).otherwise("urn").alias("urn")
    )
    apart = run(frame, n="n", test=[2018, 2019])
    assert apart.rank_stability.is_empty()
    assert "no school was judged in both 2018 and 2019" in apart.notes
    three = ranked(3, same=True)
    assert run(three, n="n", test=[2018, 2019]).rank_stability["status"].to_list() == ["not_defined"] * 2


def test_intake_makes_quarters_of_schools() -> None:
    frame = ranked(8, same=True).with_columns(fsm=pl.when(urn=7).then(None).otherwise(pl.col("urn") % 7))
    found = run(frame, n="n", intake="fsm").levels.filter(by="intake", level=50)
    assert found.select("group", "schools").rows() == [
        ("lowest quarter", 2),
        ("second quarter", 2),
        ("third quarter", 2),
        ("highest quarter", 1),
        ("not known", 1),
    ]
    flags = run(small().with_columns(fsm=pl.col("urn") == 1), intake="fsm").levels.filter(by="intake", level=50)
    assert flags["group"].to_list() == ["lowest quarter", "third quarter"]


class Told(Artefact):
    """A model that says of what year it is and how many rows it counts."""

    _kind = "told"

    def estimate(self, frame: pl.DataFrame, levels: Any, *, confidence: float, keep: Any) -> sf.Measured:
        return Stated().estimate(frame, levels, confidence=confidence, keep=keep)


def told(year: int | None, rows: int) -> Told:
    return Told._made({"rows": [("used", rows)], "source": None, "year": year})


def test_a_model_that_has_seen_the_judged_year_is_refused() -> None:
    assert run(small(), told(2018, 12)).rows["rows"].to_list() == [12]
    assert run(small(), told(None, 12)).rows["rows"].to_list() == [12]
    for year in (2019, 2020):
        with pytest.raises(InputError, match=f"says that it was fitted on {year}, so 2019 cannot be judged"):
            run(small(), told(year, 12))
    with pytest.raises(InputError, match="accounts for 13 rows where it was given the 12 before 2019"):
        run(small(), told(None, 13))
    # What was published for an earlier year may rest on more rows.
    assert run(small(), told(2018, 13)).rows["rows"].to_list() == [12]


@dataclass
class Twisted:
    """A model of another maker whose frame is not what it should be."""

    twist: Callable[[pl.DataFrame], pl.DataFrame]

    def estimate(self, frame: pl.DataFrame, levels: Any, *, confidence: float, keep: Any) -> sf.Measured:
        found = Stated().estimate(frame, levels, confidence=confidence, keep=keep)
        return sf.Measured(self.twist(found.frame), found.rows, found.notes)


def test_frames_of_other_makers() -> None:
    with pytest.raises(InputError, match="one row for each row and outcome, and some are there twice"):
        run(small(), Twisted(lambda frame: pl.concat([frame, frame.head(1)])))
    # What is no number is missing.
    first = pl.int_range(pl.len()) == 0
    broken = run(
        small(), Twisted(lambda frame: frame.with_columns(pl.when(~first).then("expected").otherwise(math.nan)))
    )
    assert broken.rows["rows"].to_list()[0] == run(small()).rows["rows"].to_list()[0] - 1
    assert broken.calibration.filter(pl.col("status") == "ok")["bias"].is_finite().all()


class Lame:
    """A model whose answer is in another shape."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def estimate(self, frame: pl.DataFrame, levels: Any, *, confidence: float, keep: Any) -> object:
        return self.answer


def test_what_is_wrong_is_named() -> None:
    one_year = small().filter(year=2019)
    with pytest.raises(InputError, match="at least two years.*there is 2019 only"):
        run(one_year)
    with pytest.raises(InputError, match="at least two years.*there is none"):
        run(small().clear())
    with pytest.raises(InputError, match="test: 2018 is the first year"):
        run(small(), test=2018)
    with pytest.raises(InputError, match=r"test: rising years are needed, each once, not \[2019, 2018\]"):
        run(small(), test=[2019, 2018])
    with pytest.raises(InputError, match="test: rising years"):
        run(small(), test=[])
    with pytest.raises(UnknownNameError, match="test: year '2020' does not exist. There are: 2018, 2019"):
        run(small(), test=2020)
    with pytest.raises(InputError, match="test: a whole number is needed"):
        run(small(), test=["2019"])
    with pytest.raises(InputError, match="fit: a function"):
        sf.backtest_estimates(small(), Stated(), actual=ACTUAL)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must return a model with .estimate.*, not NoneType"):
        sf.backtest_estimates(small(), lambda rows: None, actual=ACTUAL)
    with pytest.raises(InputError, match=".estimate must return a Measured, not int"):
        run(small(), Lame(3))
    with pytest.raises(InputError, match="lacks the column to keep, 'outcome', 'expected'"):
        run(small(), Lame(sf.Measured(pl.DataFrame(), pl.DataFrame())))
    with pytest.raises(UnknownNameError, match="actual: the model has no outcome 'p8'. There are: a8."):
        run(small(), actual={"p8": "a8"})
    with pytest.raises(UnknownNameError, match="column 'a9' is not there"):
        run(small(), actual={"a8": "a9"})
    with pytest.raises(InputError, match="actual: name the column of at least one outcome"):
        run(small(), actual={})
    gone = small().with_columns(a8=pl.when(year=2019).then(float("nan")).otherwise("a8"))
    with pytest.raises(InputError, match="no row of 2019 has both.*12 rows: the actual outcome is missing"):
        run(gone)
    with pytest.raises(InputError, match="actual: column 'a8' must hold numbers, it holds String"):
        run(small().with_columns(pl.col("a8").cast(pl.String)))
    with pytest.raises(InputError, match="levels: ranks of schools from 1 .the best. to 99 are needed, not 0"):
        run(small(), levels=[0])
    with pytest.raises(InputError, match="levels: name at least one rank, each once, not .5, 5."):
        run(small(), levels=[5, 5])
    with pytest.raises(InputError, match="confidence must lie between 0 and 1"):
        run(small(), confidence=[0.5, 1.0])
    with pytest.raises(InputError, match=r"size_bands: rising numbers above 0 are needed"):
        run(small(), size_bands=[60, 30])
    with pytest.raises(InputError, match="column 'year' must hold a year"):
        run(small().with_columns(year=pl.lit(19)))
    with pytest.raises(InputError, match="n: |frame: column 'e'"):
        run(small().with_columns(e=-pl.col("e")), n="e")


def test_chunks_and_order_of_schools_change_nothing() -> None:
    frame = ranked(60, same=True).with_columns(a8=pl.col("a8") * 37 % 60 / 7)
    whole = run(frame, n="n", test=[2018, 2019], intake="a8")
    pieces = pl.concat([frame[at : at + 7] for at in range(0, frame.height, 7)], rechunk=False)
    assert pieces.n_chunks() > 1
    parts = run(pieces, n="n", test=[2018, 2019], intake="a8")
    for name in ("calibration", "levels", "rank_stability", "rows"):
        assert getattr(parts, name).equals(getattr(whole, name)), name


OF_THREADS = """
import hashlib, schoolframe as sf
from _estimate_stand_ins import Stated
import polars as pl
pupils = sf.simulate_pupils(60, years=(2018, 2019), seed=3).pupils
pupils = pupils.with_columns(e=pl.col("ks2").fill_null(105) * 0.9 - 47)
test = sf.backtest_estimates(
    pupils, lambda rows: Stated(), actual={"a8": "attainment_8"}, intake="ks2", confidence=[0.5, 0.8]
)
frames = (test.calibration, test.levels, test.rows)
print(hashlib.sha256("".join(frame.write_ndjson() for frame in frames).encode()).hexdigest())
"""


def test_the_same_for_any_number_of_threads() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", OF_THREADS],
            env={**os.environ, "POLARS_MAX_THREADS": threads, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2", "5")
    }
    assert len(found) == 1


def test_what_a_notebook_shows() -> None:
    test = run(small())
    assert repr(test).startswith("EstimateBacktest of a8, judged in 2019, fitted on the years before")
    assert "intervals of 50 % held 50.0 % of 12 outcomes" in repr(test)
    assert "stated by hand" in test.notes
    assert any("two judged years" in note for note in test.notes)
    assert test._repr_html_().count("<table") == 3


def test_headlines_are_places_whatever_the_grades_are_called() -> None:
    made = sf.simulate_pupils(40, 30, years=(2018, 2019), seed=2).pupils
    place = pl.col("maths") // 3
    names = ["low", "middle", "high", "top"]
    frame = made.with_columns(place.alias("place"), place.cast(pl.Int64).replace_strict(range(4), names).alias("named"))

    def fit(rows: pl.DataFrame) -> sf.EstimateModel:
        return sf.EstimateModel.fit(rows, "named", "ks2", grades={"named": names}, year=2018)

    test = sf.backtest_estimates(frame, fit, actual={"named": "place"}, confidence=0.8)
    judged = frame.filter(year=2019)
    found = fit(frame.filter(year=2018)).estimate(judged, year=2019).frame.drop_nulls("fft50_headline")
    headline = found["fft50_headline"].replace_strict(names, range(4))
    whole = test.grades.filter(by="all")
    assert whole["n"].to_list() == [found.height] * 4
    shares = {"reached": (found["place"] >= headline), "exact": (found["place"] == headline)}
    for measure, holds in shares.items():
        assert whole.filter(measure=measure)["share"].item() == pytest.approx(100 * holds.mean())


def test_a_group_without_a_number_of_pupils_does_not_follow_from_the_others() -> None:
    groups = pl.DataFrame({"by": ["size"] * 3, "group": ["a", "b", "not known"], "n": [50.0, 90.0, 0.0]})
    assert guarded(groups, ["by"], "n", 6)["status"].to_list() == ["complementary", "ok", "below_minimum"]
