//! Invented pupils in invented schools, whose true effects are known.

mod parameters;
#[cfg(test)]
mod tests;

use rand::{Rng, RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;
use statrs::function::erf::erfc;

pub use parameters::{Given, SimulationParameter, SimulationValues, simulation_parameters};

use crate::error::{Error, Result};

/// Numbers of invented schools have nine digits, so that none can be a real one, which has six.
pub const FIRST_URN: i64 = 900_000_001;

/// How many pupils can be asked for: enough for thirty years of England.
pub const MOST_PUPILS: usize = 20_000_000;

/// The outcomes that schools have effects on, in the order of [`InventedSchools::effects`].
pub const OUTCOMES: [&str; 4] = ["attainment_8", "english", "maths", "science"];

/// Scaled score that slopes are counted from.
const CENTRE: f64 = 105.0;
const KS2_RANGE: (f64, f64) = (80.0, 120.0);

/// How many schools, how large, in which years, and what starts the generator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationSize {
    /// Number of schools.
    pub schools: usize,
    /// Fewest and most pupils a school has in a year; every doubling is as likely as any other.
    pub pupils: (u32, u32),
    /// Rising years.
    pub years: Vec<i32>,
    /// The same seed gives the same pupils.
    pub seed: u64,
}

/// Pupils by column, school after school and year after year.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InventedPupils {
    /// Number of the school.
    pub urn: Vec<i64>,
    /// Results year.
    pub year: Vec<i32>,
    /// Scaled score at key stage 2 in half points; NaN where it is missing.
    pub ks2: Vec<f64>,
    /// Whether the pupil is a girl.
    pub girl: Vec<bool>,
    /// Month of birth, 1 for September to 12 for August.
    pub month: Vec<i8>,
    /// Whether the pupil has free meals.
    pub fsm: Vec<bool>,
    /// Points of Attainment 8; not cut to its scale of 0 to 90, which would bend what is known of them.
    pub attainment_8: Vec<f64>,
    /// Grades 0 to 9 in English, maths and science.
    pub grades: [Vec<i8>; 3],
}

/// Schools by column, one row for each school and year.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InventedSchools {
    /// Number of the school.
    pub urn: Vec<i64>,
    /// Results year.
    pub year: Vec<i32>,
    /// Number of pupils.
    pub pupils: Vec<u32>,
    /// Mean at key stage 2 that its pupils without free meals are drawn around.
    pub ks2: Vec<f64>,
    /// Chance of free meals that its pupils are drawn with.
    pub fsm: Vec<f64>,
    /// True effect on each outcome, in [`OUTCOMES`] order: points, then logits.
    pub effects: [Vec<f64>; 4],
}

/// Makes the pupils and schools that follow from size, values and seed.
///
/// A school's draws depend on the seed and its place alone, so more schools leave the first ones as they are.
///
/// ```
/// use std::collections::BTreeMap;
/// use schoolframe::estimates::{SimulationSize, simulate, simulation_parameters};
/// let (_, values) = simulation_parameters(&BTreeMap::new())?;
/// let size = SimulationSize { schools: 3, pupils: (5, 300), years: vec![2018, 2019], seed: 7 };
/// let (pupils, schools) = simulate(&size, &values)?;
/// assert_eq!(schools.urn.len(), 6);
/// assert_eq!(pupils.urn.len(), schools.pupils.iter().map(|n| *n as usize).sum::<usize>());
/// # Ok::<(), schoolframe::error::Error>(())
/// ```
///
/// # Errors
/// [`Error::Input`] for no school, no year or years that do not rise, a size of school that is 0 or does not rise, and
/// more than [`MOST_PUPILS`] pupils.
pub fn simulate(size: &SimulationSize, values: &SimulationValues) -> Result<(InventedPupils, InventedSchools)> {
    check(size)?;
    let mut seeds = Pcg64::seed_from_u64(size.seed);
    let (mut pupils, mut schools) = (InventedPupils::default(), InventedSchools::default());
    for urn in (FIRST_URN..).take(size.schools) {
        let mut random = Pcg64::seed_from_u64(seeds.next_u64());
        let intake = Intake::draw(size.pupils, values, &mut random);
        let mut effects = Effects::draw(&mut random);
        for (at, year) in size.years.iter().enumerate() {
            if let Some(before) = at.checked_sub(1).and_then(|before| size.years.get(before)) {
                effects.pass(values.persistence.powi(year - before), &mut random);
            }
            let effects = effects.scaled(values);
            schools.push(urn, *year, &intake, &effects);
            for _ in 0..intake.pupils {
                pupils.push(urn, *year, &intake, &effects, values, &mut random);
            }
        }
    }
    Ok((pupils, schools))
}

fn check(size: &SimulationSize) -> Result<()> {
    let (low, high) = size.pupils;
    if low == 0 || low > high {
        let rule = "pupils_per_school: a number above 0, or the fewest and the most, is needed";
        return Err(Error::Input(format!("{rule}, not {low} to {high}")));
    }
    if size.schools == 0 {
        return Err(Error::Input("schools: at least one is needed".into()));
    }
    let years = &size.years;
    if years.is_empty() || years.windows(2).any(|pair| matches!(pair, [before, after] if before >= after)) {
        return Err(Error::Input(format!("years: rising years are needed, such as 2018, 2019, not {years:?}")));
    }
    let most = size.schools.saturating_mul(high as usize).saturating_mul(years.len());
    if most > MOST_PUPILS {
        let rule = "schools, pupils_per_school and years: they may come to";
        return Err(Error::Input(format!("{rule} {most} pupils; at most {MOST_PUPILS} can be made at once")));
    }
    Ok(())
}

/// Who comes to a school; the same in every year.
struct Intake {
    pupils: u32,
    ks2: f64,
    fsm: f64,
}

impl Intake {
    fn draw(pupils: (u32, u32), values: &SimulationValues, random: &mut Pcg64) -> Self {
        let (low, high) = (f64::from(pupils.0).ln(), (f64::from(pupils.1) + 1.0).ln());
        let size = (low + (high - low) * random.random::<f64>()).exp();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between the two ends")]
        let size = size as u32;
        let prior = normal(random);
        let needs = mixed(values.intake_correlation, prior, normal(random));
        let logit = (values.fsm / (1.0 - values.fsm)).ln() + values.fsm_school_sd * needs;
        Self {
            pupils: size.clamp(pupils.0, pupils.1),
            ks2: values.ks2_mean + values.ks2_school_sd * prior,
            fsm: logistic(logit),
        }
    }
}

/// What a school adds, in standard deviations: a common part, and one for each outcome.
struct Effects {
    common: f64,
    own: [f64; 4],
}

impl Effects {
    fn draw(random: &mut Pcg64) -> Self {
        Self { common: normal(random), own: std::array::from_fn(|_| normal(random)) }
    }

    /// Goes on to a year with which the effects have this correlation.
    fn pass(&mut self, correlation: f64, random: &mut Pcg64) {
        self.common = mixed(correlation, self.common, normal(random));
        self.own = self.own.map(|own| mixed(correlation, own, normal(random)));
    }

    fn scaled(&self, values: &SimulationValues) -> [f64; 4] {
        let sd = [values.a8_school_sd, values.grade_school_sd, values.grade_school_sd, values.grade_school_sd];
        let both = self.own.map(|own| mixed(values.school_correlation.sqrt(), self.common, own));
        std::array::from_fn(|at| both.get(at).zip(sd.get(at)).map_or(0.0, |(both, sd)| both * sd))
    }
}

impl InventedSchools {
    fn push(&mut self, urn: i64, year: i32, intake: &Intake, effects: &[f64; 4]) {
        self.urn.push(urn);
        self.year.push(year);
        self.pupils.push(intake.pupils);
        self.ks2.push(intake.ks2);
        self.fsm.push(intake.fsm);
        self.effects.iter_mut().zip(effects).for_each(|(column, effect)| column.push(*effect));
    }
}

impl InventedPupils {
    fn push(
        &mut self,
        urn: i64,
        year: i32,
        intake: &Intake,
        effects: &[f64; 4],
        values: &SimulationValues,
        random: &mut Pcg64,
    ) {
        let girl = random.random::<f64>() < values.girls;
        let month: i8 = random.random_range(1..=12);
        let fsm = random.random::<f64>() < intake.fsm;
        let [girl_as, fsm_as] = [girl, fsm].map(|is| f64::from(u8::from(is)));
        let score = intake.ks2 + values.ks2_fsm * fsm_as + values.ks2_sd * normal(random);
        let score = ((score * 2.0).round() / 2.0).clamp(KS2_RANGE.0, KS2_RANGE.1);
        let missing = random.random::<f64>() < values.ks2_missing;
        let (x, month_as) = (score - CENTRE, f64::from(month));
        let share = values.pupil_correlation.sqrt();
        let common = normal(random);
        let [a8_effect, subject_effects @ ..] = effects;
        let a8 = values.a8_at_105
            + (values.a8_slope + values.a8_curve * x) * x
            + values.a8_girl * girl_as
            + values.a8_month * month_as
            + values.a8_fsm * fsm_as
            + a8_effect
            + values.a8_sd * mixed(share, common, normal(random));
        let subjects = [
            (values.english_slope, values.english_girl, &values.english_cuts),
            (values.maths_slope, values.maths_girl, &values.maths_cuts),
            (values.science_slope, values.science_girl, &values.science_cuts),
        ];
        let alike = values.grade_month * month_as + values.grade_fsm * fsm_as;
        let columns = self.grades.iter_mut().zip(subjects).zip(subject_effects);
        for ((column, (slope, girls, cuts)), effect) in columns {
            let fixed = slope * x + girls * girl_as + alike + effect;
            let latent = fixed + logistic_noise(mixed(share, common, normal(random)));
            column.push(cuts.iter().fold(0, |grade, cut| grade + i8::from(latent > *cut)));
        }
        self.urn.push(urn);
        self.year.push(year);
        self.ks2.push(if missing { f64::NAN } else { score });
        self.girl.push(girl);
        self.month.push(month);
        self.fsm.push(fsm);
        self.attainment_8.push(a8);
    }
}

fn normal(random: &mut Pcg64) -> f64 {
    random.sample(StandardNormal)
}

/// A standard normal that has this correlation with `with`, of which `rest` is independent.
fn mixed(correlation: f64, with: f64, rest: f64) -> f64 {
    correlation * with + (1.0 - correlation * correlation).max(0.0).sqrt() * rest
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

/// The value of the logistic distribution at the place that a standard normal has in its own: subjects are correlated
/// by way of their normals, and each alone is exactly logistic.
fn logistic_noise(normal: f64) -> f64 {
    let upper = erfc(normal / std::f64::consts::SQRT_2);
    let lower = erfc(-normal / std::f64::consts::SQRT_2);
    (lower / upper).ln()
}
