"""Links between URNs: reading the register's file, and following schools through conversions, mergers and splits."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from _reader_faults import check_accepted_sources, check_bad_inputs
from schoolframe.exceptions import InputError, ReadError
from schoolframe.readers import follow_urn_links, read_urn_links

if TYPE_CHECKING:
    from pathlib import Path

Edges = dict[int, set[int]]


def frame_of(pairs: set[tuple[int, int]]) -> pl.DataFrame:
    ordered = sorted(pairs)
    return pl.DataFrame(
        {
            "urn": [a for a, _ in ordered],
            "linked_urn": [b for _, b in ordered],
            "direction": ["successor"] * len(ordered),
            "link_type": [f"{a}>{b}" for a, b in ordered],
        },
        schema={"urn": pl.Int64, "linked_urn": pl.Int64, "direction": pl.String, "link_type": pl.String},
    )


def walk(edges: Edges, start: int) -> dict[int, tuple[int, bool]]:
    """Steps and ambiguity of every school reached from one, the slow way: all paths of every length, shortest first."""
    found: dict[int, tuple[int, bool]] = {}
    front = {start: False}
    steps = 0
    while front:
        steps += 1
        new: dict[int, bool] = {}
        for at, ambiguous in sorted(front.items()):
            for to in sorted(edges.get(at, set())):
                if to != start and to not in found and to not in new:
                    new[to] = ambiguous or len(edges[at]) > 1
        found.update({to: (steps, ambiguous) for to, ambiguous in new.items()})
        front = new
    return found


def on_circle(edges: Edges, node: int) -> bool:
    seen: set[int] = set()
    stack = list(edges.get(node, set()))
    while stack:
        at = stack.pop()
        if at == node:
            return True
        if at not in seen:
            seen.add(at)
            stack.extend(edges.get(at, set()))
    return False


def edges_of(pairs: set[tuple[int, int]]) -> Edges:
    edges: Edges = {}
    for a, b in pairs:
        if a != b:
            edges.setdefault(a, set()).add(b)
    return edges


numbers = st.integers(1, 14)
graphs = st.sets(st.tuples(numbers, numbers), max_size=25)
acyclic = graphs.map(lambda pairs: {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})


@given(acyclic)
def test_follows_like_a_naive_walk_on_acyclic_graphs(pairs: set[tuple[int, int]]) -> None:
    edges = edges_of(pairs)
    result = follow_urn_links(frame_of(pairs), range(1, 15))
    got = {(row["urn"], row["linked_urn"]): (row["steps"], row["ambiguous"]) for row in result.iter_rows(named=True)}
    expected = {(start, to): told for start in range(1, 15) for to, told in walk(edges, start).items()}
    assert got == expected
    assert not result["cycle"].any()
    assert result["final"].to_list() == [urn not in edges for urn in result["linked_urn"]]
    for row in result.iter_rows(named=True):
        assert len(row["link_types"]) == row["steps"]
        assert row["link_types"][0].startswith(f"{row['urn']}>")
        assert row["link_types"][-1].endswith(f">{row['linked_urn']}")


@given(graphs)
def test_ends_on_any_graph_and_finds_its_circles(pairs: set[tuple[int, int]]) -> None:
    edges = edges_of(pairs)
    result = follow_urn_links(frame_of(pairs), range(1, 15))
    reached = {(row["urn"], row["linked_urn"], row["steps"]) for row in result.iter_rows(named=True)}
    assert reached == {(start, to, told[0]) for start in range(1, 15) for to, told in walk(edges, start).items()}
    assert result["cycle"].to_list() == [on_circle(edges, urn) for urn in result["linked_urn"]]


@given(graphs)
def test_back_is_the_reverse_of_forth(pairs: set[tuple[int, int]]) -> None:
    links = frame_of(pairs)
    forth = follow_urn_links(links, range(1, 15))
    back = follow_urn_links(links, range(1, 15), "predecessor")
    turned = back.select(pl.col("linked_urn").alias("urn"), pl.col("urn").alias("linked_urn"), "steps")
    assert sorted(forth.select("urn", "linked_urn", "steps").rows()) == sorted(turned.rows())


def test_a_long_chain_is_followed_to_its_end() -> None:
    length = 300
    result = follow_urn_links(frame_of({(i, i + 1) for i in range(1, length)}), [1])
    assert result["linked_urn"].to_list() == list(range(2, length + 1))
    assert result["steps"].to_list() == list(range(1, length))
    assert result.filter(pl.col("final"))["linked_urn"].to_list() == [length]


def test_either_side_gives_the_link_once_and_its_own_words_win() -> None:
    links = pl.DataFrame(
        {
            "urn": [1, 2],
            "linked_urn": [2, 1],
            "direction": ["successor", "predecessor"],
            "link_type": ["Successor - merged", "Predecessor - merged"],
            "link_date": [None, dt.date(2013, 9, 1)],
        }
    )
    forth = follow_urn_links(links, [1])
    assert forth.select("linked_urn", "link_types", "link_date", "ambiguous").rows() == [
        (2, ["Successor - merged"], dt.date(2013, 9, 1), False)
    ]
    back = follow_urn_links(links, [2], "predecessor")
    assert back.select("linked_urn", "link_types").rows() == [(1, ["Predecessor - merged"])]


@pytest.mark.parametrize(
    ("on", "expected"),
    [(dt.date(2013, 8, 31), []), (dt.date(2013, 9, 1), [2]), (dt.date(2013, 9, 2), [2]), (None, [2])],
)
def test_links_after_the_day_are_left_out(on: dt.date | None, expected: list[int]) -> None:
    links = pl.DataFrame(
        {"urn": [1], "linked_urn": [2], "direction": ["successor"], "link_date": [dt.date(2013, 9, 1)]}
    )
    assert follow_urn_links(links, [1], on=on)["linked_urn"].to_list() == expected


def test_links_without_a_date_always_count() -> None:
    links = pl.DataFrame(
        {"urn": [1], "linked_urn": [2], "direction": ["successor"], "link_date": [None]},
        schema_overrides={"link_date": pl.Date},
    )
    assert follow_urn_links(links, [1], on=dt.date(1990, 1, 1))["linked_urn"].to_list() == [2]


def test_nothing_to_follow_keeps_the_schema() -> None:
    full = follow_urn_links(frame_of({(1, 2)}), [1])
    for empty in (
        follow_urn_links(frame_of({(1, 2)}), []),
        follow_urn_links(frame_of(set()), [1]),
        follow_urn_links(frame_of({(1, 2)}), pl.Series([99])),
    ):
        assert empty.height == 0
        assert empty.schema == full.schema


def test_arrow_and_lazy_frames_are_accepted() -> None:
    links = frame_of({(1, 2), (2, 3)})
    assert follow_urn_links(links.lazy(), [1]).equals(follow_urn_links(links, [1]))
    assert follow_urn_links(links.to_arrow(), [1]).select("linked_urn").rows() == [(2,), (3,)]


def test_wrong_arguments_are_refused() -> None:
    links = frame_of({(1, 2)})
    with pytest.raises(InputError, match="direction: must be 'successor' or 'predecessor', not 'next'"):
        follow_urn_links(links, [1], "next")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'direction' is missing"):
        follow_urn_links(links.drop("direction"), [1])
    with pytest.raises(InputError, match="whole numbers"):
        follow_urn_links(links, ["one"])  # type: ignore[list-item]


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_bad_inputs(read_urn_links, "urn_links", tmp_path, monkeypatch)  # type: ignore[arg-type]


def test_accepted_sources(tmp_path: Path) -> None:
    check_accepted_sources(read_urn_links, "urn_links", tmp_path)  # type: ignore[arg-type]


HEADER = b"URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n"


def test_a_word_where_a_number_belongs_names_line_column_and_value() -> None:
    text = HEADER + b"100000,140000,A,Successor,01-09-2013\n100001,next door,B,Successor,31-02-2013\n"
    with pytest.raises(ReadError) as caught:
        read_urn_links(text)
    message = str(caught.value)
    assert "<bytes>, line 3, column LinkURN: 'next door' is not a whole number" in message
    assert "<bytes>, line 3, column LinkEstablishedDate: '31-02-2013' is not a date" in message
    with pytest.warns(UserWarning, match="is not") as warned:
        frame = read_urn_links(text, unknown="warn")
    assert len(warned) == 2
    assert frame["linked_urn"].to_list() == [140000, None]
    assert frame["link_date"].to_list() == [dt.date(2013, 9, 1), None]


def test_a_link_that_stands_twice_is_reported() -> None:
    text = HEADER + b"1,2,A,Successor,01-09-2013\n" * 2 + b"1,2,A,Successor,\n"
    with pytest.raises(ReadError, match=r"1 key stands more than once among the links: urn 1, linked_urn 2"):
        read_urn_links(text)
    with pytest.warns(UserWarning, match="stands more than once"):
        assert read_urn_links(text, unknown="warn").height == 3


def test_unknown_takes_two_words() -> None:
    with pytest.raises(InputError, match="'raise' or 'warn'"):
        read_urn_links(HEADER + b"1,2,A,Successor,\n", unknown="ignore")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("link_type", "direction", "change"),
    [
        ("Successor", "successor", "replacement"),
        ("Predecessor", "predecessor", "replacement"),
        ("Successor - Split School", "successor", "split"),
        ("Predecessor - amalgamated", "predecessor", "amalgamation"),
        ("Successor - merged", "successor", "merger"),
        ("Result of Amalgamation", None, "amalgamation"),
        ("Merged - change in age range", None, "merger"),
        ("Sixth Form Centre Link", None, "sixth_form"),
        ("Closure", None, "other"),
    ],
)
def test_types_of_link(link_type: str, direction: str | None, change: str) -> None:
    frame = read_urn_links(HEADER + f"1,2,A,{link_type},".encode())
    assert frame.select("direction", "change").row(0) == (direction, change)


# --- the published file ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def links(data: Path) -> pl.DataFrame:
    return read_urn_links(data / "registers" / "gias_links_2021.csv.gz")


def raw_rows(data: Path) -> list[dict[str, str]]:
    text = gzip.decompress((data / "registers" / "gias_links_2021.csv.gz").read_bytes()).decode("cp1252")
    return list(csv.DictReader(io.StringIO(text)))


def test_every_row_and_cell_is_read(data: Path, links: pl.DataFrame) -> None:
    rows = raw_rows(data)
    assert links.height == len(rows) == 29_817
    assert links["urn"].to_list() == [int(row["URN"]) for row in rows]
    assert links["linked_urn"].to_list() == [int(row["LinkURN"]) for row in rows]
    assert links["linked_name"].to_list() == [row["LinkName"].strip() for row in rows]
    dates = [dt.datetime.strptime(d, "%d-%m-%Y").date() if (d := row["LinkEstablishedDate"]) else None for row in rows]
    assert links["link_date"].to_list() == dates
    assert links["link_date"].null_count() == 8_316


def test_cells_read_by_eye(links: pl.DataFrame) -> None:
    first = links.filter(pl.col("urn") == 100012).row(0, named=True)
    assert (first["linked_urn"], first["linked_name"], first["link_type"], first["link_date"]) == (
        100021,
        "Rhyl Primary School",
        "Successor - merged",
        dt.date(2021, 8, 31),
    )
    assert "St Thomas à Becket Catholic Secondary School, A Voluntary Academy" in links["linked_name"].to_list()
    assert "Utkinton St Paul’s CofE Primary School" in links["linked_name"].to_list()


def test_the_register_followed_like_a_naive_walk(data: Path, links: pl.DataFrame) -> None:
    edges: Edges = {}
    for row in raw_rows(data):
        here, there = int(row["URN"]), int(row["LinkURN"])
        if row["LinkType"].startswith("Successor"):
            edges.setdefault(here, set()).add(there)
        elif row["LinkType"].startswith("Predecessor"):
            edges.setdefault(there, set()).add(here)
    starts = links["urn"].unique()
    result = follow_urn_links(links, starts)
    expected = {(start, to, *told) for start in starts for to, told in walk(edges, start).items()}
    assert set(result.select("urn", "linked_urn", "steps", "ambiguous").rows()) == expected
    assert result["steps"].max() == 4
    assert result.filter("cycle")["linked_urn"].unique().sort().to_list() == sorted(
        node for node in edges if on_circle(edges, node)
    )
    assert result["cycle"].any()


def test_starts_and_days_that_are_none_are_refused() -> None:
    links = frame_of({(1, 2)})
    for urns in (1, None):
        with pytest.raises(InputError, match="urns: a list of whole numbers is needed"):
            follow_urn_links(links, urns)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="on: a date such as .* is needed, not '2019'"):
        follow_urn_links(links, [1], on="2019")  # type: ignore[arg-type]
