"""School improvement frameworks on dataframes.

Progress measures and progress gaps, FFT-style indicative estimates (not FFT data), percentile bands, and categories
under authorities' school improvement frameworks, on polars dataframes.
"""

from __future__ import annotations

from schoolframe import batches, exceptions, presentation, samples
from schoolframe._assignment import Assignment
from schoolframe._change import Changes
from schoolframe._moves import Moves
from schoolframe._native import __version__
from schoolframe._what_if import NoEffectWarning, compare_assignments, sensitivity, what_if
from schoolframe.bands import PercentileBands, code_against_national, percentile_rank
from schoolframe.disclosure import DisclosureWarning, Suppressed, suppress
from schoolframe.disclosure_audit import audit_disclosure
from schoolframe.estimates import next_benchmark
from schoolframe.framework_diff import FrameworkDiff, diff
from schoolframe.frameworks import Framework, frameworks
from schoolframe.gaps import GAP_MEASURES, GapMeasure, gap_test, progress_gaps
from schoolframe.history import CategoryHistory, category_history
from schoolframe.indicators import ResolvedIndicator, indicator_codes, indicator_frame, indicators, resolve_indicator
from schoolframe.moderation import Moderation, moderate
from schoolframe.parameters import ReferenceValue, reference_record, reference_value, reference_values
from schoolframe.progress import PROGRESS_BANDS, progress_band
from schoolframe.readers import (
    PerformanceTables,
    canonical_name,
    combine_inspections,
    follow_urn_links,
    inspection_framework,
    latest_inspection,
    read_absence,
    read_census,
    read_exclusions,
    read_inspections,
    read_lait,
    read_lait_dictionary,
    read_performance_tables,
    read_school_register,
    read_statistical_neighbours,
    read_urn_links,
    school_phase,
)
from schoolframe.rounding import round_counts, round_half_up
from schoolframe.support import SupportPlan, support_plan

__all__ = [
    "GAP_MEASURES",
    "PROGRESS_BANDS",
    "Assignment",
    "CategoryHistory",
    "Changes",
    "DisclosureWarning",
    "Framework",
    "FrameworkDiff",
    "GapMeasure",
    "Moderation",
    "Moves",
    "NoEffectWarning",
    "PercentileBands",
    "PerformanceTables",
    "ReferenceValue",
    "ResolvedIndicator",
    "SupportPlan",
    "Suppressed",
    "__version__",
    "audit_disclosure",
    "batches",
    "canonical_name",
    "category_history",
    "code_against_national",
    "combine_inspections",
    "compare_assignments",
    "diff",
    "exceptions",
    "follow_urn_links",
    "frameworks",
    "gap_test",
    "indicator_codes",
    "indicator_frame",
    "indicators",
    "inspection_framework",
    "latest_inspection",
    "moderate",
    "next_benchmark",
    "percentile_rank",
    "presentation",
    "progress_band",
    "progress_gaps",
    "read_absence",
    "read_census",
    "read_exclusions",
    "read_inspections",
    "read_lait",
    "read_lait_dictionary",
    "read_performance_tables",
    "read_school_register",
    "read_statistical_neighbours",
    "read_urn_links",
    "reference_record",
    "reference_value",
    "reference_values",
    "resolve_indicator",
    "round_counts",
    "round_half_up",
    "samples",
    "school_phase",
    "sensitivity",
    "support_plan",
    "suppress",
    "what_if",
]
