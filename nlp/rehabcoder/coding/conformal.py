"""Conformal sets: the codes that a statement could be of, so that its true one is among them as often as promised.

Split conformal prediction by class (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005, ch. 4):
on statements that the model has not seen, the probability that it gave their true class is ranked; a class belongs to a
new statement's set where its probability is not among the lowest of these. By class, since few statements are massage
and the promise is to hold for them too. It holds for statements like those of the ranking: of a new voice, by as much
as voices left out are like it.
"""

from __future__ import annotations

import numpy as np

#: The share of a class's statements whose set holds it.
COVERAGE = 0.95


def least_probabilities(p: np.ndarray, truth: np.ndarray, coverage: float = COVERAGE) -> np.ndarray:
    """For each class the probability from which it belongs to a set; 0 where too few cases are known to say.

    ``p`` (statements x classes) are probabilities of statements left out of the training, ``truth`` the numbers of
    their classes.
    """
    out = np.zeros(p.shape[1])
    for k in range(p.shape[1]):
        of_truth = np.sort(p[truth == k, k])
        rank = int(np.floor((len(of_truth) + 1) * (1 - coverage) + 1e-9))
        if rank:
            out[k] = of_truth[rank - 1]
    return out
