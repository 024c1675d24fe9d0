"""Each file takes the tables one step further."""
