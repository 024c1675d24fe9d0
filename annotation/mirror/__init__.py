"""The database of a Space, kept in a private repository that outlives the Space's disk."""
