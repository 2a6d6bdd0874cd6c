"""What artefacts learned from a population share: one text of JSON, from which everything else follows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from schoolframe._measured import USED
from schoolframe._notebooks import as_html
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

__all__ = ["Artefact", "KeptAsText", "provenance"]

_FORMAT = 1
# What reading a text raises that is none of ours.
_BROKEN = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    pl.exceptions.PolarsError,
)


@dataclass(frozen=True, repr=False)
class KeptAsText:
    """A small frozen object that is its own JSON text; two with equal text are equal."""

    _json: str

    @property
    def content_hash(self) -> str:
        """SHA-256 of the JSON text: two objects with one hash give the same figures."""
        return hashlib.sha256(self._json.encode()).hexdigest()

    @property
    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self._json)
        return content


class Artefact(KeptAsText):
    """What is learned once from a population; the text says what it is, where it comes from and who counted."""

    _kind: ClassVar[str] = ""

    @classmethod
    def _made(cls, content: Mapping[str, Any]) -> Self:
        whole = {"format": _FORMAT, "kind": cls._kind, **content}
        return cls(json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote; every rule is checked again.

        Args:
            text: The JSON text.

        Returns:
            The object.

        Raises:
            InputError: For any other text.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"p8": [0.6, -0.4, 0.1], "n": [40, 90, 120]})
            >>> shrinkage = sf.Shrinkage.fit(schools, "p8", "n", sd=1.28)
            >>> sf.Shrinkage.from_json(shrinkage.to_json()) == shrinkage
            True
        """
        try:
            content = json.loads(text)
            if content["kind"] != cls._kind or content["format"] != _FORMAT:
                msg = f"a {cls._kind} of format {_FORMAT} is needed, not a {content['kind']} of {content['format']}"
                raise InputError(msg)
            cls._validate(content)
            found = cls._made({name: value for name, value in content.items() if name not in ("format", "kind")})
            # All that can be read off is read once, so that a text with a broken part is refused here and not later.
            for name in dir(cls):
                if isinstance(getattr(cls, name), property):
                    getattr(found, name)
            repr(found)
        except _BROKEN as error:
            if isinstance(error, InputError):
                raise
            msg = f"text: this is not what a {cls.__name__} writes ({type(error).__name__}: {error})"
            raise InputError(msg) from error
        return found

    @classmethod
    def _validate(cls, content: dict[str, Any]) -> None:
        raise NotImplementedError

    def to_json(self) -> str:
        """Return everything the object knows as JSON text; it holds no figures of pupils.

        Returns:
            The text; :meth:`from_json` reads it back.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"p8": [0.6, -0.4, 0.1], "n": [40, 90, 120]})
            >>> sf.Shrinkage.fit(schools, "p8", "n", sd=1.28).to_json()[:44]
            '{"by":[],"format":1,"key_types":[],"kind":"s'
        """
        return self._json

    @property
    def source(self) -> str | None:
        """What the population is, in words, if it was said."""
        said: str | None = self._content["source"]
        return said

    @property
    def year(self) -> int | None:
        """Results year of the population, if it was said."""
        when: int | None = self._content["year"]
        return when

    @property
    def rows(self) -> pl.DataFrame:
        """How every input row was used: ``reason`` (``used``, or why it was left out) and ``rows``; they add up."""
        return pl.DataFrame(self._content["rows"], schema={"reason": pl.String, "rows": pl.Int64}, orient="row")

    def __repr__(self) -> str:
        """Return what was learned, and from which rows, as text."""
        return "\n".join([*self._lines(), *(repr(frame) for frame in self._frames())])

    def _repr_html_(self) -> str:
        return as_html(self._lines(), *self._frames())

    def _lines(self) -> list[str]:
        """Return what stands in a notebook before the frames."""
        raise NotImplementedError

    def _frames(self) -> tuple[pl.DataFrame, ...]:
        """Return what stands in a notebook after the lines."""
        return ()

    def _account(self) -> str:
        parts = [f"{rows:,} {'used' if reason == USED else f'left out: {reason}'}" for reason, rows in self.rows.rows()]
        return f"rows: {'; '.join(parts)}"

    def _origin(self) -> str:
        year = None if self.year is None else str(self.year)
        said = ", ".join(part for part in (self.source, year) if part)
        return f" of {said}" if said else ""


def provenance(source: object, year: object) -> dict[str, Any]:
    """Return source and year for the text of an artefact, checked.

    Example:
        >>> provenance("mainstream schools of England", 2019)
        {'source': 'mainstream schools of England', 'year': 2019}
    """
    if source is not None and not isinstance(source, str):
        msg = f"source: a text is needed, not {source!r}"
        raise InputError(msg)
    if year is not None and (isinstance(year, bool) or not isinstance(year, int)):
        msg = f"year: a whole number is needed, 2019 for 2018/19, not {year!r}"
        raise InputError(msg)
    return {"source": source, "year": year}
