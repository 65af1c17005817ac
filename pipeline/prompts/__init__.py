"""question + passages + way of reasoning -> prompt. The templates are data, one file each."""

from pipeline.prompts.build import Template, build_prompt, load_template, template_names

__all__ = ["Template", "build_prompt", "load_template", "template_names"]
