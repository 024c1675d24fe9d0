"""Systems answer prompts and judges answer pairs; the stage comes with the issue on generation."""
