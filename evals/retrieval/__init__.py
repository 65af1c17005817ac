"""Measures how well passages are found: each search, all together, and what reorders them."""
