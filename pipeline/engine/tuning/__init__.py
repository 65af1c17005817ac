"""Finds the fastest settings and weights for a model here, and whether it runs at all."""
