"""Print requirements of pyproject.toml for pip: an optional extra, or what tests under the oldest polars need."""

from __future__ import annotations

import re
import sys
from pathlib import Path

TEXT = Path("pyproject.toml").read_text(encoding="utf-8")


def listed(name: str) -> list[str]:
    """Return the strings of the list ``name``; tomllib is not in Python 3.10."""
    found = re.search(rf"^{name} = \[(.*?)\]$", TEXT, re.MULTILINE | re.DOTALL)
    if found is None:
        sys.exit(f"pyproject.toml: no list named {name}")
    return re.findall(r'"([^"]+)"', found[1])


dependencies = listed("dependencies")
if sys.argv[1] == "oldest":
    needed = [item for item in dependencies if not item.startswith("polars")]
    wanted = re.compile(
        r"duckdb|hypothesis|openpyxl|pandas>|pyarrow|pytest>|pytest-xdist|scipy|statsmodels|altair|great-tables|xlsxwriter|vl-convert"
    )
    needed += [item for item in [*listed("dev"), *listed("notebook")] if wanted.match(item)]
else:
    needed = dependencies + listed(sys.argv[1])
print("\n".join(needed))
