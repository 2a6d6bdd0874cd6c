"""What each published product looks like, so that a reader given the wrong one can say what it was given."""

from __future__ import annotations

from dataclasses import dataclass

from schoolframe.readers._names import key

__all__ = ["PRODUCTS", "Product", "looks_like", "missing_groups"]


@dataclass(frozen=True)
class Product:
    """A kind of file, known by the columns it cannot do without.

    Attributes:
        label: What it is called in messages.
        reader: The function that reads it, or an empty string.
        needs: Groups of column names; of each group one must be there, in any spelling.
        never: Names of columns it cannot have.
    """

    label: str
    reader: str
    needs: tuple[tuple[str, ...], ...]
    never: tuple[str, ...] = ()

    def matches(self, keys: frozenset[str]) -> bool:
        """Say whether a header with these squeezed names is one of this product."""
        return not missing_groups(self, keys) and not any(key(name) in keys for name in self.never)


def missing_groups(product: Product, keys: frozenset[str]) -> list[tuple[str, ...]]:
    """Return the groups of which the header has no column.

    Example:
        >>> missing_groups(PRODUCTS["urn_links"], frozenset({"urn", "linkurn"}))
        []
    """
    return [group for group in product.needs if not any(key(name) in keys for name in group)]


_URN = ("URN", "school_urn", "Unique reference number", "Unique reference number (URN)")
_PLACE = ("geographic_level", "URN", "school_urn", "LAESTAB", "school_laestab", "ESTAB", "LA", "LEA", "old_la_code")
_SCHOOL = (*_URN, "LAESTAB", "school_laestab", "ESTAB")

PRODUCTS: dict[str, Product] = {
    "urn_links": Product("a file of links between URNs", "read_urn_links", (("URN",), ("LinkURN", "Linked URN"))),
    "school_register": Product(
        "a register of schools",
        "read_school_register",
        (
            _URN,
            ("SCHNAME", "EstablishmentName", "School name"),
            (
                *("NFTYPE", "SCHOOLTYPE", "TypeOfEstablishment (name)", "TypeOfEstablishment (code)", "MINORGROUP"),
                *("TypeOfEstablishment", "EstablishmentTypeGroup (name)"),
            ),
        ),
        never=("RECTYPE", "Overall effectiveness", "NOR", "LinkURN"),
    ),
    "inspections": Product(
        "a file of Ofsted inspections",
        "read_inspections",
        (
            _URN,
            (
                *("Overall effectiveness", "Latest OEIF overall effectiveness", "Rating", "Ofsted rating", "Grade"),
                *(
                    "Overall effectiveness: how good is the school",
                    "OfstedRating (name)",
                    "Overall outcome",
                    "Inclusion",
                ),
            ),
            (
                *("Inspection start date", "Inspection date", "Inspection end date", "First day of inspection"),
                *("Inspection start date of latest OEIF graded inspection", "Date of inspection", "OfstedLastInsp"),
                "Publication date",
            ),
        ),
        never=("NOR", "RECTYPE"),
    ),
    "census": Product(
        "the school census by school",
        "read_census",
        (
            _SCHOOL,
            ("NOR", "TPUP", "Number of pupils", "headcount of pupils", "TOTPUPS"),
            (
                "PNUMFSM",
                "NUMFSM",
                "PNUMEAL",
                "NUMEAL",
                "PNUMFSMEVER",
                "PNORG",
                "TSENELSE",
                "% of pupils known to be eligible for free school meals",
                "PTFSM6CLA1A",
            ),
        ),
        never=("RECTYPE",),
    ),
    "absence": Product(
        "absence data",
        "read_absence",
        (("PERCTOT", "sess_overall_percent", "sess_overall", "PPERSABS10", "PPERSABS15", "PPERSABS20"), _PLACE),
        never=("RECTYPE", "perm_excl"),
    ),
    "exclusions": Product(
        "exclusions or suspensions data",
        "read_exclusions",
        (
            (
                *("perm_excl", "perm_excl_rate", "permanent_exclusions", "fixed_excl", "suspension", "susp"),
                *("permanent_exclusion", "PERMEXCL"),
            ),
            _PLACE,
        ),
        never=("RECTYPE",),
    ),
    "lait": Product(
        "data of the local authority interactive tool",
        "read_lait",
        (("Short Desc", "Short description"), ("Years", "Year"), ("Values", "Value"), ("LA and Regions", "LA Number")),
    ),
    "lait_dictionary": Product(
        "the dictionary of the local authority interactive tool", "read_lait", (("Measure_short",), ("Polarity",))
    ),
    "neighbours": Product(
        "a list of statistical neighbours",
        "read_statistical_neighbours",
        (
            (
                *("SN1", "SN01", "SN 1 name", "NN1", "Neighbour 1", "Statistical neighbour 1", "Nearest neighbour 1"),
                *("neighbour_la", "neighbour_name", "neighbour"),
            ),
        ),
    ),
    "performance_tables": Product(
        "a school performance table",
        "read_performance_tables",
        (("RECTYPE",), ("URN",)),
    ),
    "la_codes": Product(
        "a list of local authorities",
        "",
        (("LA Number", "LEA", "old_la_code", "la"), ("LA Name", "la_name")),
        never=("URN", "SN1", "time_period"),
    ),
    "tidy": Product("a tidy file of official statistics", "", (("time_period",), ("geographic_level",))),
    "metadata": Product("the dictionary of a tidy file (.meta.csv)", "", (("col_name",), ("col_type",))),
    "pupils": Product("a file of pupils", "", (("student_id", "pupil_id", "UPN"),)),
}


def looks_like(keys: frozenset[str], *, but: str = "") -> str:
    """Return a phrase that says what a header looks like, or an empty string if it is nothing known.

    Args:
        keys: Squeezed names of the header.
        but: A product that it is known not to be.

    Returns:
        A phrase.

    Example:
        >>> looks_like(frozenset({"urn", "nor", "pnumfsm"}))
        'it looks like the school census by school (sf.read_census)'
    """
    for name, product in PRODUCTS.items():
        if name != but and product.matches(keys):
            reader = f" (sf.{product.reader})" if product.reader else ""
            return f"it looks like {product.label}{reader}"
    return ""
