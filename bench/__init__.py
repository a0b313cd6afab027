"""Comparisons that are run by hand: ours against what else one could take. No part of the running assistant."""
