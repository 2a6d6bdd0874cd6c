"""Charts of schools with their uncertainty, for notebooks and papers.

Every chart is an altair chart: its specification is JSON, the same for the same input. Bands are told by colour, shape
and word together; what is suppressed or missing is said, not left blank.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from schoolframe.exceptions import InputError
from schoolframe.presentation._estimate_charts import estimate_chart
from schoolframe.presentation._extras import require
from schoolframe.presentation._funnels import funnel_chart
from schoolframe.presentation._intervals import gap_chart, interval_chart
from schoolframe.presentation._ladders import band_chart, step_chart

__all__ = ["band_chart", "estimate_chart", "funnel_chart", "gap_chart", "interval_chart", "save_chart", "step_chart"]


def save_chart(chart: Any, path: str | Path, *, scale: float = 2.0) -> Path:
    """Write a chart as a picture, without a browser and without the network.

    Args:
        chart: A chart of this module, or any altair chart.
        path: File to write, ending in ``.png``, ``.svg`` or ``.json``; its folder is made if it is not there.
        scale: Pixels per point of a PNG; 2 is sharp in print.

    Returns:
        The path.

    Raises:
        ImportError: If vl-convert is not installed (``pip install schoolframe[notebook]``).
        InputError: For another ending.

    Example:
        >>> import tempfile, polars as pl
        >>> from schoolframe.presentation import interval_chart, save_chart
        >>> schools = pl.DataFrame({"school_name": ["Hill"], "p8": [0.6], "p8_ci_low": [0.3], "p8_ci_high": [0.9]})
        >>> save_chart(interval_chart(schools), tempfile.mkdtemp() + "/hill.svg").suffix
        '.svg'
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in (".png", ".svg", ".json"):
        msg = f"path: a picture ends in .png, .svg or .json, not '{target.suffix or target.name}'"
        raise InputError(msg)
    target.parent.mkdir(parents=True, exist_ok=True)
    text = chart.to_json()
    if ending == ".json":
        target.write_text(text, encoding="utf-8")
        return target
    convert = require("vl_convert", "pictures of charts")
    if ending == ".svg":
        target.write_text(convert.vegalite_to_svg(text), encoding="utf-8")
    else:
        target.write_bytes(convert.vegalite_to_png(text, scale=scale))
    return target
