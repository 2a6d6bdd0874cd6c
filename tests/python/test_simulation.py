"""Invented pupils: their shape, their seed, and models that find the truth they were made of."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import polars as pl
import pytest

import schoolframe as sf
from schoolframe.exceptions import InputError, UnknownNameError

OF_THREADS = """
import hashlib, schoolframe as sf
made = sf.simulate_pupils(50, years=(2018, 2019), seed=3)
print(hashlib.sha256(made.pupils.write_ndjson().encode() + made.schools.write_ndjson().encode()).hexdigest())
"""


def test_shape() -> None:
    made = sf.simulate_pupils(60, years=(2018, 2019), seed=5)
    pupils, schools = made.pupils, made.schools
    assert dict(pupils.schema) == {
        "urn": pl.Int64,
        "pupil": pl.Int64,
        "year": pl.Int32,
        "ks2": pl.Float64,
        "gender": pl.String,
        "month_of_birth": pl.Int8,
        "fsm": pl.Boolean,
        "attainment_8": pl.Float64,
        "english": pl.Int8,
        "maths": pl.Int8,
        "science": pl.Int8,
    }
    assert schools.select("urn", "year").is_unique().all()
    assert schools["urn"].min() == 900_000_001
    counted = pupils.group_by("urn", "year", maintain_order=True).len()["len"]
    assert counted.to_list() == schools["pupils"].to_list()
    assert pupils["pupil"].is_unique().all()
    assert set(pupils["gender"]) == {"F", "M"}
    assert not pupils["ks2"].is_nan().any()
    # What stays from year to year: size and intake.
    assert (schools.group_by("urn").agg(pl.col("pupils", "ks2", "fsm").n_unique()).drop("urn") == 1).to_series(0).all()
    assert "invented" in repr(made)
    assert any("invented" in note for note in made.notes)
    assert "invented" in made._repr_html_()
    cuts = made.parameters.filter(parameter="maths_cuts")
    assert cuts["grade"].to_list() == list(range(1, 10))
    assert cuts["value"].is_sorted()
    assert made.parameters["source"].str.len_chars().min() > 5  # type: ignore[operator]


def test_the_same_for_any_number_of_threads() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", OF_THREADS],
            env={**os.environ, "POLARS_MAX_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "4")
    }
    assert len(found) == 1


def truth(made: sf.SimulatedPupils, name: str) -> float:
    return float(made.parameters.filter(parameter=name)["value"].item())


def distances(seed: int, assumed: dict[str, float] | None = None) -> dict[str, float]:
    """How many standard errors a fitted model is from what the pupils were made of (or from other values)."""
    made = sf.simulate_pupils(150, (20, 120), seed=seed, parameters={"ks2_missing": 0.0})
    x = pl.col("ks2") - 105
    pupils = made.pupils.with_columns(x=x, bend=x**2, girl=pl.col("gender") == "F")
    model = sf.RandomInterceptModel.fit(pupils, "attainment_8", ["x", "bend", "girl", "month_of_birth", "fsm"])
    names = ["a8_at_105", "a8_slope", "a8_curve", "a8_girl", "a8_month", "a8_fsm"]
    order = ["intercept", "x", "bend", "girl", "month_of_birth", "fsm"]
    found = model.coefficients.with_columns(pl.coalesce("column", "term").alias("of"))
    rows = dict(zip(found["of"], found.select("estimate", "se").rows(), strict=True))
    known = {name: truth(made, name) for name in names} | (assumed or {})
    z = {name: (rows[of][0] - known[name]) / rows[of][1] for name, of in zip(names, order, strict=True)}
    variances = model.variances.row(0, named=True)
    n, schools = variances["pupils"], variances["schools"]
    # The variance of a normal sample's variance is 2 sigma^4 / (n - 1); of schools the error of means comes on top.
    within, between = truth(made, "a8_sd") ** 2, truth(made, "a8_school_sd") ** 2
    z["a8_sd"] = (variances["within"] - within) / (within * math.sqrt(2 / (n - schools)))
    means = float((between + within / made.schools["pupils"]).to_numpy().mean())
    z["a8_school_sd"] = (variances["between"] - between) / (means * math.sqrt(2 / (schools - 1)))
    return z


SEEDS = range(1, 9)
# Eight squared distances of one parameter add up to chi-squared with 8 degrees: over 26.1 once in a thousand.
BOUND = 26.1


def test_a_model_finds_what_the_pupils_were_made_of() -> None:
    every = [distances(seed) for seed in SEEDS]
    for name in every[0]:
        assert sum(one[name] ** 2 for one in every) < BOUND, (name, [round(one[name], 1) for one in every])


@pytest.mark.parametrize(("name", "wrong"), [("a8_girl", 2.0), ("a8_fsm", -3.0), ("a8_slope", 2.19), ("a8_month", 0.0)])
def test_a_wrong_truth_would_be_noticed(name: str, wrong: float) -> None:
    assert sum(distances(seed, {name: wrong})[name] ** 2 for seed in SEEDS) > BOUND


def test_effects_of_schools_are_those_the_frame_states() -> None:
    made = sf.simulate_pupils(200, (60, 200), seed=9, parameters={"ks2_missing": 0.0})
    x = pl.col("ks2") - 105
    pupils = made.pupils.with_columns(x=x, bend=x**2)
    effects = sf.RandomInterceptModel.fit(pupils, "attainment_8", ["x", "bend", "gender", "fsm"]).effects
    both = effects.join(made.schools, on="urn").with_columns(
        z=(pl.col("attainment_8_effect") - pl.col("effect")) / pl.col("se")
    )
    # The mean of all effects is part of the intercept, so only the spread around it is compared.
    assert 0.85 < float(both["z"].std()) < 1.15  # type: ignore[arg-type]


def test_grades_follow_their_chances() -> None:
    """Pupils of one kind in one school: shares of each grade or better against the logistic, by normal distance."""
    alike = {
        "ks2_sd": 0.0,
        "ks2_school_sd": 0.0,
        "ks2_fsm": 0.0,
        "grade_school_sd": 0.0,
        "grade_month": 0.0,
        "ks2_mean": 105.0,
    }
    made = sf.simulate_pupils(10, 2000, seed=12, parameters=alike)
    for subject in ("english", "maths", "science"):
        cuts = made.parameters.filter(parameter=f"{subject}_cuts")["value"]
        girl = truth(made, f"{subject}_girl")
        for fsm in (True, False):
            kind = made.pupils.filter(pl.col("fsm") == fsm, pl.col("gender") == "F")
            for grade, cut in enumerate(cuts, 1):
                chance = 1 / (1 + math.exp(-(girl + fsm * truth(made, "grade_fsm") - cut)))
                share = float((kind[subject] >= grade).to_numpy().mean())
                assert abs(share - chance) < 4 * math.sqrt(chance * (1 - chance) / kind.height), (subject, grade)
    correlated = made.pupils.filter(fsm=False, gender="M").select(pl.corr("english", "maths")).item()
    assert 0.40 < correlated < 0.52  # 0.5 between the normals, a little less between grades
    apart = sf.simulate_pupils(10, 2000, seed=12, parameters={**alike, "pupil_correlation": 0.0}).pupils
    assert abs(apart.filter(fsm=False, gender="M").select(pl.corr("english", "maths")).item()) < 0.05


def test_what_is_wrong_is_named() -> None:
    make = sf.simulate_pupils
    with pytest.raises(InputError, match="seed: a whole number from 0"):
        make(seed=-1)
    with pytest.raises(InputError, match="seed: a whole number is needed, not 1.5"):
        make(seed=1.5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="schools: at least one"):
        make(0, seed=1)
    with pytest.raises(InputError, match="pupils_per_school: .* not 0 to 10"):
        make(1, (0, 10), seed=1)
    with pytest.raises(InputError, match="pupils_per_school: a whole number, or the fewest and the most"):
        make(1, (5, 10, 20), seed=1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at most 20000000 can be made"):
        make(1_000_000, 30, seed=1)
    with pytest.raises(InputError, match="at most 2,147,483,647 can be made"):
        make(2**40, seed=1)
    with pytest.raises(InputError, match="rising years"):
        make(years=(2019, 2018), seed=1)
    with pytest.raises(InputError, match="years such as 2019"):
        make(years=19, seed=1)
    with pytest.raises(InputError, match="years: a year or rising years"):
        make(years="2019", seed=1)  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="'a8_tau' does not exist"):
        make(seed=1, parameters={"a8_tau": 1})
    with pytest.raises(InputError, match="'girls' must lie within 0 to 1, not at 2"):
        make(seed=1, parameters={"girls": 2})
    with pytest.raises(InputError, match="parameters: 'girls': a number is needed, not 'half'"):
        make(seed=1, parameters={"girls": "half"})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="parameters: 'maths_cuts' takes 9 numbers, not 1"):
        make(seed=1, parameters={"maths_cuts": 1.0})
    with pytest.raises(InputError, match="'girls': a finite number is needed, not nan"):
        make(seed=1, parameters={"girls": float("nan")})
    with pytest.raises(InputError, match="parameters: a mapping"):
        make(seed=1, parameters=[1])  # type: ignore[arg-type]
