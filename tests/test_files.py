"""Files are written whole or not at all, and a damaged one is never taken for what was written."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import files
from pipeline.files import DamagedRecord, read_record, write_record, write_whole
from tests.damage import DAMAGES, damaged

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_a_record_comes_back_as_it_was(value: Any) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.json"
        try:
            write_record(path, value)
        except UnicodeEncodeError:
            return  # half of a character has no bytes in UTF-8
        assert read_record(path) == value


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_record_is_never_read_as_another(tmp_path: Path, how: str, seed: int) -> None:
    path, value = tmp_path / "r.json", {"streams": 16, "speed": [1.5, 24.0], "of": "노트"}
    write_record(path, value)
    path.write_bytes(damaged(path.read_bytes(), how, seed))
    found = None
    with contextlib.suppress(DamagedRecord):
        found = read_record(path)
    assert found in (None, value), "only white space may differ"


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "{}", '{"checksum": "x"}', "[" * 100_000, "9" * 9999]
)
def test_what_is_no_record_is_damaged(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(DamagedRecord, match=r"r\.json: is damaged"):
        read_record(tmp_path / "r.json")


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, "old")
    (tmp_path / "b").mkdir()
    with pytest.raises(OSError, match="b"):
        write_whole(tmp_path / "b", "new")
    with pytest.raises(OSError, match="missing"):
        write_whole(tmp_path / "missing" / "a.json", "new")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "b"]
    assert path.read_text() == "old"


@pytest.mark.parametrize(("system", "answers"), [("nt", True), ("posix", False)])
def test_a_pointer_that_is_just_being_read_is_replaced_a_little_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, answers: bool
) -> None:
    part, path = tmp_path / "a.part", tmp_path / "a"
    part.write_text("new", encoding="utf-8")
    path.write_text("old", encoding="utf-8")
    real, refused = Path.replace, [True, True]

    def replace(self: Path, target: Path) -> Path:
        if refused:
            refused.pop()
            raise PermissionError("in use")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    if answers:
        files._take_place(part, path, system)
        assert path.read_text(encoding="utf-8") == "new"
    else:
        with pytest.raises(PermissionError):
            files._take_place(part, path, system)
