"""The sources of one process: the environment, and the configuration file of its working folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from storepact.run.config.file import find_file
from storepact.run.config.layers import Layers


def read_layers(folder: Path, environment: Mapping[str, str]) -> Layers:
    """The sources of options, with the file checked.

    Raises:
        ConfigUnusable: the file cannot be read or used.

    """
    file = find_file(folder, environment)
    if file is not None:
        from storepact.run.config.check import check_file  # it reads the schema

        check_file(file)
    return Layers(environment, file)
