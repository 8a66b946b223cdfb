"""One module for each page of the report: functions that read files of a run and write one HTML file.

They share `reporting.html` and `reporting.style`.
"""
