"""PDF: letters and their places become lines, columns, tables and paragraphs in reading order."""
