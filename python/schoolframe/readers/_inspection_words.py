"""The words of Ofsted's files: grades, reasons for having none, categories of concern, kinds of event, phases."""

from __future__ import annotations

__all__ = [
    "CATEGORIES",
    "CATEGORY_PHRASES",
    "EVENTS",
    "GRADES",
    "GRADE_REASONS",
    "LABELS",
    "PHASES",
    "REPORT_CARD_WORDS",
]

# Words in small letters throughout.
LABELS = {
    "outstanding": "outstanding",
    "good": "good",
    "satisfactory": "satisfactory",
    "requires improvement": "requires_improvement",
    "inadequate": "inadequate",
    "special measures": "inadequate",
    "serious weaknesses": "inadequate",
    "notice to improve": "inadequate",
}
# One word for two names of grade 3; which of them held, the date says.
_EITHER = (
    "satisfactory/requires improvement",
    "satisfactory / requires improvement",
    "requires improvement/satisfactory",
)
_NUMBERS = {"outstanding": 1, "good": 2, "satisfactory": 3, "requires_improvement": 3, "inadequate": 4}
GRADES: dict[str, int] = {
    **{str(number): number for number in range(1, 5)},
    **{word: _NUMBERS[label] for word, label in LABELS.items()},
    **dict.fromkeys(_EITHER, 3),
}
GRADE_REASONS = {
    "": "blank",
    "0": "not_applicable",
    "8": "not_applicable",
    "9": "not_applicable",
    "-": "not_available",
    "n/a": "not_applicable",
    "na": "not_applicable",
    "null": "not_available",
    "not applicable": "not_applicable",
    "not available": "not_available",
    "unknown": "not_available",
    "not judged": "not_judged",
    "no judgement": "not_judged",
    "not yet inspected": "not_judged",
    "not inspected": "not_judged",
    "insufficient evidence": "not_judged",
}
# The five grades of the report card, and its two for safeguarding. They are no point on the scale of four.
REPORT_CARD_WORDS = (
    *("exceptional", "strong standard", "expected standard", "needs attention", "urgent improvement"),
    *("met", "not met"),
)
CATEGORIES = {
    "sm": "special_measures",
    "swk": "serious_weaknesses",
    "sw": "serious_weaknesses",
    "nti": "notice_to_improve",
    "rsi": "requires_significant_improvement",
}
# In whole sentences, and where the category stands instead of the grade.
CATEGORY_PHRASES = (
    (r"not in special measures|no category|^none$", "none"),
    (r"special measures", "special_measures"),
    (r"serious weakness", "serious_weaknesses"),
    (r"notice to improve", "notice_to_improve"),
    (r"significant improvement", "requires_significant_improvement"),
)
# What the published type of an inspection says, in this order: a short inspection that was converted is graded.
EVENTS: tuple[tuple[str, str], ...] = (
    (r"convert", "graded"),
    (r"deemed (a )?s(ection )?\s*5", "graded"),
    (r"monitor", "monitoring"),
    (r"urgent|no formal designation|\bnfd\b|unannounced behaviour", "urgent"),
    (r"ungraded", "ungraded"),
    (r"short", "short"),
    (r"\bgraded|section 5|\bs\s?5\b|full inspection|re-?inspection|reintegration|^s10|section 10", "graded"),
    (r"report card|full inspection under renewed", "report_card"),
    (r"section 8|\bs\s?8\b", "ungraded"),
)
PHASES: dict[str, str | None] = {
    "nursery": "nursery",
    "primary": "primary",
    "secondary": "secondary",
    "special": "special",
    "pru": "pru",
    "pupil referral unit": "pru",
    "alternative provision": "pru",
    "all-through": "all_through",
    "all through": "all_through",
    "16 plus": "sixteen_plus",
    "middle deemed primary": "primary",
    "middle deemed secondary": "secondary",
    "independent": None,
    "not applicable": None,
    "null": None,
    "": None,
}
