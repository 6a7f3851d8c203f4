"""The look of the pages: templates, texts of values, static files."""
