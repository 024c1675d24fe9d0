"""How models judge: one file a style, the prompts as files, and what their replies mean."""
