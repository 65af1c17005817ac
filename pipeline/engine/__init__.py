"""prompt -> samples."""
