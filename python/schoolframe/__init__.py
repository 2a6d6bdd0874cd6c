"""School improvement frameworks on dataframes.

Progress measures and progress gaps, FFT-style indicative estimates (not FFT data), percentile bands, and categories under
authorities' school improvement frameworks, on polars dataframes.
"""

from __future__ import annotations

from schoolframe import batches, exceptions
from schoolframe._native import __version__
from schoolframe.bands import PercentileBands, code_against_national, percentile_rank
from schoolframe.estimates import next_benchmark
from schoolframe.gaps import GAP_MEASURES, GapMeasure, gap_test, progress_gaps
from schoolframe.parameters import ReferenceValue, reference_record, reference_value, reference_values
from schoolframe.progress import PROGRESS_BANDS, progress_band

__all__ = [
    "GAP_MEASURES",
    "PROGRESS_BANDS",
    "GapMeasure",
    "PercentileBands",
    "ReferenceValue",
    "__version__",
    "batches",
    "code_against_national",
    "exceptions",
    "gap_test",
    "next_benchmark",
    "percentile_rank",
    "progress_band",
    "progress_gaps",
    "reference_record",
    "reference_value",
    "reference_values",
]
