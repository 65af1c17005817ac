"""Scores: how good is a reply, against an item's gold? `scorer(name)` finds one by name."""
