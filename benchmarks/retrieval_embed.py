"""Embedding notes: the multilingual model in numpy against its own engine."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

from benchmarks.retrieval_bench import Figures, workshop
from benchmarks.retrieval_quality import CORPUS, own_questions
from pipeline.retrieval.embedder import locate_embedder
from pipeline.retrieval.nano import NanoEmbedder, cleaned
from pipeline.retrieval.nano_batch import NanoBatches
from pipeline.retrieval.sentence_search import sentence_texts

__all__ = ["embed"]

_SENTENCES = 500
"""Of the shipped notes, drawn by lot."""
_BLOCK = 125
"""Sentences that one and then the other embeds."""
_FEW = 10
"""So few at once go through the engine."""
_QUESTIONS = 200


def embed(figures: Figures) -> None:
    """Both on one core and in turns; processor time, since the machine may have other work. The
    questions are the shipped ones."""
    import numpy as np

    text = f"notes: {{path: {json.dumps(str(CORPUS))}}}\nembedder: {{model: multilingual}}\n"
    with workshop(text) as config:
        place = Path(locate_embedder(config))
        collection = own_questions(config)
    model = NanoEmbedder(place)
    start = time.process_time()
    batches = NanoBatches(place)
    ready = time.process_time() - start
    owned = [(i, text) for i, p in enumerate(collection.passages) for text in sentence_texts(p)]
    owned = random.Random(0).sample(owned, _SENTENCES)
    texts, owners = [text for _, text in owned], np.asarray([i for i, _ in owned])
    engine, quick, slow, fast = [], [], 0.0, 0.0
    for at in range(0, len(texts), _BLOCK):
        block = texts[at : at + _BLOCK]
        start = time.process_time()
        engine += [model.passages(block[i : i + _FEW]) for i in range(0, len(block), _FEW)]
        middle = time.process_time()
        quick.append(batches.vectors([model.passage_prompt + cleaned(t) for t in block], 1))
        slow, fast = slow + middle - start, fast + time.process_time() - middle
    theirs, ours = np.concatenate(engine), np.concatenate(quick)
    asked = random.Random(0).sample(list(collection.queries), _QUESTIONS)
    questions = np.concatenate([model.questions([query.text]) for query in asked])
    firsts = [owners[(vectors @ questions.T).argmax(0)] for vectors in (theirs, ours)]
    print(
        f"  {len(texts)} sentences: engine {slow:.1f} s, in numpy {fast:.1f} s of processor time "
        f"and {ready:.1f} s to make ready"
    )
    figures("engine / numpy, processor time", slow / fast, least=2.0)
    figures("least cosine of the two", float((theirs * ours).sum(1).min()), least=0.999)
    same = float((firsts[0] == firsts[1]).mean())
    figures(f"the same passage nearest, of {_QUESTIONS} questions", same, least=0.98)
