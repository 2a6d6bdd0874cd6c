"""Readers of published school data: each turns the files of one product, of any year and authority, into frames."""

from __future__ import annotations

from schoolframe.readers.absence import read_absence
from schoolframe.readers.census import read_census
from schoolframe.readers.exclusions import read_exclusions
from schoolframe.readers.inspections import (
    combine_inspections,
    inspection_framework,
    latest_inspection,
    read_inspections,
)
from schoolframe.readers.lait import read_lait, read_lait_dictionary
from schoolframe.readers.neighbours import read_statistical_neighbours
from schoolframe.readers.performance import PerformanceTables, canonical_name, read_performance_tables
from schoolframe.readers.register import read_school_register, school_phase
from schoolframe.readers.urn_links import follow_urn_links, read_urn_links

__all__ = [
    "PerformanceTables",
    "canonical_name",
    "combine_inspections",
    "follow_urn_links",
    "inspection_framework",
    "latest_inspection",
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
    "school_phase",
]
