"""A small folder of notes in two languages, indexed once without a model and once with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.config import Config, load_config
from pipeline.retrieval import Index, build, open_index

NOTES = {
    "bread.md": """# Bread

## Sourdough starter

A starter is a mixture of flour and water in which wild yeast lives. It is fed every day with fresh
flour. After a week it doubles in a few hours and smells of apples. Bakers keep a spoonful of it in
the cold for the next loaf. A neglected jar turns grey and must be thrown away.

## Oven temperature

Bread is baked at 230 degrees with steam. The steam keeps the crust soft while the loaf rises. After
twenty minutes the door is opened and the steam let out. A hollow sound from the bottom tells that
the crumb is done. Cooling on a rack keeps the crust crisp.
""",
    "bees.md": """# Bees

## The waggle dance

A bee that has found nectar dances on the comb. The angle of the dance tells the direction from the
sun. The length of the waggle tells the distance to the flowers. Other workers follow the dancer in
the dark and learn the way. Karl von Frisch described this language in the last century.

## Winter cluster

In winter the colony forms a ball around its queen. The workers shiver to make heat. They eat the
honey stored in summer. The ball moves slowly over the frames. On warm days the bees fly out to
clean themselves.
""",
    "바다.md": """# 바다

## 밀물과 썰물

달의 인력이 바닷물을 끌어당겨 밀물이 생긴다. 하루에 두 번 물이 들어오고 두 번 나간다. 보름에는 해와
달이 한 줄에 서므로 물의 높이 차이가 가장 커진다. 어부들은 물때를 보고 배를 띄운다. 서해는 바닥이
얕아서 갯벌이 넓게 드러난다.

## 소금 만들기

염전에서는 바닷물을 얕은 밭에 가두어 햇볕에 말린다. 물이 마르면 소금 결정이 바닥에 앉는다. 바람이
많이 부는 날에는 결정이 빨리 자란다. 일꾼들은 나무 고무래로 소금을 긁어모은다. 창고에서 몇 해 묵히면
쓴맛이 빠진다.
""",
    "감자.md": """# 감자

## 심는 때

감자(potato)는 서리가 끝날 무렵에 심는다. 씨감자를 눈이 두 개씩 붙도록 자른다. 자른 면에 재를
묻혀 말린다. 이랑을 높게 만들어야 물이 잘 빠진다. 싹이 한 뼘 자라면 흙을 북돋아 준다.

## 거두어 두기

잎이 누렇게 마르면 캘 때가 된 것이다. 맑은 날이 이틀 이어진 뒤에 캔다. 상처 난 것은 따로 골라
먼저 먹는다. 빛이 들면 푸르게 변하고 독이 생긴다. 어둡고 서늘한 곳에 두면 봄까지 간다.
""",
}


def write_notes(folder: Path, notes: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in notes.items():
        (folder / name).write_text(text, encoding="utf-8")


def make_config(folder: Path, retrieval: str = "{arms: [words, grams, headings]}") -> Config:
    folder.mkdir(parents=True, exist_ok=True)
    text = f"notes: {{path: notes}}\nindex: {{path: index}}\nretrieval: {retrieval}\n"
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    return load_config(folder / "config.yaml")


@pytest.fixture
def workshop(tmp_path: Path) -> Config:
    """Notes and a configuration without the dense arm; nothing built."""
    write_notes(tmp_path / "노트 folder" / "notes", NOTES)
    return make_config(tmp_path / "노트 folder")


@pytest.fixture
def lexical(workshop: Config) -> Iterator[Index]:
    """An index without the dense arm."""
    build(workshop)
    with open_index(workshop) as index:
        yield index


@pytest.fixture(scope="session")
def embedded_config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Notes indexed with every arm and the English embedder that comes as a package, whose
    questions are embedded by the light encoder."""
    folder = tmp_path_factory.mktemp("임베딩")
    write_notes(folder / "notes", NOTES)
    config = make_config(folder, "{}\nembedder: {model: english}")
    build(config)
    return config


@pytest.fixture
def best() -> Callable[[Index, str], str]:
    """The source of the first hit."""
    return lambda index, question: index.search(question, 1)[0].passage.source
