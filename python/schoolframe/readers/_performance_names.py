"""Names of the columns of the school performance tables: one spelling for each measure, and what each column holds.

The tables change every year. Columns are therefore known by rule and not by a list: a rule holds for other authorities,
for other years and for measures that a later year adds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

__all__ = ["ColumnKind", "canonical_name", "column_kind", "is_band", "is_percentage", "measure_kind"]

ColumnKind = Literal["number", "text", "label", "auto"]

# --- one spelling ----------------------------------------------------------------------------------------------------

_KEY_STAGE = re.compile(r"key\s+stage\s*(?=\d)", re.IGNORECASE)
_SEPARATORS = re.compile(r"[^0-9A-Za-z]+")
# Measures of key stage 4 whose groups are written _LO _AV _HI and N for "not".
_KS4_SCORES = re.compile(r"^(ATT8SCR|P8|TP8ADJ|EBACCAPS|(SCI|HUM|LAN)VA|TAVENT_)")
_KS4_GROUPS = re.compile(_KS4_SCORES.pattern + r"|^PTEBACC_")
# Measures of key stage 2, whose groups are written _L _M _H and NOT.
_KS2_GROUPS = re.compile(r"^(PT(RWM|READ|GPS|MAT|WRITTA|SCITA)_|(READ|WRIT|MAT)PROG|(READ|GPS|MAT)_AVERAGE|P?TKS1)")
_AFTER_GROUP = r"(?=_LOWER|_UPPER|_DESCR|_ORIG|_PTQ|_\d\d(?!\d)|_PREV|$)"
_BAND = re.compile(rf"_(LO|L|MID|MI|M|AV|HI|H){_AFTER_GROUP}")
_KS2_BANDS = {"LO": "L", "MID": "M", "MI": "M", "AV": "M", "HI": "H"}
_KS4_BANDS = {"L": "LO", "MID": "AV", "MI": "AV", "M": "AV", "H": "HI"}
_MIDDLE = re.compile(r"^(P?T(?:EBACC|BASICS|PRIOR)\w*?|TAVENT_[EG])MID(?=_|$)")
_NOT_DISADVANTAGED = re.compile(r"(^P?T|_)N(?=FSM)")
# Three slips in the headers of single years, found by comparing the values of the same schools in two years.
_BASICS_SLIP = re.compile(r"^PTNOTFSMBASICS_(?=9[45]_\d\d$)")
_ENTRY_SLIP = re.compile(r"^(PTL2BASICS_9[45]|PTEBACC_9[45]_N?FSM6CLA1A|PTEBACC_EN?FSM6CLA1A)_(1[7-9]|2\d)_PTQ_EE$")


def canonical_name(column: str) -> str:
    """Return the one spelling of a column name of the performance tables.

    The name is the Department's, in capitals. Where the Department has spelled one measure in several ways, the
    spelling is the one its own files use most:

    - Case does not count, white space and punctuation become ``_``: ``PTtripleSci_E`` is ``PTTRIPLESCI_E``. ``Key
      Stage 1`` inside a name is ``KS1``.
    - Pupils who are not disadvantaged are ``NOTFSM6CLA1A`` in counts, basics and key stage 2 measures
      (``PTRWM_EXP_NotFSM6CLA1A``), and ``NFSM6CLA1A`` in Attainment 8, Progress 8, value added, EBacc and entries
      (``P8MEA_NFSM6CLA1A``).
    - Prior attainment is ``_L``, ``_M``, ``_H`` at key stage 2 and ``_LO``, ``_AV``, ``_HI`` at key stage 4; ``MID`` is
      ``AV`` there.
    - ``PTNOTFSMBASICS_94_17`` is ``PTNOTFSM6CLA1ABASICS_94_17``, and figures of 2017 and later lose the tail
      ``_PTQ_EE`` that one year gave them (``PTL2BASICS_94_17_PTQ_EE``).
    - Suffixes for earlier years (``_16``, ``_PREV``, ``_PREV2``) stay.

    Args:
        column: A column name as it stands in a file.

    Returns:
        The name; a canonical name comes back unchanged.

    Example:
        >>> [canonical_name(name) for name in ("READPROG_NotFSM6CLA1A", "P8MEA_NOTFSM6CLA1A", "ATT8SCR_MID")]
        ['READPROG_NOTFSM6CLA1A', 'P8MEA_NFSM6CLA1A', 'ATT8SCR_AV']
    """
    return _canonical_name(column)


@lru_cache(maxsize=8192)
def _canonical_name(column: str) -> str:
    name = _SEPARATORS.sub("_", _KEY_STAGE.sub("KS", column)).strip("_").upper()
    ks4 = _KS4_GROUPS.match(name)
    name = name.replace("NOTFSM", "NFSM") if ks4 else _NOT_DISADVANTAGED.sub(r"\1NOT", name)
    if _KS4_SCORES.match(name):
        name = _BAND.sub(lambda found: f"_{_KS4_BANDS.get(found[1], found[1])}", name)
    elif _KS2_GROUPS.match(name):
        name = _BAND.sub(lambda found: f"_{_KS2_BANDS.get(found[1], found[1])}", name)
    name = _MIDDLE.sub(r"\1AV", name)
    name = _BASICS_SLIP.sub("PTNOTFSM6CLA1ABASICS_", name)
    return _ENTRY_SLIP.sub(r"\1_\2", name)


# --- what a column holds ---------------------------------------------------------------------------------------------

# Names, addresses, types and dates: the whole name, or a word of it.
_LABELS = re.compile(
    r"^(RECTYPE|LEA|LA|LA_CODE|ESTAB|LAESTAB|URN|SCHNAME|SCHNAME_AC|LANAME|OPEN_AC|PCODE2?|TELNUM|PCON_(CODE|NAME)"
    r"|NFTYPE|SCHTYPE|SCHOOLTYPE|MINORGROUP|RELDENOM|RELCHAR|ADMPOL(_\w+)?|[EN]?GENDER|AGERANGE|CONFEXAM|INSPECTIONDT"
    r"|OFSTEDRATING|OFSTEDLASTINSP|GRAMMAR)$"
    r"|(^|_)(NAME|ADDRESS\d?|STREET|LOCALITY|TOWN|COUNTY|POSTCODE|TELEPHONE|DATE|WEB|WEBSITE|URL|EMAIL|TYPE|RELIGION"
    r"|PHASE|REGION|TRUST|COLOUR\d?)$"
)
# Measures that are words or levels: 4B, "Well Above Average".
_TEXTS = re.compile(r"^AVGLEVEL|(^|_)DESC$|PPEGRD")
# Suffixes of earlier years, adjustments, cohorts and limits do not change what a column holds.
_NUMBERS = re.compile(
    # Pupils.
    r"^(TOTPUPS|TPUPYEAR|NUM(BOYS|GIRLS)|P?[TBG](ELIG|PUP)(_\w+)?|P?TKS1\w+|PKS1EXP_\w|KS2A[PS]S(_\w+)?"
    r"|P?T?PRIOR(LO|AV|HI)(_\w+)?|P?TPRIOR(LO|AV|HI)(_\w+)?|P?T(NOT)?FSM\w*|P?TEALGRP\d(_\w+)?|P?T(MOBN|NMOB)(_\w+)?"
    r"|P?T?SEN\w*"
    # Key stage 2.
    r"|P[TBG](RWM|READ|GPS|MAT|WRIT|SCI|ENG)\w*|(READ|WRIT|MAT)(PROG|COV)(_\w+)?|(READ|GPS|MAT)_AVERAGE(_\w+)?"
    r"|(DIFFN|GAPN)_\w+|TAPS(_\w+)?|PT2\w+|COV(ENG|MATH|READ|WRITTA)\w*"
    # Key stage 4.
    r"|TOTATT8\w*|ATT8SCR\w*|AVG(EBAC|OPEN)FILL(_\w+)?|P8\w+|TP8ADJ(_\w+)?|P?[TBG]L2BASICS\w*|P?TBASICS\w+"
    r"|(TOT)?EBACCAPS(_\w+)?|P?[TBG]EBAC\w*|(SCI|HUM|LAN|ENG|MAT)VA(PUP|COV|MEA|LOW|UPP)\w*|TAVENT_\w+|P?[TBG]?T?5EM\w*"
    r"|(PT)?AC5EM\w*|PTANYQ\w*|PT(MULTILAN|TRIPLESCI)\w*|TTAPS\w+)$"
)
_FLAGS = re.compile(r"^(ALPHAIND|ICLOSE|TAB\w*|FEEDER|CONTFLAG|URN_AC|LATITUDE|LONGITUDE|EASTING|NORTHING)$")
_PERCENTAGES = re.compile(
    r"^(P[TBG](?!2BASICS)\w+|PKS1EXP_\w|PSEN\w*|(READ|WRIT|MAT)COV(_\w+)?|P8MEACOV(_\w+)?|(SCI|HUM|LAN)VACOV\w*"
    r"|AC5EM\w*|COV(ENG|MATH|READ|WRITTA)\w*)$"
)
# Bands of progress scores: numbers from 1 to 5 up to 2019, their words in later key stage 4 tables.
_BANDS = re.compile(r"^(P8_BANDING|(READ|WRIT|MAT)PROG_DESCR)(_\w+)?$")


@lru_cache(maxsize=8192)
def column_kind(name: str) -> ColumnKind:
    """Return what a column holds, by its canonical name.

    Args:
        name: A name as :func:`canonical_name` gives it.

    Returns:
        ``number`` for measures, counts and flags; ``text`` for measures that are words, in which codes count as well;
        ``label`` for names, types and dates, in which nothing is a code; ``auto`` for the rest, which the content
        decides.

    Example:
        >>> [column_kind(name) for name in ("P8MEA", "AVGLEVEL", "RELDENOM", "SOMETHING_ELSE")]
        ['number', 'text', 'label', 'auto']
    """
    if _LABELS.search(name):
        return "label"
    if _TEXTS.search(name):
        return "text"
    return "number" if _NUMBERS.match(name) or _FLAGS.match(name) else "auto"


def measure_kind(name: str) -> bool:
    """Say whether a column is a measure or a count of pupils and not a flag or an identifier, by its canonical name.

    Example:
        >>> measure_kind("TOTPUPS"), measure_kind("ICLOSE")
        (True, False)
    """
    return column_kind(name) == "number" and _FLAGS.match(name) is None


def is_percentage(name: str) -> bool:
    """Say whether a measure is a percentage, by its canonical name.

    Example:
        >>> is_percentage("PTRWM_EXP"), is_percentage("P8MEA"), is_percentage("PBPUP")
        (True, False, True)
    """
    return _PERCENTAGES.match(name) is not None


def is_band(name: str) -> bool:
    """Say whether a measure is the published band of a progress score, by its canonical name.

    Example:
        >>> is_band("P8_BANDING"), is_band("READPROG_DESCR_18"), is_band("P8MEA")
        (True, True, False)
    """
    return _BANDS.match(name) is not None
