"""A real RTSP server to try cameras on: GStreamer's, run by the system's Python (it needs no package of ours).

Usage: python3 rtsp_server.py PORT [--codec h264|jpeg] [--size WxH] [--rate N] [--user NAME:PASSWORD] [--file MP4]
PATH... Each PATH is a stream `rtsp://127.0.0.1:PORT/PATH`, of a test picture or of an H.264 file. Prints `ready`.
Then takes lines on its standard input: `pattern ball|checkers-8|black` changes what is filmed (a moving ball, a
picture that stands still, nothing), `size WxH` the size of the picture, both while it is watched.
"""

import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

ENCODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay config-interval=-1",
    "jpeg": "jpegenc ! rtpjpegpay",
}


def caps(size: str, rate: int) -> str:
    width, height = size.split("x")
    return f"video/x-raw,format=I420,width={width},height={height},framerate={rate}/1"


class Server:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.pipelines = []
        self.server = GstRtspServer.RTSPServer()
        self.server.set_service(str(options.port))
        if options.user:
            self.require_password(*options.user.split(":"))
        for path in options.paths:
            self.server.get_mount_points().add_factory(f"/{path}", self.factory())
        self.server.attach(None)

    def factory(self) -> GstRtspServer.RTSPMediaFactory:
        factory = GstRtspServer.RTSPMediaFactory()
        wanted = caps(self.options.size, self.options.rate)
        encoder = ENCODERS[self.options.codec]
        made = (
            f"( videotestsrc name=source is-live=true pattern=ball ! videoscale ! capsfilter name=caps caps={wanted} "
            f"! {encoder} name=pay0 pt=96 )"
        )
        filed = (
            f"( filesrc location={self.options.file} ! qtdemux ! h264parse "
            "! rtph264pay config-interval=-1 name=pay0 pt=96 )"
        )
        factory.set_launch(filed if self.options.file else made)
        factory.set_shared(not self.options.file)
        factory.connect("media-configure", lambda _, media: self.pipelines.append(media.get_element()))
        if self.options.user:
            permissions = GstRtspServer.RTSPPermissions()
            permissions.add_permission_for_role("viewer", "media.factory.access", True)
            permissions.add_permission_for_role("viewer", "media.factory.construct", True)
            factory.set_permissions(permissions)
        return factory

    def require_password(self, user: str, password: str) -> None:
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
        self.server.set_auth(auth)

    def obey(self, source: int, condition: GLib.IOCondition) -> bool:
        word, _, value = sys.stdin.readline().strip().partition(" ")
        for pipeline in self.pipelines:
            if word == "pattern":
                Gst.util_set_object_arg(pipeline.get_by_name("source"), "pattern", value)
            elif word == "size":
                new = Gst.Caps.from_string(caps(value, self.options.rate))
                pipeline.get_by_name("caps").set_property("caps", new)
        return bool(word)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--codec", choices=ENCODERS, default="h264")
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--rate", type=int, default=5)
    parser.add_argument("--user")
    parser.add_argument("--file")
    Gst.init(None)
    server = Server(parser.parse_args())
    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN, server.obey)
    print("ready", flush=True)
    GLib.MainLoop().run()


main()
