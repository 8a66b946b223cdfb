import subprocess
import sys

import pytest

from ccdcgan.cli.main import COMMANDS, main


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert name in capsys.readouterr().out


def test_without_a_command_it_says_what_is_missing(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "command" in capsys.readouterr().err


def test_a_mistake_of_the_user_is_one_sentence(tmp_path, capsys):
    given = [str(tmp_path / "made"), "--database", str(tmp_path / "nowhere"), "--output", str(tmp_path / "out")]
    assert main(["evaluate", *given]) == 2
    message = capsys.readouterr().err
    assert "nowhere" in message
    assert message.count("\n") == 1


def test_the_module_is_the_command():
    run = subprocess.run([sys.executable, "-m", "ccdcgan", "--help"], capture_output=True, text=True, check=True)
    assert "evaluate" in run.stdout
