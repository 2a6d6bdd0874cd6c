"""Every polars type, given to every expression and every function of frames, ends in a result or in an exception.

Each function runs in a process of its own, because what is guarded against ends the process: a dead kernel cannot be
caught. The child prints one line per type and leaves.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from _dtypes import FRAME_FUNCTIONS
from _registry import EXPRESSIONS

CASES = [f"expression:{index}" for index in range(len(EXPRESSIONS))] + [f"frame:{name}" for name in FRAME_FUNCTIONS]
NAMES = [expression.name for expression in EXPRESSIONS] + list(FRAME_FUNCTIONS)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_no_type_ends_the_process(case: str) -> None:
    child = subprocess.run(
        [sys.executable, "-m", "_dtypes", case],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=None,
        cwd=__file__.rsplit("/contracts", 1)[0],
    )
    assert child.returncode == 0, child.stderr[-2000:]
    lines = child.stdout.splitlines()
    assert lines[-1] == "done", lines[-3:]
    outcomes = dict(line.split("\t")[:2] for line in lines[:-1])
    assert len(outcomes) >= 30
    assert set(outcomes.values()) <= {"result", "exception"}
    assert "result" in outcomes.values()
    assert "panic" not in child.stdout.lower()
