"""What the figures of a publication say of a territory: pure computations, without HTTP nor SQL."""
