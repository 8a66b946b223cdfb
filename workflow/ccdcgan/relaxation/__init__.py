"""From structures to relaxed ones with an energy, in batches that lose nothing when they are interrupted.

`engine` says what an engine is and knows none; each engine imports it; `registry` imports an engine when it is chosen.
Imports `config`, `runs` and `crystals`; `judging` and `cli` may call it directly.
"""
