//! FFT-style indicative estimates (not FFT data): what similar pupils and schools go on to do.

mod simulate;
mod stepping;

pub use simulate::{
    Given, InventedPupils, InventedSchools, OUTCOMES, SimulationParameter, SimulationSize, SimulationValues, simulate,
    simulation_parameters,
};
pub use stepping::{AtTop, NextBenchmark, ORDER_RULE, Order, State, Step, SteppingRule, next_benchmark};
