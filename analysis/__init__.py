"""Agreement, rankings and judges from label files."""
