"""The neighbours that the engine is measured against, each as its own users run it."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

__all__ = ["BatchedBench", "LlamaLoop", "LlamaScores", "LlamaServer"]


class LlamaLoop:
    """`llama_cpp.Llama`, one completion after another; it reuses the prompt it read last."""

    def __init__(self, model: Path, threads: int, context: int = 2048) -> None:
        from llama_cpp import Llama

        self.llama: Any = Llama(
            str(model), n_ctx=context, n_threads=threads, n_threads_batch=threads, verbose=False
        )

    def run(self, prompts: Sequence[list[int]], tokens: int) -> tuple[int, float]:
        """New tokens and seconds of one completion for each prompt in turn."""
        made = 0
        start = time.perf_counter()
        for i, prompt in enumerate(prompts):
            out = self.llama.create_completion(
                prompt, max_tokens=tokens, temperature=0.8, top_k=40, top_p=0.95, min_p=0.05,
                repeat_penalty=1.0, seed=i,
            )  # fmt: skip
            made += out["usage"]["completion_tokens"]
        return made, time.perf_counter() - start

    def greedy(self, prompt: list[int], tokens: int) -> str:
        self.llama.reset()
        out = self.llama.create_completion(
            prompt, max_tokens=tokens, temperature=0.0, repeat_penalty=1.0
        )
        return str(out["choices"][0]["text"])

    def logits(self, prompt: list[int]) -> Any:
        """The logits after the prompt, float32 (vocabulary,)."""
        import ctypes

        import llama_cpp
        import numpy as np

        self.llama.reset()
        self.llama.eval(prompt)
        row = llama_cpp.llama_get_logits_ith(self.llama.ctx, -1)
        kind = ctypes.POINTER(ctypes.c_float)
        return np.ctypeslib.as_array(ctypes.cast(row, kind), (self.llama.n_vocab(),)).copy()

    def close(self) -> None:
        self.llama.close()


class LlamaScores:
    """`llama_cpp.Llama` with `logits_all=True`: the log-likelihood of one text after another."""

    def __init__(self, model: Path, threads: int, context: int = 512) -> None:
        from llama_cpp import Llama

        self.llama: Any = Llama(
            str(model), n_ctx=context, n_threads=threads, n_threads_batch=threads,
            logits_all=True, verbose=False,
        )  # fmt: skip

    def completions(self, prompt: str, texts: Sequence[str]) -> list[float]:
        """By its completions, which echo the prompt with its log-probabilities (as evaluation
        harnesses ask for them); what the prompts have in common is read once."""
        self.llama.reset()
        found = []
        for text in texts:
            out = self.llama.create_completion(
                prompt + text, max_tokens=1, echo=True, logprobs=1, temperature=0.0
            )
            told, end = out["choices"][0]["logprobs"], len(prompt + text)
            pairs = zip(told["text_offset"], told["token_logprobs"], strict=True)
            found.append(sum(value for at, value in pairs if len(prompt) <= at < end))
        return found

    def evaluated(
        self, prompt: list[int], texts: Sequence[list[int]], *, keep: bool
    ) -> list[float]:
        """By hand: `eval`, then the log-softmax of the rows that are needed and of no others.
        `keep`: the prompt is read once."""
        import numpy as np

        llama, found = self.llama, list[float]()
        llama.reset()
        llama.eval(prompt)
        for text in texts:
            if keep:
                llama.n_tokens = len(prompt)  # `eval` forgets what is kept after it
                llama.eval(text[:-1])
            else:
                llama.reset()
                llama.eval([*prompt, *text[:-1]])
            start = len(prompt) - 1
            rows = np.array(llama.scores[start : start + len(text)], np.float64)
            rows -= rows.max(axis=1, keepdims=True)
            told = rows[np.arange(len(text)), text] - np.log(np.exp(rows).sum(axis=1))
            found.append(float(told.sum()))
        return found

    def close(self) -> None:
        self.llama.close()


class LlamaServer:
    """llama-server with as many slots as completions asked for, otherwise at its defaults."""

    def __init__(self, binary: Path, model: Path, slots: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._process = subprocess.Popen(
            [str(binary), "-m", str(model), "--port", str(self._port), "-np", str(slots)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(240):
            with contextlib.suppress(urllib.error.URLError, OSError):
                self._call("/health")
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.25)
        self.close()
        raise RuntimeError(f"{binary} did not start")

    def _call(self, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=300) as reply:
            return json.load(reply)

    def run(self, prompt: list[int], n: int, tokens: int) -> tuple[int, float]:
        """New tokens and seconds of one request for n completions of one prompt."""
        start = time.perf_counter()
        out = self._call(
            "/completion",
            {
                "prompt": prompt, "n_cmpl": n, "n_predict": tokens, "temperature": 0.8,
                "top_k": 40, "top_p": 0.95, "min_p": 0.05, "repeat_penalty": 1.0,
                "cache_prompt": True,
            },
        )  # fmt: skip
        seconds = time.perf_counter() - start
        return sum(choice["tokens_predicted"] for choice in out), seconds

    def close(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        if self._process.poll() is None:
            self._process.kill()


class BatchedBench:
    """llama-batched-bench: llama.cpp's own figure for batched decoding, which samples nothing."""

    def __init__(self, binary: Path, model: Path, threads: int) -> None:
        self._binary, self._model, self._threads = binary, model, threads

    def run(self, prompt: int, tokens: int, streams: Sequence[int]) -> Iterator[tuple[str, float]]:
        """(setting, new tokens/s while decoding) for a shared prompt."""
        for flash in ("off", "on"):
            done = subprocess.run(
                [
                    str(self._binary), "-m", str(self._model), "-c", "4096", "-b", "512",
                    "-ub", "512", "-npp", str(prompt), "-ntg", str(tokens), "-npl",
                    ",".join(map(str, streams)), "-pps", "-kvu", "-fa", flash, "-t",
                    str(self._threads), "-tb", str(self._threads), "--output-format", "jsonl",
                ],
                capture_output=True, text=True, check=True, timeout=300,
            )  # fmt: skip
            for line in done.stdout.splitlines():
                if line.startswith("{"):
                    row = json.loads(line)
                    yield f"flash attention {flash}, {row['pl']} streams", float(row["speed_tg"])
