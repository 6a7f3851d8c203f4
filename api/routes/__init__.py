"""Routes: each page stands beside its JSON twin (the same path with `.json`)."""
