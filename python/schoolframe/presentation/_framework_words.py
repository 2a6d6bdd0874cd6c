"""Tests in words: names of columns become what they stand for, three tests over three years become one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schoolframe.presentation._categories import label_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Vocabulary", "condition_words", "short_label", "spelt", "words_of"]

_NAME = r"(?<![\w-])[A-Za-z]\w*(?![\w-])"
_TEST = re.compile(rf"(?P<name>{_NAME}) (?P<verb>is one of|is|above|at least|below|at most) ")
_BOUND = re.compile(
    rf"(?:(?P<name>{_NAME})|(?P<number>-?[\d.]+(?:e-?\d+)?))(?: (?P<sign>[+-]) (?P<offset>[\d.]+(?:e-?\d+)?))?"
)
_UPPER = re.compile(r" and (?P<verb>below|at most) ")
_YEAR = re.compile(r"_y(\d+)$")
_PREFIXES = {
    "nat_": "the national figure",
    "la_target_": "the target of the authority",
    "la_": "the figure of the authority",
    "floor_": "the floor",
    "benchmark_": "the benchmark",
}
_BEFORE = {1: "a year before", 2: "two years before", 3: "three years before", 4: "four years before"}
_CHAIN = re.compile(r"(?<![\w-])[\w.-]*\d(?:(?: and | or |; )[\w.-]*\d){2,}(?![\w-])")
_LONGEST = 90  # characters of an indicator in words; what it says beyond a colon or semicolon is left to its own table


@dataclass(frozen=True)
class Vocabulary:
    """Indicators of a framework.

    Attributes:
        labels: What each is, in words.
        values: Allowed values of choices.
        flags: Indicators that are true or false.
    """

    labels: Mapping[str, str]
    values: Mapping[str, Sequence[str]]
    flags: frozenset[str]

    def knows(self, name: str) -> bool:
        """Return whether a name stands for an indicator, of an earlier year or not, or for a comparator."""
        bare = _YEAR.sub("", name)
        return bare in self.labels or any(
            bare.startswith(prefix) and bare.removeprefix(prefix) in self.labels for prefix in _PREFIXES
        )

    def said(self, name: str, subject: str | None = None) -> str:
        """Return a column in words.

        Args:
            name: The column.
            subject: The column it is compared with: its own comparator is not named again.
        """
        found = _YEAR.search(name)
        bare = name[: found.start()] if found else name
        before = "" if found is None else f", {_BEFORE.get(int(found.group(1)), found.group(1) + ' years before')}"
        other = None if subject is None else _YEAR.sub("", subject)
        if bare == other and found is not None:
            return "its value" + before.replace(",", "")
        for prefix, words in _PREFIXES.items():
            rest = bare.removeprefix(prefix)
            if rest != bare and rest in self.labels:
                same_year = found is None or subject is None or (_YEAR.search(subject) or [""])[0] == found[0]
                when = "" if rest == other and same_year else before
                return words + ("" if rest == other else f" for “{self.labels[rest]}”") + when
        if bare in self.labels:
            return f"“{self.labels[bare]}”{before}"
        return f"“{label_of(name)}”"


def short_label(text: str) -> str:
    """Return the first words of what an indicator is, up to a colon or semicolon.

    Example:
        >>> short_label("Overall effectiveness at the last inspection: 1 outstanding, 2 good")
        'Overall effectiveness at the last inspection'
    """
    head = re.split(r"[:;] ", text, maxsplit=1)[0].rstrip(".")
    if len(head) > _LONGEST:
        head = re.sub(r" \([^)]*\)", "", head)
    return head if len(head) <= _LONGEST else head[:_LONGEST].rsplit(" ", 1)[0] + " ..."


def spelt(word: str) -> str:
    """Return a word of a file as it is printed.

    Example:
        >>> spelt("appendix_ii"), spelt("context_flag")
        ('Appendix II', 'Context flag')
    """
    text = " ".join(part.upper() if re.fullmatch("[ivx]+", part) else part for part in word.split("_"))
    return text[:1].upper() + text[1:]


def words_of(word: str) -> str:
    """Return a value as it is printed: words instead of underscores."""
    return word.replace("_", " ")


def condition_words(text: str, vocabulary: Vocabulary) -> str:
    """Return a condition as an officer reads it.

    Args:
        text: A condition as the listings of a framework print it.
        vocabulary: The indicators.

    Returns:
        The condition with names of indicators in words; ids stay.

    Example:
        >>> known = Vocabulary({"p8": "Progress 8"}, {}, frozenset())
        >>> condition_words("p8 above 0 and p8_y1 above 0 and p8_y2 above 0", known)
        '“Progress 8” is above 0 in each of 3 years (this one and the 2 before)'
        >>> condition_words("p8 at least nat_p8 - 0.5", known)
        '“Progress 8” is at least the national figure less 0.5'
        >>> condition_words("A-1 or A-2 or A-3", known)
        'any of A-1 to A-3'
    """
    text = _years_together(text)
    told = []
    at = 0
    joined = re.search(r" and | or |; ", text) is not None
    while (found := _TEST.search(text, at)) is not None:
        name, verb = found.group("name"), found.group("verb")
        if not vocabulary.knows(name):
            told.append(text[at : found.end("name")])
            at = found.end("name")
            continue
        told.append(text[at : found.start()])
        words, at = _test(text, found.end(), name, verb, vocabulary, joined=joined)
        told.append(words)
    return _CHAIN.sub(_chain, "".join(told) + text[at:])


def _test(text: str, at: int, name: str, verb: str, vocabulary: Vocabulary, *, joined: bool) -> tuple[str, int]:
    """Return one test in words, and where it ends."""
    subject = vocabulary.said(name)
    if verb in ("is", "is one of"):
        values, at = _values(text, at, vocabulary.values.get(_YEAR.sub("", name), ()), several=verb != "is")
        if _YEAR.sub("", name) in vocabulary.flags and values in (["true"], ["false"]):
            return f"{subject} {'holds' if values == ['true'] else 'does not hold'}", at
        spoken = [value if re.fullmatch(r"-?[\d.]+", value) else _quoted(value) for value in values]
        if len(spoken) > 1 and joined:
            return f"{subject} is one of {', '.join(spoken)}", at
        return f"{subject} is {', '.join(spoken[:-1])}{' or ' if spoken[1:] else ''}{spoken[-1]}", at
    words, at = _bound(text, at, name, vocabulary)
    said = f"{subject} is {verb} {words}"
    upper = _UPPER.match(text, at)
    if upper is not None:
        words, at = _bound(text, upper.end(), name, vocabulary)
        said += f" and {upper.group('verb')} {words}"
    return said, at


def _quoted(value: str) -> str:
    return f"\N{LEFT SINGLE QUOTATION MARK}{words_of(value)}\N{RIGHT SINGLE QUOTATION MARK}"


def _values(text: str, at: int, allowed: Sequence[str], *, several: bool) -> tuple[list[str], int]:
    """Return values from a place on, the longest allowed ones first."""
    found = []
    by_length = sorted(allowed, key=len, reverse=True)
    while True:
        rest = text[at:]
        value = next((value for value in by_length if re.match(re.escape(value) + r"(?![\w-])", rest)), None)
        if value is None:
            plain_value = re.match(r"[^\s,;()]+", rest)
            value = plain_value.group() if plain_value is not None else ""
        found.append(value)
        at += len(value)
        if not several or not text.startswith(", ", at) or not value:
            return found, at
        at += 2


def _bound(text: str, at: int, subject: str, vocabulary: Vocabulary) -> tuple[str, int]:
    found = _BOUND.match(text, at)
    if found is None:
        return "", at
    words = found.group("number") or vocabulary.said(found.group("name"), subject)
    if found.group("offset"):
        words += f" {'plus' if found.group('sign') == '+' else 'less'} {found.group('offset')}"
    return words, found.end()


def _years_together(text: str) -> str:
    """Say once what is asked of this year and, in the same words, of the years before."""
    parts = text.split(" and ")
    told: list[str] = []
    at = 0
    while at < len(parts):
        said = next((said for size in (1, 2) if (said := _run(parts, at, size)) is not None), None)
        if said is None:
            told.append(parts[at])
            at += 1
        else:
            words, used = said
            told.append(words)
            at += used
    return " and ".join(told)


def _run(parts: list[str], at: int, size: int) -> tuple[str, int] | None:
    """Return a test that is repeated for earlier years, and how many parts it takes."""
    opened = re.match(r".*(?:\(|: |; | or )", parts[at])
    start = opened.end() if opened is not None else 0
    first = [parts[at][start:], *parts[at + 1 : at + size]]
    years = 1
    tail = ""
    while not tail:
        ahead = parts[at + years * size : at + (years + 1) * size]
        if len(ahead) < size:
            break
        closed = re.search(r"\)+(?:[; ].*)?$|; .*$| or .*$", ahead[-1])
        bare = [*ahead[:-1], ahead[-1][: closed.start()] if closed is not None else ahead[-1]]
        if [re.sub(rf"_y{years}\b", "", part) for part in bare] != first or bare == first:
            break
        years += 1
        tail = closed.group() if closed is not None else ""
    if years == 1:
        return None
    before = "the one before" if years == 2 else f"the {years - 1} before"
    words = f"{' and '.join(first)} in each of {years} years (this one and {before})"
    return parts[at][:start] + words + tail, years * size


def _chain(found: re.Match[str]) -> str:
    """Return a run of ids that count up as its first and last one."""
    text = found.group()
    for joint, word in ((" or ", "any of"), (" and ", "all of"), ("; ", "")):
        ids = text.split(joint)
        if len(ids) > 2 and " " not in "".join(ids):
            stems = [re.fullmatch(r"(.*?)(\d+)", one) for one in ids]
            numbers = [int(stem.group(2)) for stem in stems if stem is not None]
            same = len({stem.group(1) for stem in stems if stem is not None}) == 1
            if same and numbers == list(range(numbers[0], numbers[0] + len(ids))):
                return f"{word} {ids[0]} to {ids[-1]}".strip()
    return text
