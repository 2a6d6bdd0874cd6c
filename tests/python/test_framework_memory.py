"""What assigning a country costs in memory; the time it takes is in tests/benches."""

from __future__ import annotations

import subprocess
import sys

import pytest

MEMORY = """
import pathlib
import schoolframe as sf
from _evidence import evidence

def held(kind):
    line = next(line for line in open("/proc/self/status") if line.startswith(kind))
    return int(line.split()[1]) * 1024

framework = sf.Framework.load("southend_2017")
small = evidence(framework, "secondary", schools=1_000)
framework.assign(small, phase="secondary", out_of_force="allow").frame
schools = evidence(framework, "secondary")
pathlib.Path("/proc/self/clear_refs").write_text("5")
before = held("VmRSS")
result = framework.assign(schools, phase="secondary", out_of_force="allow").frame
assert result.height == schools.height == 240_000
print((held("VmHWM") - before) / (schools.estimated_size() + result.estimated_size()))
"""


@pytest.mark.newest
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_memory_is_at_most_twice_input_and_output() -> None:
    environment = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], check=True, capture_output=True, text=True, timeout=300, env=environment
    )
    assert float(done.stdout) <= 2.0
