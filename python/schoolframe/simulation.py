"""Invented pupils in invented schools, whose true effects are known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_finite, require_mapping, require_text, require_whole
from schoolframe._notebooks import as_html
from schoolframe.exceptions import InputError

__all__ = ["SimulatedPupils", "simulate_pupils"]

_MOST = 2**31 - 1


@dataclass(frozen=True, eq=False, repr=False)
class SimulatedPupils:
    """Invented pupils and schools with the truth behind them, made by :func:`simulate_pupils`.

    Attributes:
        pupils: One row per pupil and year, school after school: ``urn`` (Int64), ``pupil`` (Int64, from 1), ``year``
            (Int32), ``ks2`` (Float64: scaled score in half points, 80 to 120, some missing), ``gender`` (String: ``F``
            or ``M``), ``month_of_birth`` (Int8: 1 for September to 12 for August), ``fsm`` (Boolean), ``attainment_8``
            (Float64: points), ``english``, ``maths``, ``science`` (Int8: grades 0 to 9).
        schools: One row per school and year: ``urn``, ``year``, ``pupils`` (UInt32), ``ks2`` and ``fsm`` (Float64: the
            mean and the chance that its pupils are drawn with), ``attainment_8_effect`` (Float64: points),
            ``english_effect``, ``maths_effect``, ``science_effect`` (Float64: logits): the true effects.
        parameters: What they are made of: ``parameter`` (String), ``grade`` (Int64, of a cut), ``value`` (Float64),
            ``unit``, ``meaning``, ``source`` (String: where a value was computed, or that it is invented).
        seed: What started the generator.

    Example:
        >>> import schoolframe as sf
        >>> sf.simulate_pupils(3, 40, seed=7)
        SimulatedPupils: 120 invented pupils in 3 invented schools, 2019 (seed 7)
    """

    pupils: pl.DataFrame
    schools: pl.DataFrame
    parameters: pl.DataFrame
    seed: int

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know."""
        return (
            "invented pupils in invented schools: no figure here says anything about a real pupil, school or year",
            "numbers of schools have nine digits, real ones six, so none can be taken for a real school",
        )

    def __repr__(self) -> str:
        """Return how many pupils and schools there are, and that they are invented."""
        years = self.schools["year"].unique().sort().to_list()
        said = ", ".join(map(str, years))
        schools = self.schools["urn"].n_unique()
        pupils, noun = self.pupils.height, "school" if schools == 1 else "schools"
        head = f"{pupils:,} invented {'pupil' if pupils == 1 else 'pupils'} in {schools:,} invented {noun}"
        return f"SimulatedPupils: {head}, {said} (seed {self.seed})"

    def _repr_html_(self) -> str:
        return as_html([repr(self), *self.notes], self.pupils.head(5), self.schools.head(5), self.parameters)


def simulate_pupils(
    schools: int = 200,
    pupils_per_school: int | tuple[int, int] = (5, 300),
    *,
    years: int | Sequence[int] = (2019,),
    seed: int,
    parameters: Mapping[str, float | Sequence[float]] | None = None,
) -> SimulatedPupils:
    """Make invented pupils in invented schools, to try methods where the truth is known.

    School ``j`` has an intake (mean at key stage 2, share of free meals) that stays, and in year ``t`` an effect ``u``
    on each outcome; ``u`` has the same spread in every year and the correlation ``persistence ** years`` between two.
    With ``x = ks2 - 105``:

    - ``attainment_8 = a8_at_105 + a8_slope x + a8_curve x^2 + a8_girl girl + a8_month month + a8_fsm fsm + u + e``,
      ``e`` normal with ``a8_sd``. They are not cut to the scale of 0 to 90, beyond which 3 pupils in 100 lie, for that
      would bend what is known of them; ``pl.col("attainment_8").clip(0, 90)`` does so.
    - Grades follow a cumulative logit: ``Pr(grade >= g) = logistic(slope x + girl + month + fsm + u - cut g)``.
    - The rests of one pupil's outcomes are correlated by way of normals (``pupil_correlation``), as are the effects of
      one school (``school_correlation``); a missing ``ks2`` is missing at random.

    Args:
        schools: Number of schools.
        pupils_per_school: Pupils a school has in every year, or the fewest and the most: then the logarithm of the size
            is spread evenly, so that 10 to 20 pupils are as likely as 100 to 200.
        years: Rising results years, such as ``(2018, 2019)``.
        seed: Whole number, 0 or above. The same seed gives the same pupils, whatever the number of threads; more
            schools leave the first ones as they are.
        parameters: Values in place of those of :attr:`SimulatedPupils.parameters`, by name: ``{"a8_fsm": 0.0}``; cuts
            are nine rising numbers.

    Returns:
        The pupils, the schools with their true effects, and the parameters. All of them are invented. The numbers of
        the schools have nine digits; real URNs have six.

    Raises:
        InputError: For numbers of schools or pupils under 1, more than 20 million pupils, years that do not rise, a
            seed that is no whole number of 0 or above, or a parameter outside its range.
        UnknownNameError: For a parameter that does not exist.

    Source: definition of this package. Prior attainment, spreads and grades are of the size of published figures, which
    :attr:`SimulatedPupils.parameters` names; the rest is invented.

    Example:
        >>> import schoolframe as sf
        >>> made = sf.simulate_pupils(2, 3, years=(2018, 2019), seed=1)
        >>> made.pupils.select("urn", "pupil", "year").head(4).rows()
        [(900000001, 1, 2018), (900000001, 2, 2018), (900000001, 3, 2018), (900000001, 4, 2019)]
        >>> made.schools.columns[5:]
        ['attainment_8_effect', 'english_effect', 'maths_effect', 'science_effect']
    """
    changed = {
        require_text(name, "parameters", "'a8_sd'"): _value(name, value)
        for name, value in require_mapping(parameters, "parameters", "{'a8_sd': 12.8}").items()
    }
    given = json.dumps(changed)
    listed = json.loads(_native.simulation_parameters_json(given))
    started = require_whole(seed, "seed", 0)
    rising = [require_whole(year, "years") for year in ([years] if isinstance(years, int) else _several(years))]
    if any(not 1900 <= year <= 2100 for year in rising):
        msg = f"years: years such as 2019 (for 2018/19) are needed, not {rising}"
        raise InputError(msg)
    number = _within(schools, "schools")
    pupils, made = _native.simulate_pupils(number, _sizes(pupils_per_school), rising, started, given)
    pupils = pupils.select(
        "urn",
        pl.int_range(1, pl.len() + 1).alias("pupil"),
        "year",
        pl.col("ks2").fill_nan(None),
        pl.when("girl").then(pl.lit("F")).otherwise(pl.lit("M")).alias("gender"),
        pl.exclude("urn", "year", "ks2", "girl"),
    )
    return SimulatedPupils(pupils, made, _table(listed), started)


def _value(name: str, value: object) -> float | list[float]:
    argument = f"parameters: '{name}'"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [require_finite(one, argument) for one in value]
    return require_finite(value, argument)


def _several(years: object) -> Sequence[object]:
    if isinstance(years, Sequence) and not isinstance(years, str):
        return years
    msg = f"years: a year or rising years are needed, such as (2018, 2019), not {years!r}"
    raise InputError(msg)


def _within(value: object, argument: str) -> int:
    """Return a whole number that the native library can take."""
    number = require_whole(value, argument, 0)
    if number > _MOST:
        msg = f"{argument}: at most {_MOST:,} can be made, not {number:,}"
        raise InputError(msg)
    return number


def _sizes(given: object) -> tuple[int, int]:
    ends = given if isinstance(given, Sequence) and not isinstance(given, str) else (given, given)
    if len(ends) != 2:
        msg = f"pupils_per_school: a whole number, or the fewest and the most, is needed, not {given!r}"
        raise InputError(msg)
    return _within(ends[0], "pupils_per_school"), _within(ends[1], "pupils_per_school")


def _table(listed: list[dict[str, object]]) -> pl.DataFrame:
    rows = []
    for one in listed:
        values = one["value"] if isinstance(one["value"], list) else [one["value"]]
        grades = range(1, len(values) + 1) if len(values) > 1 else [None]
        said = (one["unit"], one["meaning"], one["source"])
        rows += [(one["name"], grade, value, *said) for grade, value in zip(grades, values, strict=True)]
    schema = {"parameter": pl.String, "grade": pl.Int64, "value": pl.Float64}
    return pl.DataFrame(rows, {**schema, **dict.fromkeys(("unit", "meaning", "source"), pl.String)}, orient="row")
