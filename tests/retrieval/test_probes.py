from __future__ import annotations

from collections import Counter

import pytest

from pipeline.retrieval import Index
from pipeline.retrieval.probes import make_probes


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_other_word_of_the_sentence_is_gone(lexical: Index, language: str) -> None:
    notes = [lexical.passages[i] for i in range(len(lexical.passages))]
    probes = make_probes(notes, language)
    assert probes == make_probes(notes, language)
    hidden = [probe for probe in probes if probe.hidden]
    assert len(hidden) >= 4
    for probe in hidden:
        passage = notes[probe.target]
        assert passage.language == language
        whole = [passage.text[start:end] for start, end, _ in probe.halves]
        left = [text for *_, text in probe.halves]
        assert Counter(" ".join(left).split()) + Counter(probe.hidden.split()) == Counter(
            " ".join(whole).split()
        )
        assert any(probe.question in " ".join(text.split()) for text in whole)
        assert all(probe.question not in text for text in left)
        asked = probe.question.split()
        assert sum(word in probe.hidden.split() for word in asked) >= len(asked) // 2


def test_headings_ask_for_what_stands_under_them(lexical: Index) -> None:
    notes = [lexical.passages[i] for i in range(len(lexical.passages))]
    asked = [probe for probe in make_probes(notes, "en") if not probe.hidden]
    assert asked
    for probe in asked:
        right = [i for i, note in enumerate(notes) if note.headings[-1:] == (probe.question,)]
        assert [probe.target, *probe.also] == right
