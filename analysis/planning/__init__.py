"""How large a study must be, and whether its intervals hold: by a stated model of who chooses."""
