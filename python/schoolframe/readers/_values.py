"""Text cells to numbers, each missing number with the reason why it is missing.

The codes and what they mean are those of the crate (module ``cells``). A test keeps the two tables equal.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

__all__ = ["CODE_MEANINGS", "Numbers", "meaning_of", "to_numbers"]

# Words, in capitals or not.
_WORDS = {
    "SUPP": "suppressed",
    "SUPPMAT": "suppressed",
    "NA": "not_applicable",
    "NE": "no_entries",
    "NP": "not_published",
    "NEW": "new_school",
    "LOWCOV": "low_coverage",
    "SP": "small_percentage",
    "RE": "redacted",
    "NELIG": "not_eligible",
    "NULL": "not_available",
    "UNAVAIL": "not_available",
    "NOT AVAIL": "not_available",
    "N/A": "not_applicable",
    "#N/A": "not_available",
    "NAN": "not_available",
}
# The shorthand of official statistics: small letters only, in brackets or not.
_SHORTHAND = {
    "z": "not_applicable",
    "c": "suppressed",
    "x": "not_available",
    "k": "rounds_to_zero",
    "low": "rounds_to_zero",
    "u": "low_reliability",
    ":": "not_available",
    "..": "not_available",
    ".": "not_applicable",
    "-": "not_available",
    "*": "suppressed",
    "a": "average",
    "b": "break_in_series",
    "e": "estimated",
    "f": "forecast",
    "p": "provisional",
    "r": "revised",
    "t": "total",
    "w": "none_recorded",
}
CODE_MEANINGS: Mapping[str, str] = {"": "blank", **_WORDS, **_SHORTHAND}

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_THOUSANDS = r"^([+-]?\d{1,3}(,\d{3})+(\.\d*)?)$"

Numbers = tuple[pl.Series, pl.Series, pl.Series]


def meaning_of(text: str) -> str | None:
    """Return what a cell without a number says, or None if that is not known.

    Args:
        text: The cell.

    Returns:
        The meaning.

    Example:
        >>> [meaning_of(text) for text in ("SUPP", "[c]", "", "Z", "eleven")]
        ['suppressed', 'suppressed', 'blank', None, None]
    """
    text = text.strip()
    bare = text[1:-1] if len(text) > 2 and text.startswith("[") and text.endswith("]") else text
    if bare in _SHORTHAND and (bare == text or bare.isalpha()):
        return _SHORTHAND[bare]
    return "blank" if not text else _WORDS.get(text.upper())


def to_numbers(cells: pl.Series, overrides: Mapping[str, str] | None = None) -> Numbers:
    """Return numbers, reasons and a mark on the cells that are neither.

    A number may carry a percent sign, which changes nothing (``61%`` is 61), and thousands separators.

    Args:
        cells: Text, stripped.
        overrides: Codes that mean something else in this product, with their meaning.

    Returns:
        Float64 values (null where there is no number), String reasons (null where there is one), and a Boolean mask,
        never null, of the cells that are neither a number nor a known code; these have neither value nor reason.

    Example:
        >>> values, reasons, wrong = to_numbers(pl.Series(["61%", "1,234", "SUPP", None, "eleven"]))
        >>> values.to_list(), reasons.to_list(), wrong.to_list()
        ([61.0, 1234.0, None, None, None], [None, None, 'suppressed', 'blank', None], [False, False, False, False, True])
    """
    plain = pl.col("cell").str.replace(r"\s*%$", "").str.replace("^[\u2212\u2013]", "-")
    whole = pl.when(plain.str.contains(_THOUSANDS)).then(plain.str.replace_all(",", "")).otherwise(plain)
    frame = pl.DataFrame({"cell": cells.rename("cell")})
    values = frame.select(
        pl.when(whole.str.contains(_NUMBER)).then(whole).cast(pl.Float64, strict=False)
    ).to_series()
    # Beyond the range of a double is no number, and zero has no sign.
    values = pl.select(pl.when(values == 0).then(0.0).when(values.is_finite()).then(values)).to_series()
    others = cells.filter(values.is_null()).unique().drop_nulls()
    meanings = {text: (overrides or {}).get(text) or meaning_of(text) for text in others}
    if meanings:
        reasons = cells.replace_strict(meanings, default=None, return_dtype=pl.String)
    else:
        reasons = pl.Series([None] * len(cells), dtype=pl.String)
    reasons = pl.select(pl.when(cells.is_null()).then(pl.lit("blank")).otherwise(reasons)).to_series()
    wrong = values.is_null() & reasons.is_null()
    return values.alias(cells.name), reasons, wrong
