"""The watchdog program: beside the others, with its own eyes and its own voice."""
