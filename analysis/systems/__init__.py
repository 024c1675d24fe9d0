"""How good the systems are: rankings and ratings."""
