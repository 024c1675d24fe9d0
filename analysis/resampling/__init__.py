"""Intervals by resampling prompts, and what several tests at once do to p values."""
