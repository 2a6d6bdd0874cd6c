"""Presentation: the risk register as a workbook, tables for others, and charts with words beside every colour.

Needs the extra ``notebook`` (``pip install schoolframe[notebook]``): xlsxwriter for the workbook, great_tables for
tables in a notebook, altair and vl-convert for charts. They are imported when a function needs them, not before.

Example:
    >>> from schoolframe import presentation
    >>> presentation.risk_register.__name__
    'risk_register'
"""

from __future__ import annotations

from schoolframe.presentation.charts import (
    band_chart,
    estimate_chart,
    funnel_chart,
    gap_chart,
    interval_chart,
    save_chart,
    step_chart,
)
from schoolframe.presentation.register import register_table, risk_register
from schoolframe.presentation.tables import export_table

__all__ = [
    "band_chart",
    "estimate_chart",
    "export_table",
    "funnel_chart",
    "gap_chart",
    "interval_chart",
    "register_table",
    "risk_register",
    "save_chart",
    "step_chart",
]
