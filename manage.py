#!/usr/bin/env python
"""Run a management command."""

from config.cli import main

if __name__ == "__main__":
    main()
