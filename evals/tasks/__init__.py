"""Question sets: read from a file, or generated. `load_task` finds both."""

from evals.tasks.base import GoldSpan, Item, Language, Task
from evals.tasks.registry import load_task, task_names

__all__ = ["GoldSpan", "Item", "Language", "Task", "load_task", "task_names"]
