"""Figures as SVG: drawn once for the page, where they stretch, and once at a fixed width."""
