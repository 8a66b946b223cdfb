"""Networks that lose nothing."""

import numpy as np


class Perfect:
    """Stands in for the trained networks of a codec: remembers every voxel it is shown, and gives it back exactly."""

    def __init__(self):
        self.seen = []

    def get_layer(self, name):
        self.output_shape = (None, 1)
        self.predict = self._encode if name == "encoder" else self._decode
        return self

    def _encode(self, voxels, **_):
        self.seen.extend(voxels)
        return np.arange(len(self.seen) - len(voxels), len(self.seen), dtype="float32")[:, None]

    def _decode(self, latents, **_):
        return np.stack([self.seen[int(number)] for number in latents[:, 0]])
