"""`python -m maskwatch`."""

from maskwatch.cli.main import run

run()
