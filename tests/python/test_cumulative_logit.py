"""The cumulative logit against statsmodels, and what it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from statsmodels.miscmodels.ordinal_model import OrderedModel

from schoolframe import _native
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from pathlib import Path

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


POLR = """
arguments <- commandArgs(trailingOnly = TRUE)
pupils <- read.csv(arguments[1])
fit <- MASS::polr(ordered(grade) ~ prior + fsm + month, data = pupils, Hess = TRUE, control = list(reltol = 1e-15))
numbers <- function(x) paste0("[", paste(format(x, digits = 17), collapse = ","), "]")
cat(sprintf('{"coefficients":%s,"cuts":%s,"likelihood":%s,"se":%s}', numbers(coef(fit)), numbers(fit$zeta),
  numbers(as.numeric(logLik(fit))), numbers(sqrt(diag(vcov(fit))))))
"""


def polr_is_there() -> bool:
    if shutil.which("Rscript") is None:
        return False
    probe = subprocess.run(["Rscript", "-e", "library(MASS)"], capture_output=True, check=False, timeout=120)
    return probe.returncode == 0


@pytest.mark.skipif(not polr_is_there(), reason="Rscript with the package MASS is not installed")
def test_equal_to_polr(tmp_path: Path) -> None:
    columns, codes = simulated(2000, [-2.0, -0.5, 0.5, 2.0], 6)
    # polr stops early where a column lies far from 0.
    columns["prior"] -= 100
    pl.DataFrame({**columns, "grade": codes}).write_csv(tmp_path / "pupils.csv")
    (tmp_path / "fit.R").write_text(POLR, encoding="utf-8")
    call = ["Rscript", str(tmp_path / "fit.R"), str(tmp_path / "pupils.csv")]
    run = subprocess.run(call, capture_output=True, text=True, check=True, timeout=120)
    theirs, mine = json.loads(run.stdout), fitted(columns, codes, 5)
    assert mine["log_likelihood"] == pytest.approx(theirs["likelihood"][0], abs=1e-7)
    np.testing.assert_allclose(mine["coefficients"], theirs["coefficients"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(mine["cuts"], theirs["cuts"], rtol=1e-4, atol=1e-5)
    # It lists coefficients first.
    errors = [row[-1] ** 0.5 for row in mine["covariance"]]
    np.testing.assert_allclose([*errors[4:], *errors[:4]], theirs["se"], rtol=1e-3)


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
