"""The command line, for what needs no workflow: ``ccdcgan <command>``, or ``python -m ccdcgan <command>``.

A command is one entry of `COMMANDS` and one module with ``add_arguments(parser)`` and ``run(options)``, which is
imported only when the command is asked for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "evaluate": ("ccdcgan.cli.evaluate", "judge any folder of structures like the candidates of a run"),
    "export": ("ccdcgan.cli.export", "pack a finished run as an RO-Crate, for publication"),
    "verify": ("ccdcgan.cli.verify", "compare a finished run with the checksums of its manifest"),
}
"""Name -> its module, and what it does."""


class _Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong; --help says how it is right."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help says more\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        Of the command line; by default those of the process.

    Returns
    -------
    int
        0; 1 if the command found what it looked for, a difference; 2 if what the user gave cannot be used, which is
        then said in one sentence on stderr.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = _Parser(prog="ccdcgan", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    for name, (module, purpose) in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
        if name in given[:1]:
            import_module(module).add_arguments(command)
    options = parser.parse_args(given)
    try:
        return import_module(COMMANDS[options.command][0]).run(options) or 0
    except (ValueError, OSError) as error:  # a ConfigError, too: the user's files or options
        told = str(error)
        if isinstance(error, OSError) and error.strerror:
            told = f"{error.filename}: {error.strerror.lower()}" if error.filename else error.strerror
        print(f"ccdcgan {options.command}: {' '.join(told.split())}", file=sys.stderr)
        return 2
