"""Categories do not depend on how many threads there are: the same frames, row by row and in the same order."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("frame", "deciding", "trace")
# A process of its own each time: the number of threads is read once, when the first rows are worked on.
ASSIGNED = """
import pathlib, sys
import polars as pl
import schoolframe as sf
from _evidence import evidence

name, phase, threads, folder = sys.argv[1:]
assert pl.thread_pool_size() == int(threads)
framework = sf.Framework.load(name)
schools = evidence(framework, phase, schools=1_000, years=3, missing=0.2)
assigned = framework.assign(schools, phase=phase, out_of_force="allow")
for table in ("frame", "deciding", "trace"):
    getattr(assigned, table).write_ipc(pathlib.Path(folder) / f"{table}.arrow")
"""


def tables(name: str, phase: str, threads: int, folder: Path) -> dict[str, pl.DataFrame]:
    """What a process of its own with so many threads answers."""
    folder.mkdir()
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "POLARS_MAX_THREADS": str(threads)}
    asked = [sys.executable, "-c", ASSIGNED, name, phase, str(threads), str(folder)]
    subprocess.run(asked, check=True, timeout=300, env={**os.environ, **paths})
    return {table: pl.read_ipc(folder / f"{table}.arrow") for table in TABLES}


@pytest.mark.newest
@pytest.mark.parametrize(("name", "phase"), [("southend_2017", "secondary"), ("southend_2011", "primary")])
def test_one_thread_and_two_give_the_same(name: str, phase: str, tmp_path: Path) -> None:
    one, two = (tables(name, phase, threads, tmp_path / str(threads)) for threads in (1, 2))
    assert one["frame"].height == 3_000
    assert one["frame"]["status"].n_unique() > 1
    assert min(one["deciding"].height, one["trace"].height) > 1_000
    for table in TABLES:
        assert_frame_equal(one[table], two[table], check_exact=True)
