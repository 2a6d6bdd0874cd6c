"""Codes of all indicators: at, under and over the threshold, every status, and a real authority."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import schoolframe as sf


def coded(
    value: float | None, national: float | None, name: str = "ks2_exp_rwm_pct", **settings: Any
) -> dict[str, Any]:
    frame = pl.DataFrame({"urn": [1], name: [value], f"nat_{name}": [national]}, schema_overrides={name: pl.Float64})
    return sf.code_indicators(frame.cast({f"nat_{name}": pl.Float64}), **settings).row(0, named=True)


@pytest.mark.parametrize(
    ("value", "code", "adverse"),
    [(65.1, "above", False), (65.09, "in_line", False), (55.1, "below", True), (55.11, "in_line", False)],
)
def test_five_points_count_and_under_five_do_not(value: float, code: str, adverse: bool) -> None:
    row = coded(value, 60.1)
    assert (row["code"], row["adverse"], row["status"]) == (code, adverse, "coded")
    assert row["difference"] == pytest.approx(value - 60.1)


def test_the_polarity_of_the_vocabulary_says_what_is_adverse() -> None:
    row = coded(10.0, 4.0, "persistent_absence_pct")
    assert (row["polarity"], row["code"], row["adverse"]) == ("lower_better", "above", True)
    turned = coded(10.0, 4.0, "persistent_absence_pct", turn_sign=True)
    assert (turned["code"], turned["adverse"]) == ("below", True)
    none = coded(30.0, 20.0, "eal_pct", turn_sign=True)
    assert (none["code"], none["adverse"], none["status"]) == ("above", None, "no_polarity")


def test_every_status() -> None:
    assert coded(None, 60.0)["status"] == "missing"
    assert coded(float("nan"), 60.0)["status"] == "missing"
    assert coded(60.0, None)["status"] == "no_national"
    assert coded(0.3, -0.03, "p8") | {"label": None} == {
        "urn": 1, "indicator": "p8", "label": None, "unit": "points", "polarity": "higher_better", "value": 0.3,
        "national": -0.03, "difference": None, "code": None, "adverse": None, "status": "not_percentage",
        "reason": "unit: points",
    }  # fmt: skip
    assert coded(3.0, 0.0, unit="relative")["status"] == "no_national"


@pytest.mark.parametrize(("pupils", "status"), [(5, "below_minimum"), (6, "coded"), (None, "coded")])
def test_figures_of_few_pupils_are_not_shown(pupils: int | None, status: str) -> None:
    frame = pl.DataFrame({"urn": [1], "ks2_exp_rwm_pct": [50.0], "nat_ks2_exp_rwm_pct": [65.0], "n": [pupils]})
    for n in ("n", {"ks2_exp_rwm_pct": "n"}):
        row = sf.code_indicators(frame, n=n).row(0, named=True)
        assert row["status"] == status
        assert (row["value"] is None) is (status == "below_minimum")
        assert (row["code"] is None) is (status == "below_minimum")


def test_gaps_in_percentage_points_are_coded_when_asked_for() -> None:
    assert coded(-20.0, -14.0, "ks2_exp_rwm_gap_disadvantaged")["status"] == "not_percentage"
    row = coded(-20.0, -14.0, "ks2_exp_rwm_gap_disadvantaged", units=["%", "pp"])
    assert (row["code"], row["adverse"], row["unit"]) == ("below", True, "pp")


def test_an_authority_row_by_row() -> None:
    frame = sf.samples.southend()
    result = sf.code_indicators(frame)
    names = result["indicator"].unique(maintain_order=True).to_list()
    assert result.height == frame.height * len(names)
    assert {"ks2_exp_rwm_pct", "p8", "overall_absence_pct"} <= set(names)
    assert not any(name.startswith("nat_") for name in names)
    one = result.filter(indicator="ks4_em_95_pct")
    assert one["urn"].to_list() == frame["urn"].to_list()
    by_hand = frame.select(
        sf.code_against_national("ks4_em_95_pct", "nat_ks4_em_95_pct", direction="higher_better")
    ).unnest("ks4_em_95_pct")
    assert one.select("difference", "code", "adverse").equals(by_hand)
    assert (one["code"].null_count() == 0) is False
    assert set(result["status"].unique()) == {"coded", "missing", "no_national", "not_percentage"}
    assert result.filter(pl.col("code").is_not_null() & (pl.col("unit") != "%")).is_empty()


def test_bad_arguments_are_named() -> None:
    frame = pl.DataFrame({"urn": [1], "ks2_exp_rwm_pct": [60.0], "nat_ks2_exp_rwm_pct": [65.0], "n": [-1]})
    refused = (sf.exceptions.InputError, sf.exceptions.UnknownNameError)
    for settings, message in [
        ({"indicators": "ks2_rwm"}, "measured indicator 'ks2_rwm' does not exist"),
        ({"indicators": "p8"}, "column 'p8' is not there"),
        ({"indicators": []}, "name at least one"),
        ({"threshold": 0}, "threshold must be a finite number above 0"),
        ({"unit": "percent"}, "unit 'percent' does not exist"),
        ({"units": "points"}, "unit 'points' does not exist. There are: %, pp"),
        ({"n": 3}, "n: the name of a column is needed"),
        ({"n": "pupils"}, "column 'pupils' is not there"),
        ({"n": "n"}, r"column 'n' must not be under 0; .* -1 \(row \d\)"),
        ({"min_group": -1}, "min_group: a whole number from 0"),
    ]:
        with pytest.raises(refused, match=message):
            sf.code_indicators(frame, **settings)  # type: ignore[arg-type]
    with pytest.raises(refused, match="no column is a measured indicator; there are: urn, name"):
        sf.code_indicators(pl.DataFrame({"urn": [1], "name": ["x"]}))
    with pytest.raises(refused, match="column 'ks2_exp_rwm_pct' must hold numbers, it holds String"):
        sf.code_indicators(frame.with_columns(ks2_exp_rwm_pct=pl.lit("61%")))
    with pytest.raises(refused, match="column 'nat_ks2_exp_rwm_pct' must hold finite numbers"):
        sf.code_indicators(frame.with_columns(nat_ks2_exp_rwm_pct=pl.lit(float("inf"))))
    assert sf.code_indicators(frame.clear()).is_empty()
