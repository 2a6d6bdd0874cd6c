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


def who(row: dict[str, Any]) -> str:
    """Return who was timed: a benchmark without peers is of schoolframe, with what it was asked for."""
    params = row["params"] or {}
    named = params.get("who")
    return str(named) if named is not None else " ".join(["schoolframe", *map(str, params.values())])


machine = report["machine_info"]
lines = [
    f"Medians of one run: {machine['cpu']['count']} cores, Python {machine['python_version']}.",
    "Ratio: time of the row over time of schoolframe; above 1 the row is slower.",
    "",
    "| job | who | median | ratio | remarks |",
    "|---|---|---:|---:|---|",
]
for group, rows in groups.items():
    ours = next(row for row in rows if who(row).startswith("schoolframe"))
    for row in rows:
        median, ratio = row["stats"]["median"], row["stats"]["median"] / ours["stats"]["median"]
        extra = ", ".join(f"{name} {value}" for name, value in row["extra_info"].items())
        lines.append(f"| {group} | {who(row)} | {median * 1000:.2f} ms | {ratio:.2f} | {extra} |")
target.write_text("\n".join(lines) + "\n", encoding="utf-8")
print(re.sub(r"(?m)^\|---.*\n", "", "\n".join(lines)))
