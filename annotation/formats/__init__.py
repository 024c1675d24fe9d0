"""Readers and writers of the formats that others use, one file a format."""
