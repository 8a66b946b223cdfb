"""What a reader sees: figures, and pages that need nothing but themselves.

`style` is the look of all, `html` the frame of a page. Reads files of earlier stages; nothing but `cli` and scripts
import it.
"""
