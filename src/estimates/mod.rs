//! FFT-style indicative estimates (not FFT data): what similar pupils and schools go on to do.

mod benchmarks;
mod intake;
mod intake_columns;
mod intake_fit;
mod projections;
mod school_columns;
mod simulate;
mod stepping;

pub use benchmarks::{RankedScores, SchoolBenchmarks, Standing, check_ranks};
pub use intake::{IntakeCoefficient, IntakeModel, Interval, SchoolEstimate};
pub use intake_columns::{IntakeColumn, IntakeValues, OutcomeUnit};
pub use projections::{
    Accuracy, AccuracyRule, MatchOf, MatchRule, PredictionMatch, Projection, predictions_match, projection_accuracy,
};
pub use school_columns::{IntakeRule, StandingRule};
pub use simulate::{
    Given, InventedPupils, InventedSchools, OUTCOMES, SimulationParameter, SimulationSize, SimulationValues, simulate,
    simulation_parameters,
};
pub use stepping::{AtTop, NextBenchmark, ORDER_RULE, Order, State, Step, SteppingRule, next_benchmark};
