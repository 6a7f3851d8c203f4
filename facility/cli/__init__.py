"""The command line: `program` is the whole, one module a command."""
