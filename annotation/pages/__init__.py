"""The screens: what annotators see in a browser, and the gate in front of it."""
