"""question + passages + way of reasoning -> prompt. The templates are data, one file each."""

from pipeline.prompts.build import Template, build_prompt, load_template, template_names
from pipeline.prompts.turns import turn

__all__ = ["Template", "build_prompt", "load_template", "template_names", "turn"]
