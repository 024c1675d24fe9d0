"""What answers: one small interface, and one file behind it for each way of getting answers."""
