"""What all tests share: the count of those that a missing part has skipped."""

import pytest

from parts import missing


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if missing:
        counts = ", ".join(f"{name} ({count})" for name, count in sorted(missing.items()))
        terminalreporter.write_line(f"{missing.total()} tests want parts that are not installed: {counts}")
