"""Damage is found before anything damaged is used, and nothing more is read than is used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import checksums
from pipeline.checksums import BLOCK, CheckedFiles, checksum, describe
from pipeline.errors import IndexError_
from tests.damage import DAMAGES, damaged


def refuse(path: Path, why: str) -> IndexError_:
    return IndexError_(f"{path.name} is damaged ({why}).")


def checked(folder: Path) -> CheckedFiles:
    return CheckedFiles(folder, {p.name: describe(p) for p in folder.iterdir()}, refuse)


def test_the_checksum_is_that_of_xxhsum() -> None:
    """The value that the reference implementation prints for these inputs (`xxhsum -H2`)."""
    assert checksum(b"") == "99aa06d3014798d86001c324468d497f"
    assert checksum(b"a") == "a96faf705af16834e6c632b61e964e1f"


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("size", [0, 1, 100, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17])
def test_every_damage_of_a_file_is_found(tmp_path: Path, size: int, how: str) -> None:
    data = np.random.default_rng(size).integers(0, 256, size, np.uint8).tobytes()
    file = tmp_path / "a"
    file.write_bytes(data)
    facts = {"a": describe(file)}
    assert CheckedFiles(tmp_path, facts, refuse).read("a") == data
    file.write_bytes(damaged(data, how))
    with pytest.raises(IndexError_, match="a is damaged"):
        CheckedFiles(tmp_path, facts, refuse).check_all()
    with pytest.raises(IndexError_, match="a is damaged"):
        CheckedFiles(tmp_path, facts, refuse).read("a")


@given(st.data())
def test_a_flipped_bit_is_found_wherever_it_is(data: st.DataObject) -> None:
    import tempfile

    raw = data.draw(st.binary(min_size=1, max_size=300))
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a"
        file.write_bytes(raw)
        files = checked(Path(folder))
        out = bytearray(raw)
        out[bit // 8] ^= 1 << bit % 8
        file.write_bytes(bytes(out))
        with pytest.raises(IndexError_):
            files.check("a")


def test_only_the_blocks_in_use_are_compared_and_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.arange(20 * BLOCK // 8, dtype=np.int64).reshape(-1, 64)
    np.save(tmp_path / "rows.npy", rows)
    files = checked(tmp_path)
    compared: list[int] = []
    real = CheckedFiles._compare

    def counting(self: CheckedFiles, name: str, data: memoryview, blocks: range) -> None:
        compared.extend(blocks)
        real(self, name, data, blocks)

    monkeypatch.setattr(CheckedFiles, "_compare", counting)
    found = files.rows("rows.npy")
    assert compared == [0]
    a_block = BLOCK // (64 * 8)
    np.testing.assert_array_equal(found[10 * a_block : 10 * a_block + 2], rows[10 * a_block :][:2])
    np.testing.assert_array_equal(found[np.asarray([5, 15 * a_block])], rows[[5, 15 * a_block]])
    before = len(compared)
    assert before <= 5
    assert found[10 * a_block : 10 * a_block + 2].shape == (2, 64)
    assert len(compared) == before
    files.check("rows.npy")
    assert set(compared) == set(range(21))


def test_a_damaged_row_is_refused_and_the_others_are_given(tmp_path: Path) -> None:
    rows = np.ones((4 * BLOCK // 64, 16), np.float32)
    file = tmp_path / "rows.npy"
    np.save(file, rows)
    files = checked(tmp_path)
    data = bytearray(file.read_bytes())
    data[-10] ^= 4
    file.write_bytes(bytes(data))
    found = files.rows("rows.npy")
    assert found[0:10].shape == (10, 16)
    with pytest.raises(IndexError_, match=r"rows\.npy .*\(block 5 of 5"):
        found[len(rows) - 1 : len(rows)]
    with pytest.raises(IndexError_):
        found[[3, len(rows) - 1]]
    with pytest.raises(IndexError_):
        files.array("rows.npy")


def test_a_file_without_checksums_is_not_used(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(3))
    files = CheckedFiles(tmp_path, {}, refuse)
    for use in (files.array, files.rows, files.read, files.check):
        with pytest.raises(IndexError_, match="no checksum"):
            use("a.npy")


def test_no_pickle_is_read(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.asarray([{}], object), allow_pickle=True)
    with pytest.raises(IndexError_, match="damaged"):
        checked(tmp_path).array("a.npy")


def test_an_array_without_elements(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(0, np.int64))
    found = checked(tmp_path).rows("a.npy")
    assert len(found) == 0
    assert len(found[0:5]) == 0


def test_blocks_are_small_enough_to_be_compared_at_once() -> None:
    assert checksums.BLOCK <= 1 << 20
