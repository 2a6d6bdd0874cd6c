"""What a matrix of grades holds, read from its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from schoolframe._arguments import require_confidence, require_text, require_texts, require_whole
from schoolframe._artefact import Artefact, provenance
from schoolframe._grade_estimates import asked_subjects
from schoolframe._grade_tables import band_figures, usable
from schoolframe._transition_content import check_matrix
from schoolframe._wilson import with_share

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["GradeContent"]

_BAND: dict[str, Any] = {
    "subject": pl.String,
    "band": pl.String,
    "prior_from": pl.Float64,
    "prior_to": pl.Float64,
}


class GradeContent(Artefact):
    """The parts of a matrix of grades.

    Example:
        >>> from schoolframe.grade_chances import GradeChances
        >>> GradeChances.bundled(2023).group
        'All Pupils'
    """

    _kind: ClassVar[str] = "grade_chances"

    @classmethod
    def _validate(cls, content: dict[str, Any]) -> None:
        check_matrix(content)
        provenance(content["source"], content["year"])
        require_whole(content["min_pupils"], "min_pupils", 1)
        require_whole(content["min_group"], "min_group", 0)
        require_text(content["prior"], "prior", "'ks2_scaled_score'")
        require_texts(content["notes"], "notes")

    @property
    def subjects(self) -> list[str]:
        """Names of the subjects, in alphabetical order."""
        return list(self._content["counts"])

    @property
    def grades(self) -> list[str]:
        """Names of the grades, the lowest first."""
        return list(self._content["grades"])

    @property
    def group(self) -> str | None:
        """Whose grades they are."""
        group: str | None = self._content["group"]
        return group

    @property
    def frame(self) -> pl.DataFrame:
        """One row for each subject and band.

        ``subject``, ``band`` (String), ``prior_from``, ``prior_to`` (Float64, both inside), ``n`` (Int64, pupils;
        missing for a band that is not kept), ``mean`` (Float64, points), ``headline`` and ``status`` (String: ``ok``,
        ``few_pupils``).
        """
        content = self._content
        parts = []
        for subject in content["counts"]:
            figures = band_figures(content, subject, 0.0, 0.8).head(len(content["bands"]))
            parts.append(self._bands(subject).hstack(figures.select("n", "mean", "headline", "status")))
        return pl.concat(parts)

    def _bands(self, subject: str) -> pl.DataFrame:
        bands = self._content["bands"]
        return pl.DataFrame([(subject, *band) for band in bands], schema=_BAND, orient="row")

    def chances(self, subjects: str | Sequence[str] | None = None, *, confidence: float = 0.95) -> pl.DataFrame:
        """Return the chance of each grade or better in each band, with its interval.

        The interval is Wilson's for the share in the ``n`` pupils of the band: how well the matrix tells the chance,
        not how pupils differ. With the numbers of England it is narrow; the change from one year to the next is wider.

        Args:
            subjects: Subjects; all of them by default.
            confidence: Level of the interval, above 0 and below 1.

        Returns:
            One row for each subject, band with ``min_pupils`` pupils and grade: ``subject``, ``band``, ``prior_from``,
            ``prior_to``, ``grade`` (String), ``chance``, ``ci_low``, ``ci_high`` (Float64, 0 to 1) and ``n`` (Int64).

        Raises:
            InputError: For a confidence outside 0..1.
            UnknownNameError: For a subject that does not exist, with the nearest.

        Source: Wilson (1927).

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> table = sf.GradeChances.bundled(2023).chances("Mathematics")
            >>> row = table.filter(band="100 - 102", grade="4").select(pl.col("chance", "ci_low", "ci_high").round(4))
            >>> row.row(0)
            (0.6096, 0.6056, 0.6136)
        """
        content = self._content
        names = self.subjects if subjects is None else asked_subjects(subjects, self.subjects)
        level = require_confidence(confidence)
        rows = []
        for subject in names:
            for band, counts, found in zip(
                content["bands"], content["counts"][subject], usable(content, subject), strict=True
            ):
                if counts is not None and found is not None:
                    above = [sum(counts[place + 1 :]) for place in range(len(content["grades"]))]
                    rows += [(subject, *band, *one, found[0]) for one in zip(content["grades"], above, strict=True)]
        schema: dict[str, Any] = {
            **_BAND,
            "grade": pl.String,
            "reached": pl.Int64,
            "n": pl.Int64,
        }
        shares = with_share(pl.DataFrame(rows, schema=schema, orient="row"), "reached", "n", confidence=level)
        figures = (pl.col("share") / 100).alias("chance"), pl.col("ci_low") / 100, pl.col("ci_high") / 100
        return shares.select("subject", "band", "prior_from", "prior_to", "grade", *figures, "n")

    def _about(self) -> str:
        group = f", {self.group}" if self.group else ""
        return f"{self._origin()}{group}"

    def _lines(self) -> list[str]:
        content = self._content
        size = f"{len(content['counts'])} subjects, {len(content['bands'])} bands of {content['prior']}"
        return [
            f"GradeChances{self._about()}: FFT-style indicative estimates (not FFT data); {size}",
            *content["notes"],
            self._account(),
        ]

    def _frames(self) -> tuple[pl.DataFrame, ...]:
        return (self.frame,)
