"""Strategies, one file each, and the registry of their names."""

from __future__ import annotations

from pipeline.strategies.base import Decision, Plan, Question, Strategy
from pipeline.strategies.names import Access, StrategyName, parse_name
from pipeline.strategies.registry import AGGREGATIONS, PROMPT_METHODS, make_strategy

__all__ = [
    "AGGREGATIONS",
    "PROMPT_METHODS",
    "Access",
    "Decision",
    "Plan",
    "Question",
    "Strategy",
    "StrategyName",
    "make_strategy",
    "parse_name",
]
