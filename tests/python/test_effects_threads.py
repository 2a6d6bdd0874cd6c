"""School effects do not depend on how many threads there are."""

from __future__ import annotations

import os
import subprocess
import sys

FITTED = """
import sys
import polars as pl
import schoolframe as sf
from _estimate_cohort import cohort
from _pupils_in_schools import pupils

assert pl.thread_pool_size() == int(sys.argv[1])
frame = pupils(5, 300, (3, 90), 2).with_columns(g=pl.col("urn") % 3 == 0, n=pl.len().over("urn"))
value_added = sf.ContextualValueAdded.fit(frame, "y", "x0", ["x1", "g"])
schools = frame.group_by("urn", maintain_order=True).agg(pl.col("y").first(), pl.col("n").first())
print(value_added.content_hash)
print(value_added.apply(frame).frame.hash_rows(seed=1).implode().item().to_list())
print(sf.Shrinkage.fit(schools, "y", "n", sd=1.0, method="reml").content_hash)
year = cohort(7, 60).with_columns(pl.when(pl.int_range(pl.len()) % 7 > 0).then("a8").alias("a8"))
model = sf.EstimateModel.fit(year, ["a8", "maths"], "ks2", "sex", month_of_birth="month", grades=["maths"])
print(model.content_hash)
print(model.estimate(year).frame.drop(pl.selectors.ends_with("_chances")).hash_rows(seed=1).implode().item().to_list())
print(sf.FunnelLimits.fit(schools, "y", "n", sd=1.0, overdispersion="additive").content_hash)
print(sf.SchoolBenchmarks.fit(schools, "y", "n", sd=1.0).content_hash)
schools = schools.with_columns(x=(pl.col("urn") * 7 % 31).cast(pl.Float64))
print(sf.SchoolEstimateModel.fit(schools, "y", "x", "n", sd=1.0).content_hash)
print(sf.projection_accuracy(frame, "x0", "y", by="urn").frame.hash_rows(seed=1).implode().item().to_list())
"""


def answer(threads: int) -> str:
    """What a process of its own with so many threads answers: the number is read once."""
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "POLARS_MAX_THREADS": str(threads)}
    asked = [sys.executable, "-c", FITTED, str(threads)]
    run = subprocess.run(asked, check=True, capture_output=True, text=True, timeout=300, env={**os.environ, **paths})
    return run.stdout


def test_one_thread_and_two_give_the_same() -> None:
    one = answer(1)
    assert len(one.splitlines()) == 9
    assert one == answer(2)
