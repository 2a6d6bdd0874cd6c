"""Funnel limits against numpy and scipy, their coverage in a simulation, and the chart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.presentation import funnel_chart, save_chart

if TYPE_CHECKING:
    from pathlib import Path

SCHOOLS = pl.DataFrame(
    {
        "school_name": ["Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel"],
        "p8": [0.60, -0.80, 0.10, -0.20, None, 0.9],
        "n": [40, 25, 180, 120, 90, 5],
    }
)


def oracle(y: Any, se: Any, target: float, share: float, *, trim: bool) -> tuple[float, float]:
    """Over-dispersion as in Spiegelhalter's papers, written out with numpy."""
    z = (y - target) / se
    low, high = np.quantile(z, [share, 1 - share])
    keep = (z >= low) & (z <= high) if trim else np.ones(z.size, dtype=bool)
    z, w = np.clip(z, low, high)[keep], 1 / se[keep] ** 2
    phi = float((z**2).mean())
    tau2 = max(0.0, (z.size * phi - (z.size - 1)) / (w.sum() - (w**2).sum() / w.sum()))
    return phi, tau2


@given(
    st.lists(st.tuples(st.floats(-2, 2), st.integers(6, 300)), min_size=8, max_size=60),
    st.floats(0.3, 2),
    st.sampled_from(["additive", "multiplicative", None]),
    st.booleans(),
    st.floats(0, 0.3),
)
def test_equal_to_numpy(
    schools: list[tuple[float, int]],
    sd: float,
    overdispersion: Literal["additive", "multiplicative"] | None,
    trim: bool,
    share: float,
) -> None:
    y, n = (np.array(part, dtype=float) for part in zip(*schools, strict=True))
    frame = pl.DataFrame({"y": y, "n": n})
    shares: dict[str, Any] = {"trim" if trim else "winsorise": share}
    limits = sf.FunnelLimits.fit(frame, "y", "n", sd=sd, overdispersion=overdispersion, **shares)
    target, se = float((n * y).sum() / n.sum()), sd / np.sqrt(n)
    phi, tau2 = oracle(y, se, target, share, trim=trim)
    figures = limits.figures.row(0, named=True)
    assert figures["target"] == pytest.approx(target, abs=1e-12)
    assert (figures["phi"], figures["tau2"]) == pytest.approx((phi, tau2), rel=1e-7, abs=1e-9)
    widened = {
        "additive": np.sqrt(se**2 + tau2),
        "multiplicative": se * max(phi, 1) ** 0.5,
        None: se,
    }[overdispersion]
    found = frame.select(limits.apply()).unnest("y")
    for level, q in (("95", 1.96), ("99.8", stats.norm.ppf(0.999))):
        assert found[f"low_{level}"].to_list() == pytest.approx((target - q * widened).tolist(), rel=1e-6, abs=1e-8)
        assert found[f"high_{level}"].to_list() == pytest.approx((target + q * widened).tolist(), rel=1e-6, abs=1e-8)
    assert found["z"].to_list() == pytest.approx(((y - target) / se).tolist(), abs=1e-8)
    assert found["z_adjusted"].to_list() == pytest.approx(((y - target) / widened).tolist(), rel=1e-6, abs=1e-8)


def test_limits_hold_their_share_of_schools_that_differ_by_chance_alone() -> None:
    rng = np.random.default_rng(20190831)
    n = rng.integers(20, 260, 40_000)
    for extra, overdispersion in ((0.0, None), (0.4, "additive")):
        score = extra * rng.normal(size=n.size) + 1.28 * rng.normal(size=n.size) / np.sqrt(n)
        frame = pl.DataFrame({"p8": score, "n": n})
        limits = sf.FunnelLimits.fit(frame, "p8", "n", sd=1.28, overdispersion=overdispersion, winsorise=0.0)  # type: ignore[arg-type]
        classes = frame.select(limits.apply()).unnest("p8")["class"].value_counts().rows()
        share = {name: count / n.size for name, count in classes}
        inside = share["within"]
        outside = share["above_99.8"] + share["below_99.8"]
        # Three standard errors of a share of 40,000 schools.
        assert inside == pytest.approx(0.95, abs=0.0033)
        assert outside == pytest.approx(0.002, abs=0.0007)
        assert limits.figures["tau"].item() == pytest.approx(extra, abs=0.02 if extra else 0.1)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.49, "within"),
        (0.4901, "above_95"),
        (-0.49, "within"),
        (-0.4901, "below_95"),
        (0.7725, "above_95"),
        (0.7726, "above_99.8"),
        (-0.7726, "below_99.8"),
    ],
)
def test_at_and_beside_the_limits(score: float, expected: str) -> None:
    # 1.25 / sqrt(25) = 0.25: limits at 0.49 and 3.0902 * 0.25 = 0.77256.
    limits = sf.FunnelLimits.fit(SCHOOLS, "p8", "n", sd=1.25, target=0.0)
    frame = pl.DataFrame({"p8": [score], "n": [25]})
    assert frame.select(limits.apply()).unnest("p8")["class"].item() == expected


@pytest.mark.parametrize(("n", "status"), [(5, "below_minimum"), (6, "ok"), (7, "ok"), (None, "missing")])
def test_the_smallest_school_that_is_shown(n: int | None, status: str) -> None:
    limits = sf.FunnelLimits.fit(SCHOOLS, "p8", "n", sd=1.25)
    frame = pl.DataFrame({"p8": [0.1], "n": [n]}, schema={"p8": pl.Float64, "n": pl.Int64})
    row = frame.select(limits.apply()).unnest("p8").row(0, named=True)
    assert row["status"] == status
    assert (row["class"] is None, row["z"] is None, row["high_95"] is None) == (status != "ok",) * 3


def exact(target: float, n: int, p: float) -> float:
    """The interpolated quantile of the binomial distribution, with scipy."""
    r = int(stats.binom.ppf(p, n, target / 100))
    upper, lower = stats.binom.cdf(r, n, target / 100), stats.binom.cdf(r - 1, n, target / 100)
    return float(100 * (r - (upper - p) / (upper - lower)) / n)


@given(st.floats(5, 95), st.integers(6, 300))
def test_exact_limits_equal_scipy(target: float, n: int) -> None:
    frame = pl.DataFrame({"rwm": [50.0], "n": [n]})
    limits = sf.FunnelLimits.fit(frame, "rwm", "n", sd=None, target=target, limits="exact")
    row = frame.select(limits.apply()).unnest("rwm").row(0, named=True)
    for level, share in (("95", 0.95), ("99.8", 0.998)):
        expected = [exact(target, n, 0.5 - share / 2), exact(target, n, 0.5 + share / 2)]
        clipped = [min(max(value, 0.0), 100.0) for value in expected]
        assert [row[f"low_{level}"], row[f"high_{level}"]] == pytest.approx(clipped, abs=1e-5)
    normal = sf.FunnelLimits.fit(frame, "rwm", "n", sd=None, target=target)
    half = 1.96 * (target * (100 - target) / n) ** 0.5
    near = frame.select(normal.apply()).unnest("rwm").row(0, named=True)
    assert (near["low_95"], near["high_95"]) == pytest.approx((max(target - half, 0), min(target + half, 100)))


def test_rows_text_and_words() -> None:
    limits = sf.FunnelLimits.fit(
        SCHOOLS, "p8", "n", sd=1.25, levels=[0.9, 0.99, 0.999], source="six schools", year=2019
    )
    assert limits.rows.rows() == [("used", 4), ("'p8' is missing", 1), ("fewer than 6 pupils", 1)]
    assert limits.levels == ["90", "99", "99.9"]
    fields = SCHOOLS.select(limits.apply()).unnest("p8").columns
    assert fields[:6] == ["low_90", "high_90", "low_99", "high_99", "low_99.9", "high_99.9"]
    again = sf.FunnelLimits.from_json(limits.to_json())
    assert again == limits
    assert again.content_hash == limits.content_hash
    assert "FunnelLimits of six schools, 2019: p8, target" in repr(again)
    assert "over-dispersion" in again._repr_html_()
    for text in ("{}", "nothing", limits.to_json().replace('"phi":', '"psi":')):
        with pytest.raises(InputError):
            sf.FunnelLimits.from_json(text)


def test_what_is_wrong_is_named() -> None:
    def fit(frame: pl.DataFrame = SCHOOLS, sd: float | None = 1.25, **given: Any) -> sf.FunnelLimits:
        return sf.FunnelLimits.fit(frame, "p8", "n", sd=sd, **given)

    for match, arguments in {
        "winsorise and trim": {"winsorise": 0.1, "trim": 0.1},
        "from 0 to under 0.5, not 0.5": {"trim": 0.5},
        "levels must rise between 0 and 1": {"levels": [0.998, 0.95]},
        "only percentages": {"limits": "exact"},
        "limits: 'normal' or 'exact', not 'wide'": {"limits": "wide"},
        "a percentage must lie between 0 and 100": {"sd": None},
        "sd: a finite number above 0": {"sd": -1.0},
        "target: a finite number is needed": {"target": float("inf")},
        "over-dispersion needs at least 2 schools": {"frame": SCHOOLS.head(1), "overdispersion": "additive"},
        "need a school with a score and enough pupils": {"frame": SCHOOLS.clear()},
        "score: column 'p8' must hold numbers, it holds String": {"frame": SCHOOLS.with_columns(p8=pl.lit("x"))},
    }.items():
        with pytest.raises(InputError, match=match):
            fit(**arguments)  # type: ignore[arg-type]
    percentages = SCHOOLS.with_columns(p8=pl.lit(60.0))
    with pytest.raises(InputError, match="exact limits are those of chance alone"):
        fit(percentages, None, limits="exact", overdispersion="additive")
    with pytest.raises(UnknownNameError, match="overdispersion 'tau' does not exist"):
        fit(overdispersion="tau")
    with pytest.raises(UnknownNameError, match="column 'p8' is not there"):
        fit(SCHOOLS.drop("p8"))
    with pytest.raises(pl.exceptions.ComputeError, match="a score must be finite"):
        pl.DataFrame({"p8": [float("inf")], "n": [30]}).select(fit().apply())


def layers(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


def test_the_chart_says_where_schools_lie_and_whom_it_leaves_out() -> None:
    limits = sf.FunnelLimits.fit(SCHOOLS, "p8", "n", sd=1.25, target=0.0)
    spec = funnel_chart(SCHOOLS, limits).to_dict()
    (points,) = layers(spec, "point")
    assert {row["school"]: row["position"] for row in points["data"]["values"]} == {
        "Ash": "above 95 % limits",
        "Birch": "below 99.8 % limits",
        "Cedar": "within limits",
        "Elm": "within limits",
    }
    colour, shape = points["encoding"]["color"]["scale"], points["encoding"]["shape"]["scale"]
    assert colour["domain"] == shape["domain"]
    assert len(set(colour["range"])) == len(set(shape["range"])) == len(colour["domain"])
    said = ["1 school with fewer than 6 pupils not shown", "1 school without a score left out"]
    assert spec["title"]["subtitle"] == said
    assert "Hazel" not in json.dumps(spec)
    assert [row["school"] for layer in spec["layer"][-2:] for row in layer["data"]["values"]] == ["Birch"]
    lines = layers(spec, "line")
    assert len(lines) == 4
    widths = [abs(row["value"]) * row["pupils"] ** 0.5 for row in lines[0]["data"]["values"]]
    assert widths == pytest.approx([1.96 * 1.25] * len(widths))
    alike = pl.concat([SCHOOLS.head(2)] * 3).with_columns(school_name=pl.Series([f"School {at}" for at in range(6)]))
    named = funnel_chart(alike, limits).to_dict()["layer"][-2:]
    assert [row["school"] for layer in named for row in layer["data"]["values"]] == ["School 1"]
    turned = funnel_chart(SCHOOLS, limits, direction="lower_better").to_dict()
    (other,) = layers(turned, "point")
    assert other["encoding"]["color"]["scale"]["range"] != colour["range"]
    with pytest.raises(InputError, match="no school has a value in 'p8' and at least 6 pupils"):
        funnel_chart(SCHOOLS.tail(2), limits)
    with pytest.raises(UnknownNameError, match="direction 'up' does not exist"):
        funnel_chart(SCHOOLS, limits, direction="up")  # type: ignore[arg-type]


def test_the_chart_is_written_as_a_picture(tmp_path: Path) -> None:
    limits = sf.FunnelLimits.fit(SCHOOLS, "p8", "n", sd=1.25)
    chart = funnel_chart(SCHOOLS, limits)
    assert chart.to_json() == funnel_chart(SCHOOLS, limits).to_json()
    assert save_chart(chart, tmp_path / "funnel.png").read_bytes().startswith(b"\x89PNG")
