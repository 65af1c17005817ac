"""The table of strategies: what each is called, what it is made of, and where it comes from."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import ConfigError, filled
from pipeline.strategies.adaptive import Adaptive
from pipeline.strategies.anytime import Anytime
from pipeline.strategies.base import Strategy
from pipeline.strategies.beam import StepSearch
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.deepconf import DeepConf
from pipeline.strategies.deepconf_online import DeepConfOnline
from pipeline.strategies.early_stopping import EarlyStopping
from pipeline.strategies.force import Force
from pipeline.strategies.grounded import Grounded
from pipeline.strategies.judge import Judge
from pipeline.strategies.likelihood import OptionLikelihood
from pipeline.strategies.minimum_bayes_risk import MinimumBayesRisk
from pipeline.strategies.names import StrategyName, parse_name
from pipeline.strategies.optimal import Optimal
from pipeline.strategies.optscale import OptScale
from pipeline.strategies.particle_filtering import Particles
from pipeline.strategies.ptrue import PTrue
from pipeline.strategies.refine import Refine
from pipeline.strategies.reranked import Reranked
from pipeline.strategies.scrutinize import Scrutinized
from pipeline.strategies.search_again import SearchAgain
from pipeline.strategies.select import Select
from pipeline.strategies.self_consistency import SelfConsistency
from pipeline.strategies.single import Single
from pipeline.strategies.subsets import Subsets
from pipeline.strategies.universal import Universal
from pipeline.strategies.weighted import Weighted

__all__ = ["AGGREGATIONS", "PROMPT_METHODS", "Aggregation", "make_strategy"]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """How to sample, and how to choose an answer. `make` is called with `name`, `prompt_method`,
    `draws` and the aggregation's own parameters; `fixed` are those that are its meaning."""

    make: Callable[..., Strategy]
    draws: int
    about: str
    paper: str = ""
    fixed: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that config.yaml may set under `strategies`, with their defaults: those
        that are a word, a number or a switch. A function is for who calls from Python."""
        fields = dataclasses.fields(self.make)  # type: ignore[arg-type]
        given = {"name", "prompt_method", "draws", *self.fixed}
        settable = (bool, int, float, str)
        return {
            f.name: f.default
            for f in fields
            if f.name not in given and isinstance(f.default, settable)
        }


PROMPT_METHODS: Mapping[str, str] = {
    "direct": "answer at once",
    "cot": "think step by step (2205.11916)",
    "plan": "plan first, then solve (2305.04091)",
    "fewshot": "as worked examples do (2201.11903)",
    "program": "write the arithmetic, which is then computed (2211.12588)",
}
"""Prompt methods: prompt templates, in a line each."""

AGGREGATIONS: Mapping[str, Aggregation] = {
    "": Aggregation(Single, 1, "one greedy sample"),
    "sc": Aggregation(
        SelfConsistency, 8, "self-consistency: the most frequent answer", "2203.11171"
    ),
    "verified": Aggregation(
        SelfConsistency,
        8,
        "self-consistency in which three of eight must agree, and in words more than half",
        "2203.11171",
        {"quorum": 2, "share": 0.375},
    ),
    "adaptive": Aggregation(
        Adaptive, 32, "samples until the leading answer is likely ahead (Beta rule)", "2305.11860"
    ),
    "anytime": Aggregation(
        Anytime,
        32,
        "samples until the leading answer is certified, at a stated error",
        "2510.17472",
    ),
    "esc": Aggregation(EarlyStopping, 40, "samples until a window of them agrees", "2401.10480"),
    "weighted": Aggregation(
        Weighted, 8, "a vote weighed by each reply's own confidence", "2502.06233"
    ),
    "deepconf": Aggregation(DeepConf, 16, "the surest replies alone vote", "2508.15260"),
    "deepconf-online": Aggregation(
        DeepConfOnline,
        32,
        "replies that become unsure are stopped as they are written",
        "2508.15260",
    ),
    "ptrue": Aggregation(
        PTrue, 16, "the reply that the model itself calls right (half of the samples)", "2207.05221"
    ),
    "scrutinize": Aggregation(
        Scrutinized,
        24,
        "as ptrue, and answers too close to call are compared in pairs",
        "2502.01839",
    ),
    "optscale": Aggregation(
        OptScale,
        32,
        "as ptrue, with as many replies as a good one is likely to be among",
        "2506.22376",
    ),
    "judge": Aggregation(
        Judge, 16, "the reply that a judge grades best (half of the samples)", "2306.05685"
    ),
    "grounded": Aggregation(Grounded, 8, "the reply that the passages support best"),
    "mbr": Aggregation(
        MinimumBayesRisk, 8, "the reply that agrees best with the others", "2410.02902"
    ),
    "rerank": Aggregation(Reranked, 8, "the reply that a scorer puts first"),
    "select": Aggregation(
        Select, 8, "the piece of the notes that replies and likelihoods make the likeliest"
    ),
    "universal": Aggregation(
        Universal, 9, "the model names the most consistent of its replies", "2311.17311"
    ),
    "likelihood": Aggregation(
        OptionLikelihood,
        1,
        "multiple choice: the likeliest option (acc of lm-eval)",
        fixed={"normalised": False},
    ),
    "likelihood-norm": Aggregation(
        OptionLikelihood,
        1,
        "multiple choice: the likeliest option for its length (acc_norm of lm-eval)",
        fixed={"normalised": True},
    ),
    "refine": Aggregation(Refine, 5, "draft, criticism, revision", "2303.17651"),
    "force": Aggregation(Force, 4, 'made to think on after "Wait,"', "2501.19393"),
    "beam": Aggregation(
        StepSearch,
        42,
        "the best steps are gone on with, under a scorer",
        "2408.03314",
        {"trees": 1},
    ),
    "dvts": Aggregation(
        StepSearch, 84, "several searches over steps that never meet", "2408.03314", {"width": 1}
    ),
    "particles": Aggregation(
        Particles, 24, "steps sampled and sampled again in proportion to a score", "2502.01618"
    ),
    "subsets": Aggregation(
        Subsets, 8, "votes over different parts of what was found", "2203.11171"
    ),
    "search": Aggregation(SearchAgain, 4, "each sentence thought is searched for", "2212.10509"),
    "optimal": Aggregation(
        Optimal, 16, "a few samples decide what the rest is spent on", "2408.03314"
    ),
}


def make_strategy(
    name: str | StrategyName,
    *,
    draws: int | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> Strategy:
    """Make the strategy of a name. `draws` stands in for the name's own number, `options` are
    parameters by aggregation (`strategies` in config.yaml), or by prompt method and aggregation
    (`cot@optimal`), which count before those.

    Raises ConfigError naming the nearest method, aggregation or parameter that exists.

    >>> make_strategy("cot@sc16").draws
    16
    """
    parsed = parse_name(name) if isinstance(name, str) else name
    if parsed.way not in PROMPT_METHODS:
        raise ConfigError(
            filled("There is no prompt method `{name}`.", name=parsed.way),
            _near(parsed.way, PROMPT_METHODS),
        )
    if parsed.rule not in AGGREGATIONS:
        raise ConfigError(
            filled("There is no aggregation `@{name}`.", name=parsed.rule),
            _near(parsed.rule, AGGREGATIONS),
        )
    rule = AGGREGATIONS[parsed.rule]
    given = options or {}
    own = {**given.get(parsed.rule, {}), **given.get(f"{parsed.way}@{parsed.rule}", {})}
    for key, value in own.items():
        if key not in rule.parameters:
            where = f"strategies.{parsed.rule}.{key}"
            raise ConfigError(
                filled("{where}: there is no such parameter.", where=where),
                _near(key, rule.parameters),
            )
        default = rule.parameters[key]
        if isinstance(default, float) and isinstance(value, int):
            own[key] = float(value)
        elif type(value) is not type(default):
            raise ConfigError(
                filled(
                    "strategies.{rule}.{key}: {value} is not a {kind}.",
                    rule=parsed.rule,
                    key=key,
                    value=repr(value),
                    kind=type(default).__name__,
                ),
                filled("The default is {default}.", default=repr(default)),
            )
    most = 1 if not parsed.rule else draws or parsed.draws or rule.draws
    numbered = parsed.rule and rule.draws > 1  # one that makes one request has no number
    full = str(dataclasses.replace(parsed, draws=most if numbered else None, access=None))
    return rule.make(
        name=full, prompt_method=PromptMethod(parsed.way), draws=most, **rule.fixed, **own
    )


def _near(name: str, table: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, [key for key in table if key], n=1, cutoff=0.4)
    if near:
        return filled("Did you mean `{near}`?", near=near[0])
    return filled("There are: {names}.", names=", ".join(key for key in table if key) or "none")
