"""Views: what a page shows, as plain data built from domain objects; a page's JSON twin is its view."""
