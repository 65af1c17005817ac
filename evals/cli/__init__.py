"""`thinkscale eval`: one module a verb."""
