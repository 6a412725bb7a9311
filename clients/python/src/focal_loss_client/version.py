"""The version of this package, as pyproject.toml has it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("focal-loss-client")
except PackageNotFoundError:  # The source is on the path, but not installed.
    __version__ = "0+source"
