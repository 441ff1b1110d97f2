"""Everything the API gives and takes, as pydantic models: the contract."""

from maskwatch.web.models.base import FieldFault, Limit, Model, Problem
from maskwatch.web.models.counts import Comparison, Summary, SummaryLine, Wearing
from maskwatch.web.models.detecting import ClipDetections, DetectionOut, FrameDetections, PictureDetections
from maskwatch.web.models.events import EventOut, EventPage, Mark, MarkIn, MarkOut
from maskwatch.web.models.live import Box, CameraLive, CameraOut, LineShape, Picture, SharesToday, WatchLive, ZoneShape
from maskwatch.web.models.machine import About, Health, HealthReport
from maskwatch.web.models.people import AuditLine, Credentials, SessionOut
from maskwatch.web.models.settings import CameraShapesIn, CameraTestIn, CameraTestOut, SiteIn, SiteOut, Written

__all__ = [
    "About",
    "AuditLine",
    "Box",
    "CameraLive",
    "CameraOut",
    "CameraShapesIn",
    "CameraTestIn",
    "CameraTestOut",
    "ClipDetections",
    "Comparison",
    "Credentials",
    "DetectionOut",
    "EventOut",
    "EventPage",
    "FieldFault",
    "FrameDetections",
    "Health",
    "HealthReport",
    "Limit",
    "LineShape",
    "Mark",
    "MarkIn",
    "MarkOut",
    "Model",
    "Picture",
    "PictureDetections",
    "Problem",
    "SessionOut",
    "SharesToday",
    "SiteIn",
    "SiteOut",
    "Summary",
    "SummaryLine",
    "WatchLive",
    "Wearing",
    "Written",
    "ZoneShape",
]
