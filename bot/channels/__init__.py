"""The channels on which patients write besides the website: what all share, and a package for each."""
