"""Runs inside the real labelImg's own environment: opens and saves label files with its own classes.

Standard input is a JSON list of jobs, standard output a list with an answer to each:
`["read", format, annotation, picture]` gives `{"shapes": [[label, x1, y1, x2, y2, difficult], ...], "verified": ...}`;
`["write", format, annotation, picture, shapes, verified]` gives null.
"""

import contextlib
import functools
import json
import sys

from libs.create_ml_io import CreateMLReader
from libs.labelFile import LabelFile
from libs.pascal_voc_io import PascalVocReader
from libs.yolo_io import YoloReader
from PyQt5.QtGui import QImageReader


def opened_picture(picture):
    """Turned by its EXIF, as the main window opens it."""
    reader = QImageReader(picture)
    reader.setAutoTransform(True)
    return reader.read()


def read(format, annotation, picture):
    """What labelImg shows, opened as its main window opens it."""
    opened = {
        "voc": lambda: PascalVocReader(annotation),
        "yolo": lambda: YoloReader(annotation, opened_picture(picture)),
        "createml": lambda: CreateMLReader(annotation, picture),
    }[format]()
    shapes = [[label, *points[0], *points[2], difficult] for label, points, _, _, difficult in opened.get_shapes()]
    return {"shapes": shapes, "verified": opened.verified}


def write(class_list, format, annotation, picture, shapes, verified):
    """What labelImg saves when its main window, which keeps one list of classes a session, is told to."""
    drawn = [
        {"label": label, "points": [(x1, y1), (x2, y1), (x2, y2), (x1, y2)], "difficult": difficult}
        for label, x1, y1, x2, y2, difficult in shapes
    ]
    file = LabelFile()
    file.verified = verified
    if format == "voc":
        file.save_pascal_voc_format(annotation, drawn, picture, opened_picture(picture))
    elif format == "yolo":
        file.save_yolo_format(annotation, drawn, picture, opened_picture(picture), class_list=class_list)
    else:
        file.save_create_ml_format(annotation, drawn, picture, None, [])


if __name__ == "__main__":
    do = {"read": read, "write": functools.partial(write, [])}
    with contextlib.redirect_stdout(sys.stderr):  # its readers print
        answers = [do[kind](*rest) for kind, *rest in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)
