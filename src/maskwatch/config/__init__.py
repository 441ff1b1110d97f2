"""Settings of a site, read from TOML and checked."""

from maskwatch.config.loading import check_site, initial_site, load_site
from maskwatch.config.rules import DEFAULT_RULES, CountRule, FaceRule, Rule, ShareRule
from maskwatch.config.shapes import Crop, Line, Shift
from maskwatch.config.site import Camera, Site, Zone
from maskwatch.config.web import Web

__all__ = [
    "DEFAULT_RULES",
    "Camera",
    "CountRule",
    "Crop",
    "FaceRule",
    "Line",
    "Rule",
    "ShareRule",
    "Shift",
    "Site",
    "Web",
    "Zone",
    "check_site",
    "initial_site",
    "load_site",
]
