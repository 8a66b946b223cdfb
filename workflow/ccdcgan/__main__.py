"""``python -m ccdcgan``: the same as the command ``ccdcgan``."""

import sys

from ccdcgan.cli.main import main

sys.exit(main())
