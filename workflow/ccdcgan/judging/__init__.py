"""What was made: counted in the funnel, ranked, measured with intervals, compared over trainings.

`structure_metrics` has a row for each structure, `model_metrics` one for each model. Imports every room before it;
`reporting` shows what it counts.
"""
