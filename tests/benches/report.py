"""Turn the JSON of pytest-benchmark into a table of ratios, printed and written as Markdown."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

source, target = Path(sys.argv[1]), Path(sys.argv[2])
report = json.loads(source.read_text(encoding="utf-8"))
groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
for row in report["benchmarks"]:
    groups[row["group"]].append(row)

machine = report["machine_info"]
lines = [
    f"Medians of one run: {machine['cpu']['count']} cores, Python {machine['python_version']}.",
    "Ratio: time of the row over time of schoolframe; above 1 the row is slower.",
    "",
    "| job | who | median | ratio | remarks |",
    "|---|---|---:|---:|---|",
]
for group, rows in groups.items():
    ours = next(row for row in rows if row["params"]["who"].startswith("schoolframe"))
    for row in rows:
        median, ratio = row["stats"]["median"], row["stats"]["median"] / ours["stats"]["median"]
        extra = ", ".join(f"{name} {value}" for name, value in row["extra_info"].items())
        lines.append(f"| {group} | {row['params']['who']} | {median * 1000:.2f} ms | {ratio:.2f} | {extra} |")
target.write_text("\n".join(lines) + "\n", encoding="utf-8")
print(re.sub(r"(?m)^\|---.*\n", "", "\n".join(lines)))
