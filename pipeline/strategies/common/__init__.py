"""Shared by several strategies."""
