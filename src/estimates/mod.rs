//! FFT-style indicative estimates (not FFT data): what similar pupils and schools go on to do.

mod likelihood;
mod ordinal;
mod outlook;
mod pupil;
mod pupil_estimate;
mod pupil_fit;
mod pupil_terms;
#[cfg(test)]
mod pupil_tests;
mod stepping;

pub use ordinal::CumulativeLogit;
pub use pupil::{Benchmark, GradePart, PupilModel, RANKS, SpreadPoint};
pub use pupil_estimate::{EstimateRule, FigureKind, Figures};
pub use pupil_fit::{EstimatePupils, EstimateSettings, LEAST_SCHOOLS};
pub use pupil_terms::{ContextTerm, ContextValues, NO_CODE, Start, StartShape, StartTerm};
pub use stepping::{AtTop, NextBenchmark, ORDER_RULE, Order, State, Step, SteppingRule, next_benchmark};
