"""Random pupils in schools, the same in every run: no figures of real pupils are held anywhere."""

from __future__ import annotations

import numpy as np
import polars as pl


def pupils(
    seed: int,
    schools: int,
    sizes: tuple[int, int],
    covariates: int = 0,
    between: float = 0.5,
    within: float = 1.0,
) -> pl.DataFrame:
    """Pupils with columns urn, y and x0, x1, ...; each covariate varies between schools too."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(schools), rng.integers(*sizes, size=schools))
    x = rng.normal(size=(school.size, covariates)) + 0.5 * rng.normal(size=(schools, covariates))[school]
    effects = between * rng.normal(size=schools)
    y = 3 + x @ rng.normal(size=covariates) + effects[school] + within * rng.normal(size=school.size)
    columns = {f"x{at}": x[:, at] for at in range(covariates)}
    return pl.DataFrame({"urn": 100_000 + school, "y": y, **columns})


def covariates(frame: pl.DataFrame) -> list[str]:
    return [name for name in frame.columns if name.startswith("x")]
