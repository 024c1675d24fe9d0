"""Simulated annotators against real app processes that are killed; then the database is audited."""
