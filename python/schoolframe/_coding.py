"""The rule by which an indicator is coded against the national figure, checked."""

from __future__ import annotations

from schoolframe import _native
from schoolframe._arguments import require_flag, require_number, require_word

__all__ = ["coding_rule"]


def coding_rule(threshold: object, unit: object, at_threshold: object, direction: object, turn_sign: object) -> str:
    """Return the rule as the native library takes it; see :func:`schoolframe.code_against_national`.

    Example:
        >>> coding_rule(5, "points", "outside", None, False)[:16]
        '{"threshold":5.0'
    """
    if direction is not None:
        direction = require_word(direction, "direction", ("higher_better", "lower_better"))
    return _native.coding_rule(
        require_number(threshold, "threshold"),
        require_word(unit, "unit", ("points", "relative")),
        require_word(at_threshold, "at_threshold", ("outside", "in_line")),
        direction,
        require_flag(turn_sign, "turn_sign"),
    )
