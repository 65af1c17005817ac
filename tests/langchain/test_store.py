"""The documents of a store on disk: a damaged file is named, never used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import IndexError_
from pipeline.langchain import DocumentStore
from tests.damage import DAMAGES, damaged

TEXTS = {"a": "A kingfisher dives for fish.", "b": "물총새는 물가에 산다."}


def documents(folder: Path) -> dict[str, str]:
    store = DocumentStore.open(folder)
    return {str(d.id): d.page_content for d in store.get_by_ids([*TEXTS, "c"])}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_file_is_named(tmp_path: Path, how: str) -> None:
    DocumentStore.open(tmp_path).add_texts(list(TEXTS.values()), ids=list(TEXTS))
    file = tmp_path / "documents.jsonl"
    sound = file.read_bytes()
    for seed in range(30):
        file.write_bytes(damaged(sound, how, seed))
        try:
            found = documents(tmp_path)
        except IndexError_ as error:
            found = TEXTS
            assert "documents.jsonl" in error.what  # noqa: PT017
            assert error.remedy  # noqa: PT017
        assert found == TEXTS
    file.write_bytes(sound.replace(b"dives", b"looks"))
    with pytest.raises(IndexError_, match="delete its first line"):
        documents(tmp_path)
    file.write_bytes(file.read_bytes().partition(b"\n")[2])  # the remedy
    assert documents(tmp_path) == {**TEXTS, "a": "A kingfisher looks for fish."}


def test_a_file_of_the_earlier_version_is_read(tmp_path: Path) -> None:
    rows = [{"id": name, "text": text, "metadata": {}} for name, text in TEXTS.items()]
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    (tmp_path / "documents.jsonl").write_text("".join(lines), encoding="utf-8")
    assert documents(tmp_path) == TEXTS
    (tmp_path / "documents.jsonl").write_text(lines[0] + "{", encoding="utf-8")
    with pytest.raises(IndexError_, match=r"documents\.jsonl:2: damaged"):
        documents(tmp_path)
