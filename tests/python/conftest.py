"""What every test shares: where the published files are, and a hypothesis profile that does not depend on speed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SCHOOLFRAME_SHARED", ROOT.parent / "shared"))

settings.register_profile("schoolframe", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("schoolframe")


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of published files; tests of the readers on them are skipped where it is not at hand."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"the published files are not at {folder}; set SCHOOLFRAME_SHARED to the folder that holds data/")
    return folder
