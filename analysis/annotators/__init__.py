"""What the labels tell of those who gave them."""
