"""How well passages are found: every search alone, all together, and what reorders them."""
