"""The pages a browser opens: templates, static files, and the routes that serve them."""
