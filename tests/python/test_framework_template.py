"""The starter file: it loads, lint finds nothing in it, its own test passes, and it never overwrites a file."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

import schoolframe as sf
from schoolframe._framework_template import new_template
from schoolframe.exceptions import InputError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "my_framework.toml"
    new_template(target)
    return target


def test_the_template_loads_and_lint_finds_nothing(path: Path) -> None:
    framework = sf.Framework.load(path)
    assert framework.lint().to_dicts() == []
    assert (framework.name, framework.category_names) == ("my_framework", ["A", "B", "C"])


def test_it_says_that_its_authority_is_invented() -> None:
    text = new_template()
    assert "(invented)" in text
    assert "invented. No council has decided them." in text


def test_the_text_is_what_is_written(path: Path) -> None:
    assert path.read_bytes().decode("utf-8") == new_template()


def test_the_test_at_its_end_passes_as_it_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    end = new_template().partition("# ---- How to test it.")[2]
    commands = "\n".join(line.removeprefix("#     ") for line in end.splitlines() if line.startswith("#     "))
    assert "assert result.frame" in commands
    monkeypatch.chdir(path.parent)
    exec(compile(commands, str(path), "exec"), {})


def test_every_section_has_a_comment_before_it() -> None:
    sections: set[str] = set()
    explained: set[str] = set()
    before = ""
    for line in new_template().splitlines():
        found = re.match(r"\[\[?([a-z_]+)", line)
        if found is not None:
            sections.add(found.group(1))
            if before.startswith("#"):
                explained.add(found.group(1))
        before = line or before
    assert sections == explained
    assert {"framework", "category", "thresholds", "indicators", "decide", "reading", "support"} <= sections


def test_the_cap_and_the_boundary_work(path: Path) -> None:
    schools = pl.DataFrame(
        {
            "urn": [1, 2, 3],
            "attainment_pct": [65.0, 55.0, 55.0],
            "nat_attainment_pct": [60.0, 60.0, 60.0],
            "leadership_effectiveness": ["consistent", "not_yet_consistent", "not_yet_consistent"],
            "safeguarding_effective": [False, True, None],
        }
    )
    frame = sf.Framework.load(path).assign(schools, phase="primary").frame
    assert frame["category"].to_list() == ["C", "B", None]
    assert frame["possible"].to_list() == [["C"], ["B"], ["B", "C"]]
    strict = sf.Framework.load(path, readings={"EXB-NEAR": "B"}).assign(schools, phase="primary").frame
    assert strict["category"].to_list()[1] == "C"


def test_a_file_that_is_there_stays(path: Path) -> None:
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"my_framework\.toml: there is a file or folder already"):
        new_template(path)
    assert path.read_text(encoding="utf-8") == "mine"


def test_the_folder_is_made(tmp_path: Path) -> None:
    new_template(tmp_path / "a" / "b" / "mine.toml")
    assert (tmp_path / "a" / "b" / "mine.toml").is_file()


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ("file/mine.toml", "its folder is a file"),
        ("file/deeper/mine.toml", "cannot be written there: Not a directory"),
        ("folder", "there is a file or folder already"),
    ],
)
def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path, inner: str, words: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=words) as raised:
        new_template(tmp_path / inner)
    assert str(raised.value).startswith(str(tmp_path / inner))
    assert (tmp_path / "file").read_bytes() == b""
