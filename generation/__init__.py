"""Systems answer prompts, judges answer pairs, and answers become the pairs that people see."""
