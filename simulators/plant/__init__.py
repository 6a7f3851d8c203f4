"""The estate as physics: what its devices would measure. Deterministic by seed and number of steps; no clock, no wire."""
