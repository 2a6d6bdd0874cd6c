"""The native library: rules as checked JSON text, bands, batches. Private; the modules of the package are its users."""

from typing import final

import polars as pl
from typing_extensions import CapsuleType

__all__ = [
    "ArrowBatch",
    "ArrowStream",
    "Assignment",
    "CellReader",
    "CellTable",
    "Framework",
    "__version__",
    "attack_cells",
    "attainment_rule",
    "band_scheme",
    "batch_assign",
    "batch_code_against_national",
    "batch_next_benchmark",
    "batch_percentile_band",
    "batch_progress_band",
    "bundled_estimates",
    "cell_codes",
    "check_funnel",
    "check_random_intercept",
    "check_shrinkage",
    "claimed_measure",
    "coding_rule",
    "estimates_are_proxy",
    "fit_cumulative_logit",
    "fit_estimates",
    "fit_funnel",
    "fit_intake_model",
    "fit_percentile_bands",
    "fit_pupil_estimates",
    "fit_random_intercept",
    "fit_school_benchmarks",
    "fit_shrinkage",
    "gap_index_rule",
    "gap_rule",
    "group_scores",
    "indicators_json",
    "intake_coefficients",
    "intake_rule",
    "nearest_rows",
    "normal_multiplier",
    "normal_rule",
    "predict_random_intercept",
    "predictions_match",
    "prior_basis",
    "prior_grouping",
    "progress_band_rule",
    "projection_accuracy",
    "pupil_estimate_rule",
    "pupil_estimate_terms",
    "random_intercept_coefficients",
    "random_intercept_effects",
    "rank_rule",
    "read_estimates",
    "read_percentile_bands",
    "reference_value_json",
    "reference_values_json",
    "resolve_indicator_json",
    "score_rule",
    "simulate_pupils",
    "simulation_parameters_json",
    "split_records",
    "standing_rule",
    "stepping_rule",
    "suppress_cells",
]

__version__: str

@final
class ArrowStream:
    """Record batches that any reader of Arrow streams takes."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> CapsuleType: ...
    def __arrow_c_schema__(self) -> CapsuleType: ...
    def __len__(self) -> int: ...

@final
class ArrowBatch:
    """One record batch that any reader of Arrow arrays takes."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[CapsuleType, CapsuleType]: ...
    def __arrow_c_schema__(self) -> CapsuleType: ...
    def __len__(self) -> int: ...

@final
class CellReader:
    """Reads the records of a table from pieces of a file."""

    def __new__(
        cls,
        names: list[str],
        kinds: str,
        key: tuple[int, list[tuple[str, int]], int] | None,
        delimiter: int,
        line: int,
        rows: int,
    ) -> CellReader: ...
    def feed(self, data: bytes) -> None: ...
    def finish(self) -> CellTable: ...

@final
class CellTable:
    """A table that was read."""

    def parts(self) -> list[tuple[ArrowStream, ArrowStream, ArrowStream]]: ...
    @property
    def kinds(self) -> str: ...
    @property
    def odd(self) -> list[tuple[int, int, int, int, int, str]]: ...
    @property
    def extra(self) -> list[tuple[int, int, str]]: ...
    @property
    def last(self) -> tuple[int, int, int, bool, bool] | None: ...

def cell_codes() -> list[tuple[int, str | None, str]]:
    """Return every code of cells: its number, its text if it has one text, its meaning."""

def split_records(data: bytes, delimiter: int, limit: int, last: bool) -> list[tuple[int, int, int, list[str]]]:
    """Split records off the beginning of a file: line, end in bytes, next line, cells."""

def progress_band_rule(well_above: float, well_below: float, well_below_inclusive: bool) -> str:
    """Check the thresholds of progress bands; InputError unless well_below < 0 < well_above."""

def coding_rule(threshold: float, unit: str, at_threshold: str, direction: str | None, turn_sign: bool) -> str:
    """Check a coding rule."""

def stepping_rule(step: str, at_top: str, order: str) -> str:
    """Check a stepping rule."""

def rank_rule(direction: str, method: str, min_group: int) -> str:
    """Check the settings of a percentile rank."""

def gap_rule(method: str, confidence: float, min_group: int, fixed: bool) -> str:
    """Check the settings of a gap."""

def normal_rule(confidence: float) -> str:
    """Check the level of the interval of a normal estimate."""

def gap_index_rule(confidence: float, min_group: int) -> str:
    """Check the settings of a gap index."""

def band_scheme(
    name: str, percentiles: list[float] | None = None, labels: list[str] | None = None, at_cut: str = "higher"
) -> str:
    """Return a band scheme by name, or from percentiles and labels."""

def fit_percentile_bands(
    values: pl.Series,
    weights: pl.Series | None,
    keys: pl.Series | None,
    scheme: str,
    direction: str,
    source: str | None,
    by: list[str],
) -> str:
    """Draw percentile bands; values and weights are floats, keys texts."""

def nearest_rows(features: list[pl.Series], weights: list[float], k: int, least_shared: int) -> pl.DataFrame:
    """Return the k nearest other rows of every row."""

def read_percentile_bands(text: str) -> str:
    """Check the text of percentile bands and return it in its normal form."""

def fit_random_intercept(
    outcome: pl.Series,
    columns: list[pl.Series],
    terms: list[tuple[str, str, int, tuple[int, str, str] | None]],
    school: pl.Series,
    schools: list[str],
    method: str,
    confidence: float,
    min_group: int,
) -> str:
    """Fit a random-intercept model on floats without gaps and codes of schools; the model as JSON text."""

def fit_cumulative_logit(columns: list[pl.Series], codes: pl.Series, grades: int) -> str:
    """Fit a cumulative logit on floats without gaps and codes of grades (UInt32, from 0); the model as JSON text."""

def check_random_intercept(text: str) -> None:
    """Check the text of a random-intercept model."""

def random_intercept_coefficients(text: str) -> pl.DataFrame:
    """Return the coefficients of a model."""

def random_intercept_effects(text: str) -> pl.DataFrame:
    """Return the schools of a model."""

def predict_random_intercept(
    text: str,
    columns: list[pl.Series],
    terms: list[tuple[str, str, int, tuple[int, str, str] | None]],
    rows: int,
) -> pl.DataFrame:
    """Return predictions from the covariates, and the variance that comes from the coefficients."""

def normal_multiplier(confidence: float) -> float:
    """Return the standard errors on either side of an estimate; 1.96 for 0.95."""

def prior_basis(values: pl.Series, shape: str) -> list[pl.Series]:
    """Return the columns of a shape of prior attainment, given as JSON text."""

def fit_pupil_estimates(
    outcome: pl.Series,
    priors: list[pl.Series],
    starts: str,
    columns: list[pl.Series],
    contexts: str,
    school: pl.Series,
    schools: int,
    grades: list[str],
    method: str,
    min_school: int,
    min_group: int,
    shrink: bool,
) -> str:
    """Fit the model of an outcome on floats without gaps and codes; terms and the model are JSON texts."""

def pupil_estimate_terms(text: str) -> list[str]:
    """Check the text of a model of estimates and return the names of its terms."""

def pupil_estimate_rule(model: str, levels: list[int], confidence: float, wider: bool) -> str:
    """Check levels and confidence and return the rule of the expression as JSON text."""

def fit_shrinkage(
    score: pl.Series, n: pl.Series, keys: pl.Series | None, method: str, sd: float, min_group: int, confidence: float
) -> str:
    """Learn shrinkage from scores and numbers of pupils."""

def check_shrinkage(text: str) -> None:
    """Check the text of a shrinkage."""

def fit_school_benchmarks(
    score: pl.Series,
    n: pl.Series,
    keys: pl.Series | None,
    method: str,
    sd: float,
    min_school: int,
    min_group: int,
    shrink: bool,
) -> str:
    """Learn percentiles of schools from scores and numbers of pupils."""

def standing_rule(benchmarks: str, ranks: list[int]) -> str:
    """Check benchmarks and ranks and return them as the rule of an expression."""

def fit_intake_model(
    outcome: pl.Series,
    n: pl.Series,
    columns: list[tuple[str, pl.Series, list[str] | None]],
    percentage: bool,
    sd: float | None,
    method: str,
    min_group: int,
) -> str:
    """Fit a regression of schools on their intake; a column with levels holds the places of words."""

def intake_rule(model: str, levels: list[int], confidence: float) -> str:
    """Check a model, ranks and a confidence and return them as the rule of an expression."""

def intake_coefficients(model: str) -> pl.DataFrame:
    """Return the coefficients of a regression of schools on their intake."""

def projection_accuracy(
    projected: pl.Series,
    actual: pl.Series,
    n: pl.Series | None,
    group: pl.Series,
    groups: int,
    confidence: float,
    within: float | None,
    sd: float | None,
    min_group: int,
) -> pl.DataFrame:
    """Return the accuracy of the projections of groups, one row for each group."""

def predictions_match(
    projected: pl.Series,
    actual: pl.Series,
    n: pl.Series | None,
    group: pl.Series,
    groups: int,
    within: float,
    confidence: float,
    of: str,
    sd: float | None,
    min_group: int,
) -> pl.DataFrame:
    """Return whether the predictions of groups match their outcomes, one row for each group."""

def fit_funnel(
    score: pl.Series,
    n: pl.Series,
    target: float | None,
    sd: float | None,
    exact: bool,
    overdispersion: str,
    tails: str,
    share: float,
    levels: list[float],
    min_group: int,
) -> str:
    """Learn funnel limits; without ``sd`` the scores are percentages."""

def check_funnel(text: str) -> None:
    """Check the text of funnel limits."""

def attainment_rule(lowest: float, highest: float, no_entries: str, ebacc: int) -> str:
    """Check the settings of Attainment 8."""

def bundled_estimates(measure: str, year: int, version: str | None = None) -> str:
    """Return the text of a table of estimates that comes with the package."""

def read_estimates(text: str) -> str:
    """Check the text of a table of estimates and return it in its normal form."""

def claimed_measure(name: str) -> str | None:
    """Return the published measure that a name claims to be, if it claims one."""

def estimates_are_proxy(text: str) -> bool:
    """Return whether a table starts from anything but national results of the key stage before."""

def prior_grouping(name: str) -> tuple[float | None, list[float], bool]:
    """Return a named grouping: lowest prior attainment, upper ends, whether read in a primary source."""

def fit_estimates(table: str, prior: pl.Series, outcomes: list[pl.Series]) -> str:
    """Fill the averages of a table from pupils."""

def score_rule(table: str, outcomes: list[str]) -> str:
    """Check the settings of scores: a table and the outcomes that are measured."""

def group_scores(
    rule: str, keys: list[pl.Series], prior: pl.Series, points: list[pl.Series]
) -> tuple[pl.DataFrame, list[int], list[tuple[str, int]], list[tuple[int, float]], list[float | None]]:
    """Sum scores by group: sums, first row of each group, pupils left out, prior attainment outside, spreads."""

def suppress_cells(
    rows: list[tuple[int, int | None, int | None, int | None, bool, tuple[int, int, bool] | None]],
    minimum: int,
    protection: int,
    complementary: bool,
) -> tuple[list[str], list[int], list[tuple[int, int | None, int | None, int, int]]]:
    """Return the status of every cell, cells without protection, totals that are not the sum of their parts."""

def attack_cells(
    rows: list[tuple[int, int | None, int | None, int | None, bool, tuple[int, int, bool] | None]],
    small: list[bool],
    minimum: int,
) -> list[tuple[int, int | None]]:
    """Return the least and the greatest count that every cell can have."""

def indicators_json() -> str:
    """Return every indicator, a JSON array."""

def resolve_indicator_json(name: str) -> str:
    """Return what a column name stands for: indicator, comparator, years before."""

def reference_values_json() -> str:
    """Return every reference value, a JSON array."""

def reference_value_json(name: str, when: str, version: str | None = None, allow_unverified: bool = False) -> str:
    """Return one reference value, a JSON object."""

def batch_progress_band(
    data: object, score: str, lower: str, upper: str, rule: str, output: str
) -> ArrowStream | ArrowBatch:
    """Progress bands of record batches."""

def batch_percentile_band(data: object, value: str, bands: str, output: str) -> ArrowStream | ArrowBatch:
    """Percentile bands of record batches."""

def batch_code_against_national(
    data: object, value: str, national: str, rule: str, output: str
) -> ArrowStream | ArrowBatch:
    """Codes of record batches."""

def batch_next_benchmark(
    data: object, actual: str, fft50: str, fft20: str, fft5: str, rule: str, output: str
) -> ArrowStream | ArrowBatch:
    """Next benchmarks of record batches."""

def batch_assign(data: object, framework: Framework, phase: str) -> ArrowStream | ArrowBatch:
    """Categories of the schools of record batches."""

@final
class Framework:
    """A framework under chosen readings and thresholds."""

    @staticmethod
    def names() -> list[str]: ...
    @staticmethod
    def load(name: str) -> Framework: ...
    @staticmethod
    def from_toml(text: str, file_name: str) -> Framework: ...
    def with_reading(self, reading: str, option: str) -> Framework: ...
    def with_threshold(self, name: str, value: float) -> Framework: ...
    def assign(
        self, schools: pl.DataFrame, phase: str, invalid: str = "raise", out_of_force: str = "raise"
    ) -> Assignment: ...
    def without(self, clause: str) -> Framework: ...
    def with_clause(self, text: str, counts_for: tuple[str, str] | None = None) -> Framework: ...
    def dropped(self) -> list[str]: ...
    def added(self) -> list[tuple[str, str]]: ...
    def charge(self, units: float, phase: str) -> tuple[float, float, bool]: ...
    def combined(self) -> list[tuple[str, list[str]]]: ...
    def dataset(self, schools: pl.DataFrame, phase: str) -> pl.DataFrame: ...
    def reads(self, column: str) -> bool: ...
    def chosen(self) -> list[tuple[str, str]]: ...
    def hash(self) -> str: ...
    def changed_thresholds(self) -> list[tuple[str, float]]: ...
    def listing(self, name: str) -> pl.DataFrame: ...
    def boundary_cases(self) -> tuple[pl.DataFrame, pl.DataFrame]: ...
    @property
    def text(self) -> str: ...
    @property
    def file_name(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def authority(self) -> str: ...
    @property
    def document(self) -> str: ...
    @property
    def lines(self) -> int: ...
    @property
    def note(self) -> str | None: ...
    @property
    def years(self) -> tuple[int, int]: ...
    @property
    def phases(self) -> list[str]: ...
    @property
    def category_ids(self) -> list[str]: ...

@final
class Assignment:
    """Categories of the schools of a frame under one framework."""

    def frame(self) -> pl.DataFrame: ...
    def trace(self, rows: list[int] | None = None) -> pl.DataFrame: ...
    def deciding(self) -> pl.DataFrame: ...
    def support(self) -> pl.DataFrame: ...
    def explain(self, urn: int, year: int | None = None) -> str: ...
    def what_would_change(
        self,
        urn: int,
        year: int | None = None,
        limit: int = 5,
        pupils: float | None = None,
        pupils_by: dict[str, float] | None = None,
        fixed: list[str] | None = None,
    ) -> tuple[pl.DataFrame, list[str], str]: ...
    def row(self, urn: int, year: int | None = None) -> int: ...
    def absent(self) -> list[str]: ...
    @property
    def phase(self) -> str: ...
    @property
    def height(self) -> int: ...

def simulation_parameters_json(parameters: str) -> str:
    """Return the parameters of a simulation as JSON text, the caller's in their place."""

def simulate_pupils(
    schools: int, pupils: tuple[int, int], years: list[int], seed: int, parameters: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make invented pupils, and their schools with the true effects."""
