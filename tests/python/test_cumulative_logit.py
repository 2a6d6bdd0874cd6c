"""The cumulative logit against statsmodels, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from statsmodels.miscmodels.ordinal_model import OrderedModel

from schoolframe import _native
from schoolframe.exceptions import InputError

# Newton's method ends within 1e-8 standard errors; statsmodels' BFGS is asked for a gradient of 1e-8.
CLOSE = 1e-6


def simulated(rows: int, cuts: list[float], seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    random = np.random.default_rng(seed)
    columns = {
        "prior": 100 + 7 * random.standard_normal(rows),
        "fsm": (random.random(rows) < 0.25).astype(float),
        "month": random.integers(1, 13, rows).astype(float),
    }
    eta = 0.18 * (columns["prior"] - 100) - 0.4 * columns["fsm"] - 0.02 * columns["month"]
    latent = eta + random.logistic(size=rows)
    return columns, np.searchsorted(np.array(cuts), latent).astype(np.uint32)


def fitted(columns: dict[str, np.ndarray], codes: np.ndarray, grades: int) -> dict[str, Any]:
    series = [pl.Series(name, values) for name, values in columns.items()]
    found: dict[str, Any] = json.loads(_native.fit_cumulative_logit(series, pl.Series(codes, dtype=pl.UInt32), grades))
    return found


@pytest.mark.parametrize(
    ("rows", "cuts", "seed"),
    [(400, [0.0], 1), (900, [-2.0, -0.5, 0.1, 2.0], 2), (3000, [-4, -3, -2, -1, 0, 1, 2, 3, 4.5], 3)],
)
def test_estimates_errors_and_likelihood_are_those_of_statsmodels(rows: int, cuts: list[float], seed: int) -> None:
    columns, codes = simulated(rows, cuts, seed)
    assert len(set(codes)) == len(cuts) + 1
    mine = fitted(columns, codes, len(cuts) + 1)
    # The oracle climbs better on centred columns; its cuts then lack what the means add.
    centres = {name: values.mean() for name, values in columns.items()}
    design = np.column_stack([values - centres[name] for name, values in columns.items()])
    model = OrderedModel(codes.astype(int), design, distr="logit")
    result = model.fit(method="bfgs", disp=False, gtol=1e-8, maxiter=1000)
    width = len(columns)
    # Its thresholds: the first as it is, then logarithms of the gaps.
    slopes = result.params[:width]
    thresholds = model.transform_threshold_params(result.params)[1:-1]
    moved = thresholds + sum(slope * centre for slope, centre in zip(slopes, centres.values(), strict=True))
    np.testing.assert_allclose(mine["coefficients"], slopes, rtol=CLOSE, atol=CLOSE)
    np.testing.assert_allclose(mine["cuts"], moved, rtol=CLOSE, atol=CLOSE)
    assert mine["log_likelihood"] == pytest.approx(result.llf, rel=1e-10)
    errors = [row[-1] ** 0.5 for row in mine["covariance"][len(cuts) :]]
    # Second derivatives of the oracle are numerical.
    np.testing.assert_allclose(errors, result.bse[:width], rtol=1e-4)
    assert mine["pupils"] == rows


def test_the_order_of_rows_changes_rounding_alone() -> None:
    columns, codes = simulated(5000, [-1.0, 0.0, 1.0], 4)
    first = fitted(columns, codes, 4)
    again = fitted({name: values[::-1].copy() for name, values in columns.items()}, codes[::-1].copy(), 4)
    np.testing.assert_allclose(first["cuts"], again["cuts"], rtol=1e-10)
    assert fitted(columns, codes, 4) == first


def test_a_column_that_separates_is_named() -> None:
    columns, codes = simulated(500, [-1.0, 1.0], 5)
    columns["special"] = (codes == 0).astype(float) * (np.arange(500) % 2)
    with pytest.raises(InputError, match="'special' separates the grades"):
        fitted(columns, codes, 3)


def test_a_grade_without_pupils_is_named() -> None:
    columns, codes = simulated(500, [-1.0, 1.0], 5)
    with pytest.raises(InputError, match=r"grade 3 \(counted from 0\) has no pupils"):
        fitted(columns, codes, 4)
