"""How criteria go together, and what else people's labels follow."""
