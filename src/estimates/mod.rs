//! FFT-style indicative estimates (not FFT data): what similar pupils and schools go on to do.

mod likelihood;
mod ordinal;
mod stepping;

pub use ordinal::CumulativeLogit;
pub use stepping::{AtTop, NextBenchmark, ORDER_RULE, Order, State, Step, SteppingRule, next_benchmark};
