"""One short file a figure: each prints one line a figure and names what it compares with."""
