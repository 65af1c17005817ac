"""From a sample's text to an answer that can be counted: extraction, normalisation, votes."""
