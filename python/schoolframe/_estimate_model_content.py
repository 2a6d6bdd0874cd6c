"""What a model of estimates holds: its rules, what it has learned as frames, and what it says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from schoolframe import _native
from schoolframe._arguments import (
    require_confidence,
    require_flag,
    require_text,
    require_whole,
    require_word,
    unknown_name,
)
from schoolframe._artefact import Artefact, provenance
from schoolframe._estimate_levels import require_levels
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EstimateModelContent"]

# From as many schools on 80 % intervals hold 79 % in simulations; from 11 it is 76 %.
_MANY_SCHOOLS = 30


class EstimateModelContent(Artefact):
    """The text of a model of estimates, and what is read off it."""

    _kind: ClassVar[str] = "estimate_model"

    @classmethod
    def _validate(cls, content: dict[str, Any]) -> None:
        require_word(content["estimate_type"], "estimate_type", ("A", "B", "D"))
        require_word(content["method"], "method", ("reml", "ml", "moments"))
        require_flag(content["shrink"], "shrink")
        require_text(content["school"], "school", "'urn'")
        for name in ("valid_for", "min_school", "min_group"):
            require_whole(content[name], name, 0)
        provenance(content["source"], content["year"])
        found = [model["outcome"] for model in content["models"]]
        if not found or len(set(found)) != len(found):
            msg = f"text: each outcome must stand once, not {found}"
            raise InputError(msg)
        for model in content["models"]:
            _native.pupil_estimate_terms(json.dumps(model))
            if model["starts"][0]["column"] != content["models"][0]["starts"][0]["column"]:
                msg = "text: all outcomes must start from the same prior attainment"
                raise InputError(msg)
        cls._made({name: content[name] for name in ("rows", "source", "year")}).rows  # noqa: B018

    @property
    def outcomes(self) -> pl.DataFrame:
        """What was learned of each outcome, one row each.

        ``outcome``, ``kind`` (String: ``points`` or ``grades``), ``pupils``, ``schools``, ``ranked`` (Int64; schools
        that the ranks rest on), ``mean``, ``sd`` (of all pupils), ``between``, ``within`` (variances), ``icc`` (share
        between schools), ``delta_50``, ``delta_20``, ``delta_5`` (progress at the ranks, in the unit of the outcome)
        and ``logits`` (Float64; of grades: logits for one grade of progress).
        """
        rows = [
            {
                "outcome": model["outcome"],
                "kind": "points" if model["grades"] is None else "grades",
                **{name: model[name] for name in ("pupils", "schools", "ranked", "mean", "sd", "between", "within")},
                "icc": model["between"] / (model["between"] + model["within"]),
                **{f"delta_{rank}": model["benchmarks"][rank - 1]["progress"] for rank in (50, 20, 5)},
                "logits": None if model["grades"] is None else model["grades"]["weight"],
            }
            for model in self._content["models"]
        ]
        figures = ("mean", "sd", "between", "within", "icc", "delta_50", "delta_20", "delta_5", "logits")
        schema = {
            **dict.fromkeys(("outcome", "kind"), pl.String),
            **dict.fromkeys(("pupils", "schools", "ranked"), pl.Int64),
            **dict.fromkeys(figures, pl.Float64),
        }
        return pl.DataFrame(rows, schema=schema)

    @property
    def coefficients(self) -> pl.DataFrame:
        """Coefficients: ``outcome``, ``term`` (String), ``estimate``, ``se`` and ``logits`` (Float64).

        ``estimate`` is in the unit of the outcome, of grades in grades; ``logits`` is that of the ordered model.
        """
        rows = [
            (model["outcome"], term, estimate, row[-1] ** 0.5, logits)
            for model in self._content["models"]
            for term, estimate, row, logits in zip(
                _native.pupil_estimate_terms(json.dumps(model)),
                model["coefficients"],
                model["covariance"],
                _logits(model),
                strict=True,
            )
        ]
        schema = {"outcome": pl.String, "term": pl.String, **dict.fromkeys(("estimate", "se", "logits"), pl.Float64)}
        return pl.DataFrame(rows, schema=schema, orient="row")

    @property
    def benchmarks(self) -> pl.DataFrame:
        """Progress of schools at each rank: ``outcome``, ``rank`` (1 to 99, 1 is best), ``progress`` and ``se``.

        ``se`` is half the distance between the quantiles one standard error of a share, ``sqrt(p (1 - p) / schools)``,
        to either side (Woodruff 1952); next to the ends it is too small, for there is no school beyond them.
        """
        rows = [
            (model["outcome"], at + 1, one["progress"], one["se"])
            for model in self._content["models"]
            for at, one in enumerate(model["benchmarks"])
        ]
        schema = {"outcome": pl.String, "rank": pl.Int64, "progress": pl.Float64, "se": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row")

    @property
    def spread(self) -> pl.DataFrame:
        """Spread within schools along the first prior attainment: ``outcome``, ``prior``, ``sd`` and ``pupils``.

        One row for each tenth of the pupils, at their mean prior attainment; tenths of fewer than 30 pupils are joined.
        """
        rows = [
            (model["outcome"], point["prior"], point["sd"], point["pupils"])
            for model in self._content["models"]
            for point in model["spread"]
        ]
        schema = {"outcome": pl.String, "prior": pl.Float64, "sd": pl.Float64, "pupils": pl.Int64}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _model(self, outcome: str | None) -> dict[str, Any]:
        models = {model["outcome"]: model for model in self._content["models"]}
        if outcome is None and len(models) > 1:
            msg = f"outcome: name one of {', '.join(models)}"
            raise InputError(msg)
        name = next(iter(models)) if outcome is None else require_text(outcome, "outcome", "'a8'")
        if name not in models:
            raise unknown_name("outcome", name, models)
        found: dict[str, Any] = models[name]
        return found

    def _rule(self, model: Mapping[str, Any], levels: object, confidence: object, missing_prior: object) -> str:
        wider = require_word(missing_prior, "missing_prior", ("none", "wider")) == "wider"
        return _native.pupil_estimate_rule(
            json.dumps(model), self._levels(levels), require_confidence(confidence), wider
        )

    def _levels(self, levels: object) -> list[int]:
        default = (25,) if self._content["estimate_type"] == "D" else (50, 20, 5)
        return require_levels(default if levels is None else levels)

    def _figures(self, levels: object, *, graded: bool) -> list[str]:
        stems = [f"fft{level}" for level in self._levels(levels)]
        ends = ("", "_low", "_high", "_headline", "_chances") if graded else ("", "_low", "_high")
        ranked = [f"{stem}{end}" for stem in stems for end in ends]
        return ["expected", "expected_low", "expected_high", *ranked, "status"]

    def _notes(self, confidence: float) -> tuple[str, ...]:
        content = self._content
        most = max(model["pupils"] for model in content["models"])
        head = "FFT-style indicative estimate (not FFT data), not a target"
        notes = [
            f"{head}: type {content['estimate_type']}, from {most:,} pupils{self._origin()}.",
            f"Intervals hold {100 * confidence:g} % of outcomes: expected in all schools, fft within one at the rank.",
        ]
        for model in content["models"]:
            if model["ranked"] < _MANY_SCHOOLS:
                few = f"{model['outcome']} rests on {model['ranked']} schools, fewer than {_MANY_SCHOOLS}"
                notes.append(f"{few}: intervals may hold less than they say.")
            part = model["grades"]
            unseen = [] if part is None else [g for at, g in enumerate(part["grades"]) if at not in part["seen"]]
            if unseen:
                notes.append(f"No pupil of the fit had these grades in {model['outcome']}: {', '.join(unseen)}.")
        return tuple(notes)

    def _frames(self) -> tuple[pl.DataFrame, ...]:
        return (self.outcomes,)

    def _lines(self) -> list[str]:
        content = self._content
        head = f"EstimateModel{self._origin()}: FFT-style indicative estimates (not FFT data)"
        how = f"type {content['estimate_type']}; schools by {content['school']}, {content['method']}"
        return [f"{head}, {how}", self._account()]


def _logits(model: dict[str, Any]) -> list[float | None]:
    if model["grades"] is None:
        return [None] * len(model["coefficients"])
    return [None, *model["grades"]["coefficients"]]
