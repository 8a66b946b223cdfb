"""``python -m ccdcgan.representation.ready_made``: the ready-made autoencoders made again, hours of CPU time.

A later call goes on where an earlier one stopped. ``make autoencoders`` calls it.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ccdcgan.config.loading import load_config
from ccdcgan.config.project import RESOURCES
from ccdcgan.representation.ready_made.training import make_autoencoders


def main() -> None:
    """Read the command line, and make them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--configfile", type=Path, nargs="+", required=True, help="configuration files")
    parser.add_argument(
        "--work", type=Path, default=Path("results/autoencoders"), help="folder for what is made on the way"
    )
    parser.add_argument("--folder", type=Path, default=RESOURCES / "autoencoders", help="folder to write")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    make_autoencoders(chosen.work, chosen.folder, load_config(*chosen.configfile))


if __name__ == "__main__":
    main()
