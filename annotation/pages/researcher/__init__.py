"""The researchers' page: its own login, its own routes, nothing of it in Gradio's configuration."""
