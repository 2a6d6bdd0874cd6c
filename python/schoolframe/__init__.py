"""School improvement frameworks on dataframes.

Progress measures and progress gaps, FFT-style indicative estimates (not FFT data), percentile bands, and categories
under authorities' school improvement frameworks, on polars dataframes.
"""

from __future__ import annotations

from schoolframe import batches, exceptions, presentation, samples
from schoolframe._against_groups import compare_to_groups
from schoolframe._assignment import Assignment
from schoolframe._change import Changes
from schoolframe._measured import Measured
from schoolframe._moves import Moves
from schoolframe._native import __version__
from schoolframe._what_if import NoEffectWarning, compare_assignments, sensitivity, what_if
from schoolframe.attainment import attainment_8
from schoolframe.backtest import EstimateBacktest, backtest_estimates
from schoolframe.band_moves import BandMoves, band_moves
from schoolframe.bands import PercentileBands, code_against_national
from schoolframe.carried_forward import CarriedForward
from schoolframe.coded_indicators import code_indicators
from schoolframe.comparison_groups import ComparisonGroups, comparison_groups
from schoolframe.contextual import ContextualValueAdded
from schoolframe.disclosure import DisclosureWarning, Suppressed, suppress
from schoolframe.disclosure_audit import audit_disclosure
from schoolframe.estimate_model import EstimateModel
from schoolframe.estimate_table import EstimateTable
from schoolframe.estimates import next_benchmark
from schoolframe.framework_diff import FrameworkDiff, diff
from schoolframe.frameworks import Framework, frameworks
from schoolframe.funnel import FunnelLimits
from schoolframe.gap_aggregation import aggregate_gaps
from schoolframe.gap_changes import gap_changes
from schoolframe.gap_index import gap_index, gap_index_from_counts
from schoolframe.gaps import GAP_MEASURES, GapMeasure, gap_test, progress_gaps
from schoolframe.grade_chances import GradeChances
from schoolframe.history import CategoryHistory, category_history
from schoolframe.indicators import ResolvedIndicator, indicator_codes, indicator_frame, indicators, resolve_indicator
from schoolframe.levels import expected_progress, expected_progress_rates
from schoolframe.median_line import MedianLine
from schoolframe.moderation import Moderation, moderate
from schoolframe.parameters import ReferenceValue, reference_record, reference_value, reference_values
from schoolframe.prior_attainment import ks1_prior_score
from schoolframe.progress import PROGRESS_BANDS, progress_band
from schoolframe.progress_scores import progress_scores
from schoolframe.projections import predictions_match, projection_accuracy
from schoolframe.pupil_gaps import pupil_gaps
from schoolframe.random_intercept import RandomInterceptModel
from schoolframe.ranks import percentile_rank, prior_attainment_band, rank_bands, rank_in_group
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
from schoolframe.school_benchmarks import SchoolBenchmarks
from schoolframe.school_estimates import SchoolEstimateModel
from schoolframe.shrinkage import Shrinkage
from schoolframe.significance import significance_code
from schoolframe.similar_schools import similar_schools
from schoolframe.simulation import SimulatedPupils, simulate_pupils
from schoolframe.standards import coasting_standard, floor_standard
from schoolframe.support import SupportPlan, support_plan
from schoolframe.thresholds import THRESHOLD_MEASURES, ThresholdMeasure, threshold_measures
from schoolframe.trends import TRENDS, trend_class
from schoolframe.years import consistently, multi_year_average

__all__ = [
    "GAP_MEASURES",
    "PROGRESS_BANDS",
    "THRESHOLD_MEASURES",
    "TRENDS",
    "Assignment",
    "BandMoves",
    "CarriedForward",
    "CategoryHistory",
    "Changes",
    "ComparisonGroups",
    "ContextualValueAdded",
    "DisclosureWarning",
    "EstimateBacktest",
    "EstimateModel",
    "EstimateTable",
    "Framework",
    "FrameworkDiff",
    "FunnelLimits",
    "GapMeasure",
    "GradeChances",
    "Measured",
    "MedianLine",
    "Moderation",
    "Moves",
    "NoEffectWarning",
    "PercentileBands",
    "PerformanceTables",
    "RandomInterceptModel",
    "ReferenceValue",
    "ResolvedIndicator",
    "SchoolBenchmarks",
    "SchoolEstimateModel",
    "Shrinkage",
    "SimulatedPupils",
    "SupportPlan",
    "Suppressed",
    "ThresholdMeasure",
    "__version__",
    "aggregate_gaps",
    "attainment_8",
    "audit_disclosure",
    "backtest_estimates",
    "band_moves",
    "batches",
    "canonical_name",
    "category_history",
    "coasting_standard",
    "code_against_national",
    "code_indicators",
    "combine_inspections",
    "compare_assignments",
    "compare_to_groups",
    "comparison_groups",
    "consistently",
    "diff",
    "exceptions",
    "expected_progress",
    "expected_progress_rates",
    "floor_standard",
    "follow_urn_links",
    "frameworks",
    "gap_changes",
    "gap_index",
    "gap_index_from_counts",
    "gap_test",
    "indicator_codes",
    "indicator_frame",
    "indicators",
    "inspection_framework",
    "ks1_prior_score",
    "latest_inspection",
    "moderate",
    "multi_year_average",
    "next_benchmark",
    "percentile_rank",
    "predictions_match",
    "presentation",
    "prior_attainment_band",
    "progress_band",
    "progress_gaps",
    "progress_scores",
    "projection_accuracy",
    "pupil_gaps",
    "rank_bands",
    "rank_in_group",
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
    "significance_code",
    "similar_schools",
    "simulate_pupils",
    "support_plan",
    "suppress",
    "threshold_measures",
    "trend_class",
    "what_if",
]
