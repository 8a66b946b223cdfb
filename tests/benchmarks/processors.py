"""CPU milliseconds of a training step by each way in which this environment can compute a 3D convolution.

The sites autoencoder of the default run and of config/test.yaml, batches of 8, one thread: as the project sets
TensorFlow (with oneDNN), without oneDNN, with Keras's torch backend, and with every convolution written as patches
times a matrix. Run ``python tests/benchmarks/processors.py``; each way runs in a process of its own.
``ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2`` before it plays an older processor. The last line is ``ratio: X``:
the project's setting over the fastest way, for the network where that is largest. The tables of
resources/processors.md are made of it.
"""

import argparse
import os
import subprocess
import sys
import time

NETWORKS = {
    "grid 32, channels 16, 32, 64": (32, [16, 32, 64], 200),
    "grid 16, channels 16, 32": (16, [16, 32], 200),
    "grid 16, channels 4": (16, 4, 32),
}
WAYS: dict[str, dict[str, str]] = {
    "project's setting": {},
    "without oneDNN": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "torch": {"KERAS_BACKEND": "torch"},
    "patches": {"CCDCGAN_PATCHES": "1"},
}
BATCH = 8
SECONDS = 8.0


def with_patches() -> None:
    """Let Keras compute strided 3D convolutions, and their transposes, as products of matrices."""
    import keras
    from keras import ops

    def blocks(values, edge: int):
        """(n, edge/2 x 2, ...) to (n, edge/2, edge/2, edge/2, 2, 2, 2, channels)."""
        half, channels = edge // 2, values.shape[-1]
        values = ops.reshape(values, (-1, half, 2, half, 2, half, 2, channels))
        return ops.transpose(values, (0, 1, 3, 5, 2, 4, 6, 7))

    corners = [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]

    def convolution(layer, inputs):
        edge, size = inputs.shape[1], layer.kernel_size[0]
        kernel = ops.convert_to_tensor(layer.kernel)
        if layer.strides[0] == 1:  # the kernel is as large as the grid
            return ops.reshape(
                ops.reshape(inputs, (-1, size**3 * inputs.shape[-1])) @ ops.reshape(kernel, (-1, layer.filters)),
                (-1, 1, 1, 1, layer.filters),
            )
        # Padded by one, an output covers two blocks of two on each axis.
        cut = blocks(ops.pad(inputs, [(0, 0), (1, 1), (1, 1), (1, 1), (0, 0)]), edge + 2)
        half = edge // 2
        flat = ops.reshape(cut, (-1, half + 1, half + 1, half + 1, 8 * inputs.shape[-1]))
        patches = ops.concatenate([flat[:, a : a + half, b : b + half, c : c + half] for a, b, c in corners], -1)
        return patches @ _by_corner(kernel, ops)

    def transposed(layer, inputs):
        edge, size = inputs.shape[1], layer.kernel_size[0]
        kernel = ops.transpose(ops.convert_to_tensor(layer.kernel), (0, 1, 2, 4, 3))
        if layer.strides[0] == 1:
            matrix = ops.reshape(ops.transpose(kernel, (3, 0, 1, 2, 4)), (inputs.shape[-1], -1))
            made = ops.reshape(inputs, (-1, inputs.shape[-1])) @ matrix
            return ops.reshape(made, (-1, *3 * (size,), layer.filters))
        matrix = ops.reshape(_by_corner(kernel, ops), (8, 8, inputs.shape[-1], layer.filters))
        total = 0
        for number, (a, b, c) in enumerate(corners):
            flat = ops.reshape(ops.transpose(matrix[number], (1, 0, 2)), (inputs.shape[-1], -1))
            made = ops.reshape(inputs @ flat, (-1, edge, edge, edge, 2, 2, 2, layer.filters))
            whole = ops.reshape(ops.transpose(made, (0, 1, 4, 2, 5, 3, 6, 7)), (-1, *3 * (2 * edge,), layer.filters))
            total = total + ops.pad(whole, [(0, 0), *((2 * at, 2 - 2 * at) for at in (a, b, c)), (0, 0)])
        return total[:, 1:-1, 1:-1, 1:-1]

    keras.layers.Conv3D.call = lambda layer, inputs: layer.activation(convolution(layer, inputs))
    keras.layers.Conv3DTranspose.call = lambda layer, inputs: layer.activation(transposed(layer, inputs))


def _by_corner(kernel, ops):
    """Kernel (4, 4, 4, in, out) to (8 corners x 8 places in a block x in, out)."""
    channels, filters = kernel.shape[3], kernel.shape[4]
    cut = ops.reshape(kernel, (2, 2, 2, 2, 2, 2, channels, filters))
    return ops.reshape(ops.transpose(cut, (0, 2, 4, 1, 3, 5, 6, 7)), (-1, filters))


def measure(name: str) -> float:
    """CPU milliseconds of a step in this process."""
    import numpy as np

    from ccdcgan.networks.training import Plan, Trainer, configure

    configure(0, 1)
    if os.environ.get("CCDCGAN_PATCHES"):
        with_patches()
    from keras import ops

    from ccdcgan.networks.autoencoder import encoder_and_decoder

    grid, channels, latent = NETWORKS[name]
    encoder, decoder = encoder_and_decoder(grid, channels, latent, "hard_sigmoid")

    class Step(Trainer):
        def __init__(self) -> None:
            super().__init__(0, ())
            self.encoder, self.decoder = encoder, decoder
            self.array = ops.convert_to_tensor(np.random.default_rng(0).random((32, grid, grid, grid, 1), "float32"))

        def compute_loss(self, *args, **kwargs):
            (batch,) = self.draw(BATCH, self.array)
            return ops.mean(ops.square(self.decoder(self.encoder(batch, training=True), training=True) - batch))

    trainer = Step()
    trainer.compile(optimizer=Plan(1, 1, 1, 1e-3, cosine=False).optimizer(), jit_compile=False)
    one = np.zeros((1, 1), "float32")
    trainer.fit(one, batch_size=1, verbose=0)
    trainer.fit(one, batch_size=1, verbose=0)
    count, start = 0, time.process_time()
    while time.process_time() - start < SECONDS and count < 200:
        steps = min(1 + 4 * count, 20)
        trainer.fit(np.zeros((steps, 1), "float32"), batch_size=1, verbose=0)
        count += steps
    return 1000 * (time.process_time() - start) / count


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", help="measure this one alone, in this process")
    chosen = parser.parse_args().network
    if chosen:
        print(measure(chosen))
        return
    print("| sites autoencoder |", " | ".join(WAYS), "|\n" + "|---" * (1 + len(WAYS)) + "|")
    ratios = []
    for name in NETWORKS:
        times = []
        for way in WAYS.values():
            run = subprocess.run(
                [sys.executable, __file__, "--network", name],
                env={"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"} | os.environ | way,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                check=True,
            )
            times.append(float(run.stdout))
        print(f"| {name} |", " | ".join(f"{value:.3g} ms" for value in times), "|", flush=True)
        ratios.append(times[0] / min(times))
    print(f"ratio: {max(ratios):.2f}")


if __name__ == "__main__":
    main()
