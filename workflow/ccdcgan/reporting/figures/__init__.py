"""One module for each kind of figure: functions that read files of a run and draw one picture.

They share `reporting.style`. The table of all figures is in ``workflow/rules/figures.smk``.
"""
