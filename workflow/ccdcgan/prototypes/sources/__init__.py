"""One module for each source of prototypes; `registry` knows them by their names in the config.

A source yields an `Entry`, or a `Rejected` for what it cannot use. `download` is what the sources on the web share.
"""
