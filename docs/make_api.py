"""docs/api.md from the docstrings: python docs/make_api.py [--check]"""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

PACKAGES = {
    "pipeline.config": "The one file a user edits.",
    "pipeline.errors": "What can go wrong.",
    "pipeline.answering.session": "From a configuration to something that answers.",
    "pipeline.answering.prepare": "What a question holds is decided here; `for_model` builds it.",
    "pipeline.types": "The nouns.",
    "pipeline.engine": "Prompts become samples.",
    "pipeline.retrieval": "Passages become hits.",
    "pipeline.notes": "Files become passages.",
    "pipeline.answers.parse": "The final answer in a reply.",
    "pipeline.answers.normalise": "Whether two answers say the same.",
    "pipeline.answers.calculator": "Arithmetic that a model wrote.",
    "pipeline.strategies": "Strategies.",
    "pipeline.evidence.reply_reading": "The answer in a reply.",
    "pipeline.answering.loop": "The one loop.",
    "pipeline.pool": "Samples that are kept.",
    "pipeline.langchain": "All of it in LangChain.",
    "evals.tasks": "What is asked.",
    "evals.scorers": "What is right.",
    "evals.run.model_run": "One model with all tasks.",
    "evals.run.recording": "What was found, as records.",
    "evals.run.records": "A run on disk.",
    "evals.stats.paired": "Differences on the same questions.",
    "evals.stats.permutation": "Permutation tests that respect clusters.",
    "evals.stats.multiple_testing": "Many comparisons at once.",
    "evals.stats.votes": "What a vote of k would have scored.",
    "evals.stats.power": "What a run of n questions can show.",
}


def page() -> str:
    """The reference: of every public name its signature and what it is for."""
    lines = [
        "# API reference",
        "",
        "Made from the docstrings by `python docs/make_api.py`; the source says more.",
    ]
    for name, words in PACKAGES.items():
        module = importlib.import_module(name)
        lines += ["", f"## `{name}`", "", words, ""]
        for public in sorted(module.__all__, key=str.lower):
            lines.append(_line(public, getattr(module, public)))
    return "\n".join(lines) + "\n"


def _line(name: str, thing: object) -> str:
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return f"- `{name}`"
    told = inspect.getdoc(thing) or ""
    own = not inspect.isclass(thing) or ("__doc__" in vars(thing) and vars(thing)["__doc__"])
    words = " ".join(told.split("\n\n")[0].split()) if own else ""
    if words.startswith(f"{name}("):  # the signature that a dataclass is given for want of words
        words = ""
    called = f"`{name}`"
    if inspect.isfunction(thing):
        called = f"`{name}({', '.join(inspect.signature(thing).parameters)})`"
    return f"- {called} — {words}" if words else f"- {called}"


def main() -> int:
    """Write the page, or with --check say whether it is as it would be written."""
    file = Path(__file__).with_name("api.md")
    if "--check" in sys.argv[1:]:
        return int(file.read_text(encoding="utf-8") != page())
    file.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
