import numpy as np


def real_graphs(edge=28):
    """Graphs whose upper half varies, about another mean at each place; the lower half is padding."""
    random = np.random.default_rng(0)
    graphs = np.zeros((20, edge, edge), dtype=np.float32)
    graphs[:, : edge // 2] = random.uniform(-0.5, 0.5, (edge // 2, edge)) + random.normal(0, 0.1, (20, edge // 2, edge))
    return graphs
