"""Thinkscale: notes -> index -> prompt -> samples -> answer.

Importing this package imports nothing heavy; each room (`notes`, `retrieval`, `prompts`, `engine`,
`answers`, `strategies`) loads what it needs inside the function that needs it.
"""

__version__ = "0.1.0"
