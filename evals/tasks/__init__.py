"""Question sets: one format a module."""
