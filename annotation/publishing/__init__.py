"""A study as a dataset of the Hub: its files, its card, and the commit that brings them there."""
