"""The demonstration: a clip made at run time from two public-domain portraits, and what was seen in it."""
