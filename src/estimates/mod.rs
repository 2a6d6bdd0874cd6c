//! FFT-style indicative estimates (not FFT data): what similar pupils and schools go on to do.

mod benchmarks;
mod intake;
mod intake_columns;
mod intake_fit;
mod likelihood;
mod ordinal;
mod outlook;
mod projections;
mod pupil;
mod pupil_estimate;
mod pupil_fit;
mod pupil_terms;
#[cfg(test)]
mod pupil_tests;
mod school_columns;
mod simulate;
mod stepping;

pub use benchmarks::{RankedScores, SchoolBenchmarks, Standing, check_ranks};
pub use intake::{IntakeCoefficient, IntakeModel, Interval, SchoolEstimate};
pub use intake_columns::{IntakeColumn, IntakeValues, OutcomeUnit};
pub use ordinal::CumulativeLogit;
pub use projections::{
    Accuracy, AccuracyRule, MatchOf, MatchRule, PredictionMatch, Projection, predictions_match, projection_accuracy,
};
pub use pupil::{Benchmark, GradePart, PupilModel, RANKS, SpreadPoint};
pub use pupil_estimate::{EstimateRule, FigureKind, Figures};
pub use pupil_fit::{EstimatePupils, EstimateSettings, LEAST_SCHOOLS};
pub use pupil_terms::{ContextTerm, ContextValues, NO_CODE, Start, StartShape, StartTerm};
pub use school_columns::{IntakeRule, StandingRule};
pub use simulate::{
    Given, InventedPupils, InventedSchools, OUTCOMES, SimulationParameter, SimulationSize, SimulationValues, simulate,
    simulation_parameters,
};
pub use stepping::{AtTop, NextBenchmark, ORDER_RULE, Order, State, Step, SteppingRule, next_benchmark};
