//! The native module of the Python package: thin functions over the core. Errors of the crate become the exceptions of
//! `schoolframe.exceptions`.

mod arrow;
mod bands;
mod cells;
mod disclosure;
mod effects;
mod estimates;
mod frameworks;
mod ordinal;
mod progress;
mod reference;
mod rules;
mod school_estimates;
mod simulate;

use pyo3::prelude::*;

use crate::error::Error;

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        let class = match error {
            Error::Input(_) => "InputError",
            Error::Unknown { .. } => "UnknownNameError",
            Error::File { .. } => "FrameworkError",
        };
        let message = error.to_string();
        Python::attach(|py| {
            let raised = py
                .import("schoolframe.exceptions")
                .and_then(|module| module.getattr(class))
                .and_then(|class| class.call1((message,)));
            match raised {
                Ok(exception) => Self::from_value(exception),
                Err(error) => error,
            }
        })
    }
}

#[pymodule]
#[expect(non_upper_case_globals, reason = "the name is Python's")]
mod _native {
    #[pymodule_export]
    use super::arrow::{
        ArrowBatch, ArrowStream, batch_assign, batch_code_against_national, batch_next_benchmark,
        batch_percentile_band, batch_progress_band,
    };
    #[pymodule_export]
    use super::bands::{band_scheme, fit_percentile_bands, nearest_rows, read_percentile_bands};
    #[pymodule_export]
    use super::cells::{CellReader, CellTable, cell_codes, split_records};
    #[pymodule_export]
    use super::disclosure::{attack_cells, suppress_cells};
    #[pymodule_export]
    use super::effects::{
        check_funnel, check_random_intercept, check_shrinkage, fit_funnel, fit_random_intercept, fit_shrinkage,
        normal_multiplier, predict_random_intercept, prior_basis, random_intercept_coefficients,
        random_intercept_effects,
    };
    #[pymodule_export]
    use super::estimates::{fit_pupil_estimates, pupil_estimate_rule, pupil_estimate_terms};
    #[pymodule_export]
    use super::frameworks::{PyAssignment, PyFramework};
    #[pymodule_export]
    use super::ordinal::fit_cumulative_logit;
    #[pymodule_export]
    use super::progress::{
        attainment_rule, bundled_estimates, claimed_measure, estimates_are_proxy, fit_estimates, group_scores,
        prior_grouping, read_estimates, score_rule,
    };
    #[pymodule_export]
    use super::reference::{indicators_json, reference_value_json, reference_values_json, resolve_indicator_json};
    #[pymodule_export]
    use super::rules::{
        coding_rule, gap_index_rule, gap_rule, normal_rule, progress_band_rule, rank_rule, stepping_rule,
    };
    #[pymodule_export]
    use super::school_estimates::{
        fit_intake_model, fit_school_benchmarks, intake_coefficients, intake_rule, predictions_match,
        projection_accuracy, standing_rule,
    };
    #[pymodule_export]
    use super::simulate::{simulate_pupils, simulation_parameters_json};

    /// Version of the package, from Cargo.toml.
    #[pymodule_export]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
