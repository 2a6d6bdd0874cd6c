"""Data of the benchmarks: the size of England, seeded, the same in every run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def schools() -> pl.DataFrame:
    """24,000 schools over three years."""
    rng = np.random.default_rng(20190831)
    size = 72_000
    score = rng.normal(0, 0.46, size).round(2)
    half = (1.96 * 1.28 / np.sqrt(rng.integers(20, 260, size))).round(2)
    return pl.DataFrame(
        {
            "urn": np.tile(np.arange(100_000, 124_000), 3),
            "year": np.repeat([2017, 2018, 2019], 24_000),
            "p8": score,
            "low": score - half,
            "high": score + half,
            "rwm": rng.normal(65, 12, size).clip(0, 100).round(0),
            "mean_a": rng.normal(-0.4, 0.5, size),
            "n_a": rng.integers(6, 90, size),
            "mean_b": rng.normal(0.1, 0.5, size),
            "n_b": rng.integers(6, 200, size),
        }
    ).with_columns(fft50=pl.col("rwm") - 4, fft20=pl.col("rwm") + 2, fft5=pl.col("rwm") + 9)


@pytest.fixture(scope="session")
def ks4_original() -> Path:
    """The published table of an authority, 507 columns."""
    source = SHARED / "ks4" / "2018-2019_936_ks4final.csv"
    if not source.is_file():
        pytest.skip(f"the published file is not at {source}")
    return source


@pytest.fixture(scope="session")
def ks4_file(ks4_original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same repeated to 5,500 rows, with new URNs."""
    header, *rows = ks4_original.read_bytes().rstrip().split(b"\r\n")
    made: list[bytes] = []
    for repetition in range(5_500):
        for row in rows:
            cells = row.split(b",", 4)
            if cells[3]:
                cells[3] = b"%d" % (int(cells[3]) + repetition * 1_000_000)
            made.append(b",".join(cells))
        if len(made) >= 5_500:
            break
    path = tmp_path_factory.mktemp("tables") / "2018-2019_england_ks4final.csv"
    path.write_bytes(b"\r\n".join([header, *made[:5_500]]) + b"\r\n")
    return path
