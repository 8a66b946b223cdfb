"""Keras networks and the loop that trains them: layers, shapes, steps, records, exact resuming.

Knows nothing of crystals and imports `config` and `runs` only. `representation` and `generators` train and use what is
here.
"""
