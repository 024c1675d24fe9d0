"""From labels to every number, and to a page that says them."""
