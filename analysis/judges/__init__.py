"""How far each judge can stand in for people."""
