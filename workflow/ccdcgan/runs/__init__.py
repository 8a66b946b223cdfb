"""What makes files of a run trustworthy: whole or set aside, with checksums, versions and digests of the code.

Imports `config` only. Every script begins with `script.start`; every room may use `markdown` and `progress`.
"""
