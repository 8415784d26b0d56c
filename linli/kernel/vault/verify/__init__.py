"""The vault's part of ``linli verify``, and the lint that runs with every system check."""
