"""Progress bands at, just under and just over each threshold; the published bands are in test_published.py."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import schoolframe as sf


def band(score: float | None, lower: float | None, upper: float | None, **settings: Any) -> int | None:
    frame = pl.DataFrame({"s": [score], "l": [lower], "u": [upper]}, schema=dict.fromkeys("slu", pl.Float64))
    got: int | None = frame.select(sf.progress_band("s", "l", "u", **settings)).item()
    return got


@pytest.mark.parametrize(
    ("score", "lower", "upper", "code"),
    [
        (0.50, 0.01, 0.99, 1),
        (0.49, 0.01, 0.97, 2),
        (0.51, 0.01, 1.01, 1),
        (0.50, 0.00, 1.00, 3),
        (0.01, 0.01, 0.02, 2),
        (-0.01, -0.02, -0.01, 4),
        (-0.50, -0.99, -0.01, 4),
        (-0.49, -0.97, -0.01, 4),
        (-0.51, -1.01, -0.01, 5),
        (-0.51, -1.02, 0.00, 3),
        (0.0, 0.0, 0.0, 3),
        (None, 0.0, 1.0, None),
        (0.5, float("nan"), 1.0, None),
    ],
)
def test_progress_8(score: float | None, lower: float, upper: float, code: int | None) -> None:
    assert band(score, lower, upper) == code


@pytest.mark.parametrize(
    ("scheme", "year", "high", "low"),
    [
        ("ks2_reading", 2018, 3.1, -2.9),
        ("ks2_writing", 2018, 2.7, -2.7),
        ("ks2_maths", 2018, 3.2, -3.3),
        ("ks2_reading", 2019, 3.2, -2.9),
        ("ks2_writing", 2019, 2.6, -2.6),
        ("ks2_maths", 2019, 3.0, -3.2),
    ],
)
def test_key_stage_2(scheme: Any, year: int, high: float, low: float) -> None:
    settings = {"scheme": scheme, "year": year}
    assert band(high, 0.1, 9.0, **settings) == 1
    assert band(round(high - 0.1, 1), 0.1, 9.0, **settings) == 2
    assert band(low, -9.0, -0.1, **settings) == 5
    assert band(round(low + 0.1, 1), -9.0, -0.1, **settings) == 4
    assert band(1.2, 0.0, 2.4, **settings) == 3


def test_labels_are_an_ordered_enum() -> None:
    frame = pl.DataFrame({"s": [0.6, -0.6, None], "l": [0.1, -1.0, None], "u": [1.0, -0.1, None]})
    got = frame.select(sf.progress_band("s", "l", "u", labels=True))["s"]
    assert got.dtype == pl.Enum(list(sf.PROGRESS_BANDS))
    assert got.to_list() == ["well above average", "well below average", None]


def test_thresholds_of_ones_own() -> None:
    assert band(2.0, 1.0, 3.0, scheme=(2.0, -2.0)) == 1
    assert band(-2.0, -3.0, -1.0, scheme=(2.0, -2.0)) == 4
    assert band(-2.0, -3.0, -1.0, scheme=(2.0, -2.0), lower_edge_inclusive=True) == 5
    with pytest.raises(sf.exceptions.InputError, match="well_below < 0 < well_above, not 1 and 2"):
        sf.progress_band("s", "l", "u", scheme=(2.0, 1.0))


def test_years_and_schemes_are_checked() -> None:
    with pytest.raises(sf.exceptions.InputError, match="the thresholds of ks2_maths are set each year"):
        sf.progress_band("s", "l", "u", scheme="ks2_maths")
    with pytest.raises(sf.exceptions.SchoolframeError, match="2018"):
        sf.progress_band("s", "l", "u", scheme="ks2_maths", year=2017)
    with pytest.raises(sf.exceptions.SchoolframeError, match="p8_band_well_above"):
        sf.progress_band("s", "l", "u", year=2015)
    with pytest.raises(sf.exceptions.InputError, match="'p8', 'ks2_reading'"):
        sf.progress_band("s", "l", "u", scheme="p9")  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.InputError, match="a named scheme has its own edges"):
        sf.progress_band("s", "l", "u", lower_edge_inclusive=True)


def test_a_score_outside_its_limits_is_an_error_that_shows_the_rows() -> None:
    frame = pl.DataFrame({"p8": [0.1, 0.9], "low": [0.0, 0.0], "high": [0.5, 0.5]})
    with pytest.raises(
        pl.exceptions.ComputeError, match=r"column 'p8'.*1 value breaks this rule: p8 0.9, low 0, high 0.5"
    ):
        frame.select(sf.progress_band("p8", "low", "high"))


def test_thresholds_come_in_pairs() -> None:
    for scheme in ((0.5,), (0.5, -0.5, 0.0)):
        with pytest.raises(sf.exceptions.InputError, match="scheme: two thresholds are needed"):
            sf.progress_band("s", "l", "u", scheme=scheme)  # type: ignore[arg-type]
