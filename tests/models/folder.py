#!/usr/bin/python3
"""Where the models are kept: in the cache folder, apart for each version of PyTorch, for the archives differ."""
import importlib.metadata
import os
import pathlib


def models_folder():
    cache = os.environ.get("DEPLOYTOOL_CACHE") or pathlib.Path.home() / ".cache" / "deploytool"
    version = importlib.metadata.version("torch").split("+")[0]
    return pathlib.Path(cache) / "models" / f"torch-{'.'.join(version.split('.')[:2])}"


if __name__ == "__main__":
    print(models_folder())
