"""Draw a figure or write a page: call the function that the rule names, with the rule's files and settings.

A function's parameters have the names of the rule's inputs and settings. Tables of several variants come by the names
of their files, graphs of several models by those of their folders.
"""

from importlib import import_module
from pathlib import Path

from ccdcgan.runs.script import start

snakemake = start(globals())
module, _, function = snakemake.params.draw.rpartition(".")
files = dict(snakemake.input.items())
if not isinstance(files.get("candidates", ""), str):
    files["candidates"] = {Path(path).stem: path for path in files["candidates"]}
if not isinstance(files.get("generated", ""), str):
    models = dict.fromkeys(Path(path).parent.name for path in files["generated"])
    files["generated"] = {model: [path for path in files["generated"] if model in Path(path).parts] for model in models}
draw = getattr(import_module(f"ccdcgan.reporting.{module}"), function)
draw(**files, **snakemake.params.settings, output=snakemake.output[0])
