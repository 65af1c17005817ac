"""Measures how far the next-token probabilities of a copy of a model are from the original's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.engine.local.native import Context, EngineSettings, NativeModel
from pipeline.errors import ModelError, filled

__all__ = ["Divergence", "divergence"]

_CHUNK = 64
_TEXT = """A lighthouse keeper writes down the wind, the height of the water and the ships passing.
On 14 March 1902 the glass fell by eleven points before noon, and by evening a barge had lost its
mast; two men were brought ashore at 9:40. "We saw your lamp," said the older one, "and steered for
it." Every page of the book has the same four columns: hour, weather, vessel, remark. If a column is
empty, nothing happened in it. To find the mean of a week, add the seven readings and divide by 7;
for 3, 5, 4, 6, 2, 8 and 7 that is 35 / 7 = 5. The keeper's daughter later taught this at a school,
because a list of dull numbers, read slowly, turns out to be a story about people.
바람이 바뀌면 배는 항구에서 기다린다. 등대지기는 매일 같은 시간에 물의 높이를 재어 공책에 적었다.
"""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Against the model as it is, over the tokens of a short text: mean Kullback-Leibler divergence
    of the next token's distribution (nats), share of positions with the same likeliest token, and
    how much less likely the text has become (nats a token; less than 0 is likelier)."""

    kl: float
    agreement: float
    loss: float

    def __str__(self) -> str:
        return filled(
            "next-token distribution moves by {kl} nats, likeliest token the same {agreement} of "
            "the time, the text's own {loss} nats a token",
            kl=f"{self.kl:.4f}",
            agreement=f"{self.agreement:.1%}",
            loss=f"{self.loss:+.4f}",
        )


def divergence(model: NativeModel, copy: NativeModel, text: str = _TEXT) -> Divergence:
    """Both read the same text. Raises ModelError when one cannot."""
    tokens = model.tokenize(text, special=False, first=True)
    readers = [
        Context(m, EngineSettings(unified=True, flash=False), cells=-(-len(tokens) // 256) * 256,
                sequences=1, batch=_CHUNK)
        for m in (model, copy)
    ]  # fmt: skip
    divergences, same, losses = [], [], []
    try:
        for at in range(0, len(tokens), _CHUNK):
            part = tokens[at : at + _CHUNK]
            ours, theirs = (_read(reader, part, at) for reader in readers)
            divergences.append((np.exp(ours) * (ours - theirs)).sum(axis=1))
            same.append(ours.argmax(axis=1) == theirs.argmax(axis=1))
            following = np.array(tokens[at + 1 : at + 1 + len(part)])
            rows = np.arange(len(following))
            losses.append(ours[rows, following] - theirs[rows, following])
    finally:
        for reader in readers:
            reader.close()
    return Divergence(
        max(float(np.concatenate(divergences).mean()), 0.0),
        float(np.concatenate(same).mean()),
        float(np.concatenate(losses).mean()),
    )


def _read(reader: Context, tokens: list[int], at: int) -> npt.NDArray[np.float32]:
    """Log-probabilities, float32 (tokens, vocabulary), of what follows each token."""
    n = len(tokens)
    reader.token[:n], reader.pos[:n] = tokens, range(at, at + n)
    reader.seq[:n], reader.wanted[:n] = 0, 1
    if reader.decode(n):
        raise ModelError("The model could not read a text.", "Set model.weights to file.")
    rows: npt.NDArray[np.float32] = reader.logits(n).copy()
    rows -= rows.max(axis=1, keepdims=True)
    rows -= np.log(np.exp(rows).sum(axis=1, keepdims=True))
    return rows
