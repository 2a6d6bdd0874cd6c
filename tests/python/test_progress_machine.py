"""Progress scores of 600,000 pupils: what they cost in memory, and that the number of threads does not matter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MEMORY = """
import pathlib
import schoolframe as sf
from _secondary_pupils import OUTCOMES, secondary

pupils = secondary(600_000, schools=3_400, missing=0.02).select("urn", "ks2_scaled_score", *OUTCOMES[:3])
table = sf.EstimateTable.bundled("p8", 2023)
chosen = list(OUTCOMES[:3])
def held(kind):
    line = next(line for line in open("/proc/self/status") if line.startswith(kind))
    return int(line.split()[1]) * 1024
sf.progress_scores(pupils.head(1_000), estimates=table, outcomes=chosen)
pathlib.Path("/proc/self/clear_refs").write_text("5")
before = held("VmRSS")
result = sf.progress_scores(pupils, estimates=table, outcomes=chosen)
print((held("VmHWM") - before) / pupils.estimated_size())
"""

THREADS = """
import hashlib
import schoolframe as sf
from _secondary_pupils import OUTCOMES, secondary

pupils = secondary(60_000, schools=300, missing=0.02)
outcomes = dict(zip(OUTCOMES, (10, 2, 2, 3, 3)))
table = sf.EstimateTable.fit(pupils, prior="ks2_scaled_score", outcomes=outcomes, groups=34).calibrate_limits(pupils)
result = sf.progress_scores(pupils, estimates=table, by=["urn", "fsm"], sd="estimate")
print(table.content_hash, hashlib.sha256(result.frame.write_json().encode()).hexdigest())
"""


def run(script: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=Path(__file__).parent,
        env=os.environ | environment,
    )
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_memory_is_at_most_twice_the_pupils() -> None:
    assert float(run(MEMORY)) <= 2.0


def test_any_number_of_threads_gives_the_same_figures() -> None:
    assert len({run(THREADS, POLARS_MAX_THREADS=threads) for threads in ("1", "2", "7")}) == 1
