"""Cards of chat vendors: the task id by which a pressed button is told apart. Letters, digits, `_`, `-` and `@` are allowed."""

MOST_LETTERS = 128


def card_task(key: str, token: str) -> str:
    """The id of a card about the notice with this key; `token` makes it new, since vendors refuse an id that they have seen."""
    return f"{key.replace(':', '@')}@{token}"


def notice_of(task: str) -> str:
    """The key of the notice behind a task id; of a foreign one something that no notice has."""
    return task[:MOST_LETTERS].rpartition("@")[0].replace("@", ":")
