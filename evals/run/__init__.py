"""Tasks x strategies x models -> samples -> records."""
