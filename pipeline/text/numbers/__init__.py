"""Numbers as they are written: numerals, digits, spelled out, dates, units, quantities."""
