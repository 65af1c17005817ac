"""Question sets in files: one module a schema, all of them checked alike."""
