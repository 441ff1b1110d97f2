"""The end of `maskwatch demo`: the same scene as a camera, watched."""

from pathlib import Path

from rich.console import Console

from maskwatch.cli.extras import require_watch
from maskwatch.errors import UserError
from maskwatch.files import replacing

SETTINGS, STORE = "site.toml", "demo.sqlite"

# Of two people both are to be told of, so nobody waits for a cool-down.
_SITE = f"""\
# The site of `maskwatch demo`; every setting there is, explained:  maskwatch watch --init my-site.toml
store = "{STORE}"

[[cameras]]
name = "demo"
address = "demo"                # the film that comes with maskwatch; an rtsp:// address or 0 for a real camera

[[rules]]
name = "no mask"
kind = "no_mask"
cooldown_s = 0
"""


def watch_demo(out: Path) -> None:
    """Watch the scene at its own pace on a terminal, else as fast as it goes; a machine that cannot is told why."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    try:
        require_watch()
    except UserError as error:
        console.print(f"Left out, the same scene watched as a camera: {error}")
        return
    from maskwatch.cli.watch_request import Request
    from maskwatch.cli.watch_run import run_watch

    config = out / SETTINGS
    with replacing(config) as temporary:
        temporary.write_text(_SITE, encoding="utf-8")
    console.print(f"\nThe same scene watched as a camera: maskwatch watch --config {config}")
    run_watch(Request((), config, not console.is_terminal, None, None, False, None, "auto", None, no_web=True))
    console.print(f"Count the passages: maskwatch report --config {config} --by minute")
