"""What is said stands as it is: no part of a fingerprint, an address or a name becomes a picture or a style."""

import pytest

from facility.cli.output import complain, say, say_table, terminal

LIKE_PICTURES = "73:CD:7C:89:AB:C9 :warning: a:1:2 [bold]x[/bold] 😀"


def test_lines_stand_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    say(LIKE_PICTURES)
    complain(LIKE_PICTURES)
    said = capsys.readouterr()
    assert said.out.strip() == said.err.strip() == LIKE_PICTURES


def test_cells_stand_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(["what"], [[LIKE_PICTURES]])
    assert LIKE_PICTURES in capsys.readouterr().out


def test_styles_of_our_own_leave_names_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    terminal().print("[bold]site :cd:[/bold]")
    assert capsys.readouterr().out.strip() == "site :cd:"
