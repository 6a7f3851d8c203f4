"""`python -m api`."""

from api.program import main

if __name__ == "__main__":
    main()
