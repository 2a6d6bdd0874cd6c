"""The charts: what they encode, what they say in words, and that they can be written as pictures."""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import schoolframe as sf
from _southend import southend
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.presentation import band_chart, estimate_chart, gap_chart, interval_chart, save_chart, step_chart
from schoolframe.presentation._marks import BAND_COLOURS, BAND_SHAPES, GAP_COLOURS, GAP_SHAPES, STEP_COLOURS, ladder
from schoolframe.presentation._style import INK, PAPER, contrast


def marks(spec: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every drawn layer as (kind of mark, layer with the data it reads), depth first."""
    found: list[tuple[str, dict[str, Any]]] = []
    for layer in spec.get("layer", spec.get("hconcat", [])):
        below = {"data": spec["data"], **layer} if "data" in spec and "data" not in layer else layer
        found += [(layer["mark"]["type"], below)] if "mark" in layer else marks(below)
    return found


def rows(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    """Rows behind the first layer of a kind."""
    values: list[dict[str, Any]] = next(layer for kind, layer in marks(spec) if kind == mark)["data"]["values"]
    return values


def scores(**columns: list[Any]) -> pl.DataFrame:
    names = ["Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel"][: len(next(iter(columns.values())))]
    return pl.DataFrame({"school_name": names, **columns})


FIVE = scores(
    p8=[0.5, 0.49, 0.1, -0.5, -0.51, 0.2],
    p8_ci_low=[0.1, 0.1, -0.1, -0.8, -0.8, None],
    p8_ci_high=[0.9, 0.9, 0.3, -0.2, -0.2, None],
)


def gaps() -> pl.DataFrame:
    names = {"P8MEA_FSM6CLA1A": "P8MEA_NFSM6CLA1A", "P8PUP_FSM6CLA1A": "P8PUP_NFSM6CLA1A"}
    measure = sf.GAP_MEASURES["p8"]
    assert {measure.mean: measure.other_mean, measure.n: measure.other_n} == names
    frame = scores(
        P8MEA_FSM6CLA1A=[-0.8, -0.1, 0.9, -0.5, None],
        P8PUP_FSM6CLA1A=[60, 20, 40, 5, None],
        P8MEA_NFSM6CLA1A=[0.1, 0.1, -0.2, 0.3, None],
        P8PUP_NFSM6CLA1A=[100, 80, 90, 95, None],
    )
    return sf.progress_gaps(frame.with_columns(year=pl.lit(2019)), "p8")


# -- intervals -------------------------------------------------------------------------------------------------------


def test_schools_stand_in_order_with_their_bands_in_words() -> None:
    spec = interval_chart(FIVE).to_dict()
    (points,) = [layer for kind, layer in marks(spec) if kind == "point"]
    assert points["encoding"]["y"]["sort"] == ["Ash", "Birch", "Hazel", "Cedar", "Elm", "Fir"]
    assert {row["school"]: row["band"] for row in points["data"]["values"]} == {
        "Ash": "well above average",
        "Birch": "above average",
        "Cedar": "average",
        "Elm": "below average",
        "Fir": "well below average",
        "Hazel": "interval not held",
    }
    words = [layer["encoding"]["text"]["field"] for kind, layer in marks(spec) if kind == "text"]
    assert "band" in words
    (bars,) = [layer for kind, layer in marks(spec) if kind == "rule" and "x2" in layer["encoding"]]
    assert (bars["encoding"]["x"]["field"], bars["encoding"]["x2"]["field"]) == ("lower", "upper")


def test_colour_and_shape_follow_the_same_words() -> None:
    spec = interval_chart(FIVE).to_dict()
    (points,) = [layer for kind, layer in marks(spec) if kind == "point"]
    colour, shape = points["encoding"]["color"]["scale"], points["encoding"]["shape"]["scale"]
    assert colour["domain"] == shape["domain"]
    assert len(set(colour["range"])) == len(set(shape["range"])) == len(colour["domain"])
    assert list(zip(colour["domain"], colour["range"], strict=True)) == list(BAND_COLOURS.items())


def test_the_national_line_is_drawn_and_named() -> None:
    lines = [
        layer["data"]["values"][0]
        for kind, layer in marks(interval_chart(FIVE, national=-0.03).to_dict())
        if kind == "text" and layer["encoding"]["text"]["field"] == "said"
    ]
    assert lines == [{"at": 0.0, "said": "mean of the measure: 0"}, {"at": -0.03, "said": "national: -0.03"}]


def test_schools_without_a_score_are_counted() -> None:
    frame = FIVE.with_columns(p8=pl.Series([0.5, None, None, -0.5, -0.51, 0.2]))
    chart = interval_chart(frame).to_dict()
    assert chart["title"]["subtitle"] == ["2 schools without a score left out"]
    assert len(rows(chart, "point")) == 4
    with pytest.raises(InputError, match="no school has a value in 'p8'"):
        interval_chart(FIVE.with_columns(p8=pl.lit(None, dtype=pl.Float64)))
    with pytest.raises(InputError, match="one row per school is needed; several rows: Ash"):
        interval_chart(pl.concat([FIVE, FIVE.head(1)]))
    with pytest.raises(UnknownNameError, match="'p8_ci_low'"):
        interval_chart(FIVE.drop("p8_ci_low"))


@pytest.mark.parametrize(("pupils", "shown"), [(0, True), (1, False), (5, False), (6, True)])
def test_schools_with_few_pupils_are_not_shown(pupils: int, shown: bool) -> None:
    frame = FIVE.with_columns(p8_cohort=pl.Series([pupils, 90, 90, 90, 90, None]))
    spec = interval_chart(frame).to_dict()
    assert ("Ash" in {row["school"] for row in rows(spec, "point")}) == shown
    assert spec["title"]["subtitle"] == ([] if shown else ["1 school with fewer than 6 pupils not shown"])
    steps = scores(a8=[45.0, 46.0], n=[pupils, 90]).with_columns(fft50=46.0, fft20=50.0, fft5=54.0)
    drawn = {row["school"] for row in rows(step_chart(steps, pupils="n").to_dict(), "point")}
    assert drawn == ({"Ash", "Birch"} if shown else {"Birch"})
    assert "Ash" in json.dumps(interval_chart(frame, pupils="p8_cohort", minimum=1).to_dict())
    with pytest.raises(UnknownNameError, match="'roll'"):
        interval_chart(frame, pupils="roll")


@pytest.mark.parametrize(
    ("value", "cohort", "shown"),
    [
        ("ks2_progress_reading", "ks2_cohort", False),
        ("ks2_progress_reading", "ks4_cohort", True),
        ("p8", "ks2_cohort", True),
        ("p8", "disadv_cohort", True),
        ("p8_disadvantaged", "disadv_cohort", False),
        ("p8_disadvantaged", "nondisadv_cohort", False),
        ("p8_non_disadvantaged", "p8_disadvantaged_cohort", False),
    ],
)
def test_the_cohort_that_counts_is_the_one_the_score_is_about(value: str, cohort: str, shown: bool) -> None:
    columns: dict[str, list[Any]] = {value: [0.1, 0.2], "low": [0.0, 0.1], "high": [0.2, 0.3], cohort: [5, 60]}
    frame = scores(**columns)
    spec = interval_chart(frame, value, "low", "high").to_dict()
    assert ("Ash" in json.dumps(spec)) == shown


def test_a_value_that_is_no_number_is_missing() -> None:
    frame = FIVE.with_columns(p8=pl.Series([0.5, float("nan"), 0.1, -0.5, -0.51, 0.2]))
    spec = interval_chart(frame)
    assert "NaN" not in spec.to_json()
    assert spec.to_dict()["title"]["subtitle"] == ["1 school without a score left out"]


def test_key_stage_two_bands_take_their_year() -> None:
    frame = scores(read=[6.5], low=[4.1], high=[8.8])
    options: dict[str, Any] = {"value": "read", "lower": "low", "upper": "high", "scheme": "ks2_reading"}
    assert rows(interval_chart(frame, year=2019, **options).to_dict(), "point")[0]["band"] == "well above average"


# -- gaps ------------------------------------------------------------------------------------------------------------


def test_gaps_stand_in_two_panels_on_one_scale() -> None:
    spec = gap_chart(gaps()).to_dict()
    titles = [panel["title"]["text"] for panel in spec["hconcat"]]
    assert titles == ["Against other pupils of the same school", "Against other pupils in England"]
    scales = [
        layer["encoding"]["x"]["scale"]["domain"]
        for kind, layer in marks(spec)
        if kind == "point" and "x" in layer["encoding"]
    ]
    assert len(scales) == 2
    assert scales[0] == scales[1]
    assert scales[0][0] < min(row["ci_low"] for row in rows(spec, "point"))


def test_gaps_are_told_in_words_and_small_groups_are_marked() -> None:
    spec = gap_chart(gaps()).to_dict()
    within = {row["school"]: row["word"] for row in rows(spec["hconcat"][0], "point")}
    assert within == {"Ash": "significantly behind", "Birch": "not significant", "Cedar": "significantly ahead"}
    marked = [layer for kind, layer in marks(spec["hconcat"][0]) if kind == "text"]
    assert [row for layer in marked for row in layer["data"]["values"]] == [
        {"school": "Elm", "mark": "x  too few pupils"}
    ]
    assert "Elm" not in within
    assert spec["title"]["subtitle"] == ["1 school without figures left out"]
    assert "-0.5" not in json.dumps([layer["data"]["values"] for layer in marked])


def test_a_small_group_takes_its_school_out_of_both_panels() -> None:
    """Other pupils are few: beside the cohort, the number and the score of the group would give them away."""
    frame = scores(
        P8MEA_FSM6CLA1A=[-9.5, -0.1],
        P8PUP_FSM6CLA1A=[90, 20],
        P8MEA_NFSM6CLA1A=[0.1, 0.1],
        P8PUP_NFSM6CLA1A=[5, 80],
    )
    made = sf.progress_gaps(frame.with_columns(year=pl.lit(2019)), "p8")
    assert made.filter(school_name="Ash")["status"].to_list() == ["below_minimum", "ok"]
    spec = gap_chart(made).to_dict()
    for panel in spec["hconcat"]:
        assert {row["school"] for row in rows(panel, "point")} == {"Birch"}
    values = [row for _, layer in marks(spec) for row in layer["data"]["values"]]
    assert [row for row in values if row.get("school") == "Ash"] == [{"school": "Ash", "mark": "x  too few pupils"}] * 2
    low, _ = spec["hconcat"][1]["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert low > -9
    enough = made.with_columns(status=pl.lit("ok"))
    assert len(rows(gap_chart(enough).to_dict()["hconcat"][1], "point")) == 2


def test_gaps_ask_for_one_measure_and_take_the_last_year() -> None:
    two = pl.concat([gaps(), gaps().with_columns(measure=pl.lit("a8"))])
    with pytest.raises(InputError, match="measure: name one, there are a8, p8"):
        gap_chart(two)
    assert len(rows(gap_chart(two, measure="p8").to_dict(), "point")) == 3
    before = gaps().with_columns(year=pl.col("year") - 1, gap=pl.lit(9.0))
    spec = gap_chart(pl.concat([before, gaps()])).to_dict()
    assert all(row["gap"] < 9 for row in rows(spec, "point"))
    with pytest.raises(InputError, match="there is no gap to draw"):
        gap_chart(gaps().filter(pl.col("status") == "missing"))


# -- steps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "said"),
    [
        (45.9, "next: FFT50-style 46.0"),
        (46.0, "next: FFT20-style 50.0"),
        (50.0, "next: FFT5-style 54.0"),
        (54.0, "at or above the top step"),
    ],
)
def test_the_next_step_stands_beside_the_school(actual: float, said: str) -> None:
    frame = scores(a8=[actual], fft50=[46.0], fft20=[50.0], fft5=[54.0])
    spec = step_chart(frame).to_dict()
    assert rows(spec, "point")[0]["next"] == said
    assert [(row["step"], row["value"]) for row in rows(spec, "tick")] == [
        ("FFT50-style", 46.0),
        ("FFT20-style", 50.0),
        ("FFT5-style", 54.0),
    ]
    assert "not FFT data" in spec["title"]["subtitle"][0]


def test_steps_without_result_or_benchmark() -> None:
    frame = scores(a8=[45.0, None, 47.0], fft50=[46.0, 46.0, None], fft20=[50.0, 50.0, None], fft5=[54.0, 54.0, None])
    spec = step_chart(frame).to_dict()
    assert {row["school"]: row["next"] for row in rows(spec, "point")} == {
        "Ash": "next: FFT50-style 46.0",
        "Cedar": "no benchmark",
    }
    assert spec["title"]["subtitle"][1] == "1 school without a result left out"
    with pytest.raises(InputError, match="three are needed"):
        step_chart(frame, names=("a", "b"))


# -- estimates ------------------------------------------------------------------------------------------------------


def estimates(**columns: list[Any]) -> pl.DataFrame:
    whole: dict[str, list[Any]] = {
        "pupil": ["A", "B", "C"],
        "outcome": ["a8"] * 3,
        "expected_low": [20.0, 31.0, None],
        "expected_high": [50.0, 61.0, None],
        "fft50": [35.0, 46.0, None],
        "fft20": [38.8, 49.8, None],
        "fft5": [42.6, 53.6, None],
        "got": [None, 66.5, 40.0],
    }
    return pl.DataFrame(whole | columns)


def test_estimates_are_ranges_with_benchmarks_and_results() -> None:
    spec = estimate_chart(estimates(), "pupil", actual="got").to_dict()
    assert [(row["school"], row["expected_low"], row["expected_high"]) for row in rows(spec, "bar")] == [
        ("B", 31.0, 61.0),
        ("A", 20.0, 50.0),
    ]
    ticks = {(row["school"], row["level"]): row["value"] for row in rows(spec, "tick")}
    assert ticks["B", "FFT20-style"] == 49.8
    assert len(ticks) == 6
    layers = dict(marks(spec))
    assert layers["bar"]["encoding"]["y"]["sort"] == ["B", "A"]
    assert layers["point"]["transform"] == [{"filter": "isValid(datum.actual)"}]
    # A result beyond the bar stands in the picture.
    assert layers["tick"]["encoding"]["x"]["scale"]["domain"][1] > 66.5
    assert "not FFT data" in spec["title"]["subtitle"][0]
    assert spec["title"]["subtitle"][-1] == "1 row without an estimate left out"
    plain = estimate_chart(estimates(), "pupil", levels=[20]).to_dict()
    assert "point" not in dict(marks(plain))
    assert {row["level"] for row in rows(plain, "tick")} == {"FFT20-style"}


def test_estimates_are_of_one_outcome_and_of_benchmarks_that_are_there() -> None:
    two = estimates(outcome=["a8", "maths", "a8"])
    with pytest.raises(InputError, match="outcome: name one of a8, maths"):
        estimate_chart(two, "pupil")
    with pytest.raises(UnknownNameError, match="outcome 'a9' does not exist"):
        estimate_chart(two, "pupil", outcome="a9")
    assert "maths" in str(estimate_chart(two, "pupil", outcome="maths").to_dict()["layer"][0]["encoding"]["x"]["title"])
    assert [row["school"] for row in rows(estimate_chart(two, "pupil", outcome="maths").to_dict(), "bar")] == ["B"]
    with pytest.raises(UnknownNameError, match="fft1"):
        estimate_chart(estimates(), "pupil", levels=[1])
    with pytest.raises(InputError, match="no pupil has a value in 'fft50'"):
        estimate_chart(estimates().filter(pupil="C"), "pupil")
    with pytest.raises(InputError, match="one row per pupil is needed; several rows: A"):
        estimate_chart(estimates(pupil=["A", "A", "C"]), "pupil")
    wrong: list[Any] = [50, "50", [], [50, 50], [50, 40, 30, 20, 10, 5], [0], [50.5]]
    for levels in wrong:
        with pytest.raises(InputError, match="levels: "):
            estimate_chart(estimates(), "pupil", levels=levels)


# -- bands -----------------------------------------------------------------------------------------------------------


def test_bands_share_out_over_groups() -> None:
    words = pl.Enum(["upper_quartile", "middle", "lower_quartile"])
    frame = pl.DataFrame(
        {
            "band": pl.Series(["upper_quartile", "middle", "middle", "lower_quartile", "middle", None], dtype=words),
            "group": ["Southend", "Southend", "Southend", "Southend", "England", "England"],
        }
    )
    spec = band_chart(frame, "band", "group").to_dict()
    bars = rows(spec, "bar")
    assert [(row["group"], row["words"], row["text"], row["start"], row["end"]) for row in bars] == [
        ("Southend (4 schools)", "upper quartile", "1", 0.0, 25.0),
        ("Southend (4 schools)", "middle", "2", 25.0, 75.0),
        ("Southend (4 schools)", "lower quartile", "1", 75.0, 100.0),
        ("England (1 school)", "middle", "1", 0.0, 100.0),
    ]
    (bar,) = [layer for kind, layer in marks(spec) if kind == "bar"]
    assert bar["encoding"]["color"]["scale"]["domain"] == ["upper quartile", "middle", "lower quartile"]
    with pytest.raises(InputError, match="no school has a band in 'band'"):
        band_chart(frame.filter(pl.col("band").is_null()), "band", "group")


# -- all charts ------------------------------------------------------------------------------------------------------


def every_chart() -> dict[str, Any]:
    frame = southend()
    steps = frame.with_columns(fft50=pl.lit(45.0), fft20=pl.lit(50.0), fft5=pl.lit(60.0))
    bands = sf.PercentileBands.fit(frame, "p8", direction="higher_better", scheme="southend_2017")
    banded = frame.select("la_name", band=bands.apply("p8", labels=True))
    return {
        "interval": interval_chart(frame, national=-0.03),
        "gap": gap_chart(gaps()),
        "step": step_chart(steps),
        "band": band_chart(banded, "band", "la_name"),
    }


def test_the_same_input_gives_the_same_specification() -> None:
    first, second = every_chart(), every_chart()
    for name, chart in first.items():
        assert chart.to_json() == second[name].to_json(), name


def test_charts_are_written_as_pictures_of_a_readable_size(tmp_path: Path) -> None:
    for name, chart in every_chart().items():
        picture = save_chart(chart, tmp_path / "pictures" / f"{name}.png").read_bytes()
        assert picture.startswith(b"\x89PNG"), name
        width, height = struct.unpack(">II", picture[16:24])
        assert 1000 < width < 2400, (name, width)
        assert 150 < height < 1600, (name, height)
        drawing = save_chart(chart, tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert drawing.startswith("<svg"), name
    spec = json.loads(save_chart(every_chart()["step"], tmp_path / "step.json").read_text(encoding="utf-8"))
    assert spec["layer"]
    with pytest.raises(InputError, match=r"ends in \.png, \.svg or \.json, not '\.pdf'"):
        save_chart(every_chart()["band"], tmp_path / "band.pdf")


def test_colours_are_seen_on_paper_and_told_apart_by_shape() -> None:
    for colours in (BAND_COLOURS, GAP_COLOURS):
        for name, colour in colours.items():
            assert contrast(colour, PAPER) >= 3, name
    assert set(BAND_SHAPES) == set(BAND_COLOURS)
    assert set(GAP_SHAPES) == set(GAP_COLOURS)
    for steps in range(2, 11):
        assert len(set(ladder(steps))) == steps
        for colour in ladder(steps):
            assert max(contrast(INK, colour), contrast(PAPER, colour)) >= 4.5, colour
    assert len(set(STEP_COLOURS)) == 3


def test_a_missing_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    chart = interval_chart(FIVE)
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(ImportError, match=r"vl_convert is needed for .*pip install schoolframe\[notebook\]"):
        save_chart(chart, tmp_path / "a.png")
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(ImportError, match=r"altair is needed for charts: pip install schoolframe\[notebook\]"):
        interval_chart(FIVE)
